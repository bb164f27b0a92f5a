/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rtnl.h - changes to the links and addresses of one network namespace: several in one message, one wait.
 *
 * A socket belongs to the namespace in which it was opened, whoever uses it later and from where. Messages are the caller's
 * until rtnl_change() takes them; making one fails only for want of memory, which ends the process. */
#ifndef ISOCOST_RTNL_H
#define ISOCOST_RTNL_H

#include <netlink/netlink.h>
#include <stddef.h>
#include <stdint.h>

#define RTNL_LO 1               /* lo is the first link of every namespace */

/* For the namespace of the calling thread. -errno. Close with nl_socket_free. */
int rtnl_open(struct nl_sock **ret);

/* Do them in order, with one send; frees them. 0, or the -errno of the first that failed, with its place in *ret_failed (may
 * be NULL). Those behind it were tried all the same. */
int rtnl_change(struct nl_sock *sk, struct nl_msg *const *msgs, size_t n, size_t *ret_failed);

/* Wait until a link works, its queue and, on a bridge, its port: the kernel's worker for that runs after a change has been
 * acknowledged. watch is another socket of the same namespace, for this use only. -ETIMEDOUT. */
int rtnl_wait_up(struct nl_sock *sk, struct nl_sock *watch, int ifindex, int timeout_ms);

struct nl_msg *rtnl_up(int ifindex);
struct nl_msg *rtnl_up_mute(int ifindex);               /* neither asks nor answers who has an address */
struct nl_msg *rtnl_no_ipv6(int ifindex);               /* no addresses of its own making; before it is up */
struct nl_msg *rtnl_address(int ifindex, uint32_t addr, unsigned prefix);       /* addr in host byte order */
/* A bridge, up. Its hardware address is given: one that is not takes the lowest of its ports', and changes with them under the
 * feet of everybody who has asked for it. */
struct nl_msg *rtnl_bridge(int ifindex, const char *name, const uint8_t mac[6]);
struct nl_msg *rtnl_port(int ifindex, int master);      /* up, and a port of a bridge */
struct nl_msg *rtnl_delete(int ifindex);

/* Who has addr on a link, known for good: it is never asked for, and does not count in the kernel's one table of neighbours for
 * all namespaces, which is full at 1024. */
struct nl_msg *rtnl_neighbour(int ifindex, uint32_t addr, const uint8_t mac[6]);

/* A pair: one end here, up and a port of master; the other end in the namespace ns (a descriptor), down. Both get the index
 * that is asked for, so that nobody has to ask what it is. */
struct rtnl_peer {
	int ns, ifindex;
	const char *name;
	const uint8_t *mac;             /* 6 bytes */
};
struct nl_msg *rtnl_veth(int ifindex, const char *name, int master, const struct rtnl_peer *peer);

static inline void rtnl_closep(struct nl_sock **sk)
{
	nl_socket_free(*sk);
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rtnl.c - links and addresses by libnl-route: requests are built by it, sent together, and their answers counted here. */
#include "env/rtnl.h"

#include "base/cleanup.h"
#include "base/clk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/neighbour.h>
#include <netlink/msg.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/neighbour.h>
#include <poll.h>
#include <stdlib.h>

static void *must(void *p)
{
	if (!p)
		abort();        /* no memory for a few hundred bytes */
	return p;
}

static struct nl_msg *built(int r, struct nl_msg *msg)
{
	return must(r < 0 ? NULL : msg);
}

int rtnl_open(struct nl_sock **ret)
{
	struct nl_sock *sk = must(nl_socket_alloc());
	/* libnl's own codes are fewer than the kernel's; errno is what its system call left. */
	errno = 0;
	if (nl_connect(sk, NETLINK_ROUTE) < 0) {
		int r = errno ? -errno : -EIO;
		nl_socket_free(sk);
		return r;
	}
	/* An answer is short: no need to look at its length first. */
	nl_socket_disable_msg_peek(sk);
	nl_socket_disable_auto_ack(sk);         /* a question is answered by its answer */
	*ret = sk;
	return 0;
}

/* One datagram of answers. Returns how many there were, or -errno. */
static int answers(struct nl_sock *sk, int *first_error, size_t *failed, size_t seen)
{
	struct sockaddr_nl from;
	cleanup_free unsigned char *buf = NULL;
	errno = 0;
	int len = nl_recv(sk, &from, &buf, NULL), n = 0;
	if (len <= 0)
		return errno ? -errno : -EIO;
	for (struct nlmsghdr *h = (struct nlmsghdr *)buf; nlmsg_ok(h, len); h = nlmsg_next(h, &len)) {
		if (h->nlmsg_type != NLMSG_ERROR)
			continue;
		const struct nlmsgerr *e = nlmsg_data(h);
		if (e->error < 0 && *first_error == 0) {
			*first_error = e->error;
			*failed = seen + (size_t)n;
		}
		n++;
	}
	return n;
}

static int send_all(struct nl_sock *sk, struct nl_msg *const *msgs, size_t n)
{
	char buf[4096];
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		nl_complete_msg(sk, msgs[i]);
		struct nlmsghdr *h = nlmsg_hdr(msgs[i]);
		h->nlmsg_flags |= NLM_F_ACK;
		size_t len = NLMSG_ALIGN(h->nlmsg_len);
		if (at + len > sizeof(buf))
			return -EMSGSIZE;
		memcpy(buf + at, h, h->nlmsg_len);
		memset(buf + at + h->nlmsg_len, 0, len - h->nlmsg_len);
		at += len;
	}
	errno = 0;
	return nl_sendto(sk, buf, at) < 0 ? (errno ? -errno : -EIO) : 0;
}

int rtnl_change(struct nl_sock *sk, struct nl_msg *const *msgs, size_t n, size_t *ret_failed)
{
	int error = 0, r = send_all(sk, msgs, n);
	size_t failed = 0, seen = 0;
	while (r >= 0 && seen < n) {
		r = answers(sk, &error, &failed, seen);
		seen += r > 0 ? (size_t)r : 0;
	}
	for (size_t i = 0; i < n; i++)
		nlmsg_free(msgs[i]);
	if (error && ret_failed)
		*ret_failed = failed;
	return r < 0 ? r : error;
}

/* ---- is it up? ---- */

/* IF_OPER_…, or -errno. Recent kernels let the worker's part be done first. */
static int operstate(struct nl_sock *sk, int ifindex)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
	struct sockaddr_nl from;
	cleanup_free unsigned char *buf = NULL;
	errno = 0;
	if (nl_send_simple(sk, RTM_GETLINK, 0, &ifi, sizeof(ifi)) < 0 || nl_recv(sk, &from, &buf, NULL) <= 0)
		return errno ? -errno : -EIO;
	struct nlmsghdr *h = (struct nlmsghdr *)buf;
	if (h->nlmsg_type == NLMSG_ERROR)
		return ((struct nlmsgerr *)nlmsg_data(h))->error;
	struct nlattr *state = nlmsg_find_attr(h, sizeof(ifi), IFLA_OPERSTATE);
	return state ? nla_get_u8(state) : -EIO;
}

/* What happened to any link; that something did is all that is of interest. */
static void drain(struct nl_sock *watch)
{
	char buf[4096];
	while (recv(nl_socket_get_fd(watch), buf, sizeof(buf), MSG_TRUNC | MSG_DONTWAIT) >= 0 || errno == ENOBUFS || errno == EINTR)
		;
}

static int watch_until_up(struct nl_sock *sk, struct nl_sock *watch, int ifindex, int64_t deadline)
{
	struct pollfd p = { .fd = nl_socket_get_fd(watch), .events = POLLIN };
	for (;;) {
		int state = operstate(sk, ifindex);
		if (state < 0 || state == IF_OPER_UP)
			return state < 0 ? state : 0;
		if (poll(&p, 1, clk_poll_ms(deadline)) == 0)
			return -ETIMEDOUT;
		drain(watch);
	}
}

int rtnl_wait_up(struct nl_sock *sk, struct nl_sock *watch, int ifindex, int timeout_ms)
{
	int state = operstate(sk, ifindex);
	if (state < 0 || state == IF_OPER_UP)
		return state < 0 ? state : 0;
	errno = 0;
	if (nl_socket_add_membership(watch, RTNLGRP_LINK) < 0)
		return errno ? -errno : -EIO;
	int r = watch_until_up(sk, watch, ifindex, clk_now() + timeout_ms * CLK_MS);
	nl_socket_drop_membership(watch, RTNLGRP_LINK);
	drain(watch);
	return r;
}

/* ---- requests ---- */

/* master 0: left alone. */
static struct nl_msg *change_link(int ifindex, unsigned flags, int master)
{
	struct nl_msg *msg = NULL;
	struct rtnl_link *orig = must(rtnl_link_alloc()), *up = must(rtnl_link_alloc());
	rtnl_link_set_ifindex(orig, ifindex);
	rtnl_link_set_flags(up, flags);
	if (master)
		rtnl_link_set_master(up, master);
	int r = rtnl_link_build_change_request(orig, up, 0, &msg);
	rtnl_link_put(orig);
	rtnl_link_put(up);
	return built(r, msg);
}

struct nl_msg *rtnl_up(int ifindex)
{
	return change_link(ifindex, IFF_UP, 0);
}

struct nl_msg *rtnl_up_mute(int ifindex)
{
	return change_link(ifindex, IFF_UP | IFF_NOARP, 0);
}

struct nl_msg *rtnl_port(int ifindex, int master)
{
	return change_link(ifindex, IFF_UP, master);
}

struct nl_msg *rtnl_neighbour(int ifindex, uint32_t addr, const uint8_t mac[6])
{
	struct nl_msg *msg = NULL;
	uint32_t net = htonl(addr);
	struct nl_addr *dst = must(nl_addr_build(AF_INET, &net, sizeof(net))), *hardware = must(nl_addr_build(AF_LLC, mac, 6));
	struct rtnl_neigh *n = must(rtnl_neigh_alloc());
	rtnl_neigh_set_ifindex(n, ifindex);
	rtnl_neigh_set_lladdr(n, hardware);
	rtnl_neigh_set_state(n, NUD_PERMANENT);
	int r = rtnl_neigh_set_dst(n, dst);
	if (r == 0)
		r = rtnl_neigh_build_add_request(n, NLM_F_CREATE | NLM_F_REPLACE, &msg);
	rtnl_neigh_put(n);
	nl_addr_put(dst);
	nl_addr_put(hardware);
	return built(r, msg);
}

/* libnl has no call for it. By this rather than by a file in /proc/sys, where the files of all namespaces have the same names: to
 * find one takes longer the more there are. */
struct nl_msg *rtnl_no_ipv6(int ifindex)
{
	const struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
	struct nl_msg *msg = must(nlmsg_alloc_simple(RTM_SETLINK, 0));
	int r = nlmsg_append(msg, (void *)(uintptr_t)&ifi, sizeof(ifi), NLMSG_ALIGNTO);
	struct nlattr *spec = must(nla_nest_start(msg, IFLA_AF_SPEC)), *inet6 = must(nla_nest_start(msg, AF_INET6));
	if (r == 0)
		r = nla_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	nla_nest_end(msg, inet6);
	nla_nest_end(msg, spec);
	return built(r, msg);
}

struct nl_msg *rtnl_address(int ifindex, uint32_t addr, unsigned prefix)
{
	struct nl_msg *msg = NULL;
	uint32_t net = htonl(addr), all = htonl(addr | (uint32_t)((UINT64_C(1) << (32 - prefix)) - 1));
	struct nl_addr *local = must(nl_addr_build(AF_INET, &net, sizeof(net)));
	struct nl_addr *broadcast = must(nl_addr_build(AF_INET, &all, sizeof(all)));
	struct rtnl_addr *a = must(rtnl_addr_alloc());
	nl_addr_set_prefixlen(local, (int)prefix);
	rtnl_addr_set_ifindex(a, ifindex);
	int r = rtnl_addr_set_local(a, local);
	if (r == 0)
		r = rtnl_addr_set_broadcast(a, broadcast);
	if (r == 0)
		r = rtnl_addr_build_add_request(a, NLM_F_CREATE | NLM_F_EXCL, &msg);
	rtnl_addr_put(a);
	nl_addr_put(local);
	nl_addr_put(broadcast);
	return built(r, msg);
}

static struct nl_msg *create(struct rtnl_link *link)
{
	struct nl_msg *msg = NULL;
	int r = rtnl_link_build_add_request(link, NLM_F_CREATE | NLM_F_EXCL, &msg);
	return built(r, msg);
}

struct nl_msg *rtnl_bridge(int ifindex, const char *name, const uint8_t mac[6])
{
	struct rtnl_link *link = must(rtnl_link_alloc());
	struct nl_addr *address = must(nl_addr_build(AF_LLC, mac, 6));
	rtnl_link_set_ifindex(link, ifindex);
	rtnl_link_set_name(link, name);
	rtnl_link_set_type(link, "bridge");
	rtnl_link_set_addr(link, address);
	rtnl_link_set_flags(link, IFF_UP);
	struct nl_msg *msg = create(link);
	rtnl_link_put(link);
	nl_addr_put(address);
	return msg;
}

struct nl_msg *rtnl_delete(int ifindex)
{
	struct nl_msg *msg = NULL;
	struct rtnl_link *link = must(rtnl_link_alloc());
	rtnl_link_set_ifindex(link, ifindex);
	int r = rtnl_link_build_delete_request(link, &msg);
	rtnl_link_put(link);
	return built(r, msg);
}

/* The kernel would make one for each CPU that the host might ever have, each with files in sysfs: a start would cost more the
 * larger the host is. A veth's queues are never waited in. */
static void one_queue(struct rtnl_link *link)
{
	rtnl_link_set_num_tx_queues(link, 1);
	rtnl_link_set_num_rx_queues(link, 1);
}

struct nl_msg *rtnl_veth(int ifindex, const char *name, int master, const struct rtnl_peer *other)
{
	struct rtnl_link *link = must(rtnl_link_veth_alloc()), *peer = rtnl_link_veth_get_peer(link);
	struct nl_addr *mac = must(nl_addr_build(AF_LLC, other->mac, 6));
	rtnl_link_set_ifindex(link, ifindex);
	rtnl_link_set_name(link, name);
	rtnl_link_set_master(link, master);
	rtnl_link_set_flags(link, IFF_UP);
	rtnl_link_set_ifindex(peer, other->ifindex);
	rtnl_link_set_name(peer, other->name);
	rtnl_link_set_addr(peer, mac);
	rtnl_link_set_ns_fd(peer, other->ns);
	one_queue(link);
	one_queue(peer);
	struct nl_msg *msg = create(link);
	rtnl_link_put(peer);
	rtnl_link_put(link);
	nl_addr_put(mac);
	return msg;
}

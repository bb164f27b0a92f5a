/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nethub.c - the bridge, its ports, and the pool of prepared namespaces. */
#include "env/nethub_priv.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "env/netns.h"
#include "env/rtnl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

enum { KEEP = 101, KEEP_PEER = 102, ETH0 = 100, FIRST_PORT = 1000, PORT_NUMBERS = 1 << 30 };

#define HOSTS_MAX 65533                 /* without the network's own, the hub's and the broadcast address */

static const uint8_t hub_mac[] = NETHUB_MAC(NETHUB_MAC_HUB, NETHUB_NET + 1), keep_mac[] = NETHUB_MAC(NETHUB_MAC_KEEP, NETHUB_NET + 1);

struct opening {
	struct nethub *hub;
	struct err *err;
};

/* IPv4 only: with IPv6 every new port makes itself known to all others, a start costs more the more containers there are, and
 * the figures of those that run have the noise. What "default" says holds for links made later; /proc/sys/net shows the
 * namespace of the thread that looks. */
static int without_ipv6(struct nethub *hub, struct err *err)
{
	static const char path[] = "/proc/sys/net/ipv6/conf/default/disable_ipv6";
	int r = fs_put(path, "1");
	hub->has_ipv6 = r == 0;
	return r == 0 || r == -ENOENT ? 0 : err_sysf(err, r, "%s", path);
}

/* With a port that is always there and up: a bridge without one loses its carrier, and the next container to come would have
 * to wait until it is back. */
static int build(void *arg)
{
	static const char *const steps[] = { "bringing the loopback interface up", "making a bridge", "giving the bridge its address",
	                                     "making a veth pair", "bringing the bridge's own port up" };
	struct opening *o = arg;
	struct nethub *hub = o->hub;
	size_t failed = 0;
	hub->ns = netns_open_own();
	if (hub->ns < 0)
		return err_sysf(o->err, hub->ns, "/proc/thread-self/ns/net");
	int r = rtnl_open(&hub->sk);
	if (r == 0)
		r = rtnl_open(&hub->watch);
	if (r < 0)
		return err_sysf(o->err, r, "a netlink socket");
	r = without_ipv6(hub, o->err);
	if (r < 0)
		return r;
	const struct rtnl_peer end = { hub->ns, KEEP_PEER, "keep-end", keep_mac };
	struct nl_msg *const msgs[] = {
		rtnl_up(RTNL_LO), rtnl_bridge(NETHUB_BRIDGE, "hub", hub_mac), rtnl_address(NETHUB_BRIDGE, NETHUB_NET + 1, NETHUB_PREFIX),
		rtnl_veth(KEEP, "keep", NETHUB_BRIDGE, &end), rtnl_up_mute(KEEP_PEER),
	};
	r = rtnl_change(hub->sk, msgs, 5, &failed);
	if (r < 0)
		return err_sysf(o->err, r, "%s", steps[failed]);
	r = rtnl_wait_up(hub->sk, hub->watch, KEEP, NETHUB_UP_MS);
	if (r == 0)
		r = rtnl_wait_up(hub->sk, hub->watch, NETHUB_BRIDGE, NETHUB_UP_MS);
	return r < 0 ? err_sysf(o->err, r, "waiting for the bridge") : 0;
}

int nethub_open(struct nethub **ret, struct err *err)
{
	struct nethub *hub = xcalloc(1, sizeof(*hub));
	hub->ns = -1;
	pthread_mutex_init(&hub->lock, NULL);
	struct opening o = { hub, err };
	int r = netns_run_fresh(build, &o, err);
	if (r < 0)
		nethub_close(hub);
	else
		*ret = hub;
	return r;
}

void nethub_close(struct nethub *hub)
{
	if (!hub)
		return;
	nl_socket_free(hub->sk);
	nl_socket_free(hub->watch);
	fd_closep(&hub->ns);
	pthread_mutex_destroy(&hub->lock);
	free(hub);
}

int nethub_ns(const struct nethub *hub)
{
	return hub->ns;
}

int nethub_port_index(unsigned serial)
{
	return FIRST_PORT + (int)(serial % PORT_NUMBERS);
}

uint32_t nethub_address_of(unsigned serial)
{
	return NETHUB_NET + 2 + serial % HOSTS_MAX;
}

static void unplug(struct nethub *hub, unsigned serial)
{
	struct nl_msg *const msgs[] = { rtnl_delete(nethub_port_index(serial)) };
	rtnl_change(hub->sk, msgs, 1, NULL);
}

/* The pair: our end is a port of the bridge and up when this returns, eth0 is down. */
static int plug(struct nethub *hub, int netns, unsigned serial, struct err *err)
{
	static const char *const steps[] = { "making a veth pair", "telling the hub who has the new address" };
	char name[16];
	size_t failed = 0;
	uint32_t addr = nethub_address_of(serial);
	const uint8_t mac[] = NETHUB_MAC(NETHUB_MAC_ETH0, addr);
	const struct rtnl_peer eth0 = { netns, ETH0, "eth0", mac };
	snprintf(name, sizeof(name), "port%u", serial);
	struct nl_msg *const msgs[] = { rtnl_veth(nethub_port_index(serial), name, NETHUB_BRIDGE, &eth0), rtnl_neighbour(NETHUB_BRIDGE, addr, mac) };
	int r = rtnl_change(hub->sk, msgs, 2, &failed);
	if (r == -EXFULL)
		return err_setf(err, r, "the bridge is full: it can't have more than %d ports at once", NETHUB_PORTS_MAX);
	if (r < 0 && failed > 0)
		unplug(hub, serial);
	return r < 0 ? err_sysf(err, r, "%s", steps[failed]) : 0;
}

struct joining {
	struct nethub *hub;
	unsigned serial;
	int fd;
	struct err *err;
};

/* In the new namespace, all in one message. eth0 goes up last: the carrier is there then, so that it works at once. The port
 * went up before it had a carrier: without waiting for it, the first packets may get lost, and TCP sends its first one again
 * after a second. */
static int raise_links(struct joining *j)
{
	static const char *const steps[] = { "bringing the loopback interface up", "giving eth0 its address", "bringing eth0 up",
	                                     "telling eth0 who the hub is", "keeping IPv6 off eth0" };
	enum { ADDRESS = 1, UP, HUB, NO_IPV6, STEPS };
	cleanup(rtnl_closep) struct nl_sock *sk = NULL;
	size_t failed = 0;
	int r = rtnl_open(&sk);
	if (r < 0)
		return err_sysf(j->err, r, "a netlink socket");
	/* The kernel has or has not IPv6; neighbours are forgotten when a link goes up. */
	struct nl_msg *msgs[STEPS];
	size_t n = 0, what[STEPS] = { 0 };
	msgs[n++] = rtnl_up(RTNL_LO);
	what[n] = ADDRESS;
	msgs[n++] = rtnl_address(ETH0, nethub_address_of(j->serial), NETHUB_PREFIX);
	if (j->hub->has_ipv6) {
		what[n] = NO_IPV6;
		msgs[n++] = rtnl_no_ipv6(ETH0);
	}
	what[n] = UP;
	msgs[n++] = rtnl_up(ETH0);
	what[n] = HUB;
	msgs[n++] = rtnl_neighbour(ETH0, NETHUB_NET + 1, hub_mac);
	r = rtnl_change(sk, msgs, n, &failed);
	if (r < 0)
		return err_sysf(j->err, r, "%s", steps[what[failed]]);
	r = rtnl_wait_up(j->hub->sk, j->hub->watch, nethub_port_index(j->serial), NETHUB_UP_MS);
	return r < 0 ? err_sysf(j->err, r, "waiting for the port of eth0") : 0;
}

static int raise_there(void *arg)
{
	return raise_links(arg);
}

int nethub_join(struct nethub *hub, int netns, struct err *err)
{
	struct joining j = { .hub = hub, .serial = hub->serial++, .err = err };
	int r = plug(hub, netns, j.serial, err);
	if (r < 0)
		return r;
	r = netns_run(netns, raise_there, &j, err);
	if (r < 0)
		unplug(hub, j.serial);
	return r;
}

static int make_joined(void *arg)
{
	struct joining *j = arg;
	cleanup(fd_closep) int fd = netns_open_own();
	if (fd < 0)
		return err_sysf(j->err, fd, "/proc/thread-self/ns/net");
	int r = plug(j->hub, fd, j->serial, j->err);
	if (r == 0)
		r = raise_links(j);
	if (r == 0)
		j->fd = fd_steal(&fd);
	return r;
}

int nethub_netns_new(struct nethub *hub, int *ret_fd, struct err *err)
{
	struct joining j = { .hub = hub, .serial = hub->serial++, .fd = -1, .err = err };
	int r = netns_run_fresh(make_joined, &j, err);
	if (r == 0)
		*ret_fd = j.fd;
	return r;
}

/* ---- prepared namespaces ---- */

struct netpool {
	struct nethub *hub;
	size_t size, n, missed;
	int fds[];                      /* the first n are there */
};

static int make_one(struct netpool *pool, int *ret_fd, struct err *err)
{
	return pool->hub ? nethub_netns_new(pool->hub, ret_fd, err) : netns_new(ret_fd, err);
}

int netpool_open(size_t n, struct nethub *hub, struct netpool **ret, struct err *err)
{
	struct netpool *pool = xcalloc(1, sizeof(*pool) + n * sizeof(*pool->fds));
	pool->hub = hub;
	pool->size = n;
	int r = netpool_refill(pool, err);
	if (r < 0)
		netpool_close(pool);
	else
		*ret = pool;
	return r;
}

void netpool_close(struct netpool *pool)
{
	while (pool && pool->n)
		close(pool->fds[--pool->n]);
	free(pool);
}

int netpool_take(struct netpool *pool, int *ret_fd, struct err *err)
{
	if (pool->n) {
		*ret_fd = pool->fds[--pool->n];
		return 0;
	}
	pool->missed++;
	return make_one(pool, ret_fd, err);
}

size_t netpool_missed(const struct netpool *pool)
{
	return pool->missed;
}

int netpool_refill(struct netpool *pool, struct err *err)
{
	int r = 0;
	while (r == 0 && pool->n < pool->size) {
		r = make_one(pool, &pool->fds[pool->n], err);
		pool->n += r == 0;
	}
	return r;
}

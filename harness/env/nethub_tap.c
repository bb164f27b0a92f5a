/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nethub_tap.c - taps as ports of the hub's bridge. */
#include "env/nethub_priv.h"

#include "base/cleanup.h"
#include "env/netns.h"
#include "env/rtnl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define TUN "/dev/net/tun"

static int open_tun(struct err *err)
{
	int fd = open(TUN, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	int r = -errno;
	return err_sysf(err, r, "can't open " TUN "%s", r == -ENOENT ? " (modprobe tun)" : r == -EACCES ? " (it takes root, or a mode of it that lets "
	                "this user)" : "");
}

int nethub_tap_probe(struct err *err)
{
	cleanup(fd_closep) int fd = open_tun(err);
	return fd < 0 ? fd : 0;
}

struct making {
	const struct nethub_tap *tap;
	struct err *err;
};

/* In the hub's namespace. Persistent, because whoever opens it next must find it and no two can have it open at once. */
static int make_tap(void *arg)
{
	struct making *m = arg;
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	cleanup(fd_closep) int fd = open_tun(m->err);
	if (fd < 0)
		return fd;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", m->tap->name);
	unsigned ifindex = (unsigned)m->tap->ifindex;
	if (ioctl(fd, TUNSETIFINDEX, &ifindex) < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0 || ioctl(fd, TUNSETPERSIST, 1) < 0)
		return err_sysf(m->err, -errno, "can't make a tap");
	return 0;
}

static void describe(struct nethub_tap *tap, unsigned serial)
{
	uint32_t addr = nethub_address_of(serial);
	const uint8_t m[] = NETHUB_MAC(NETHUB_MAC_ETH0, addr), h[] = NETHUB_MAC(NETHUB_MAC_HUB, NETHUB_NET + 1);
	tap->ifindex = nethub_port_index(serial);
	snprintf(tap->name, sizeof(tap->name), "tap%u", serial);
	snprintf(tap->mac, sizeof(tap->mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	snprintf(tap->net, sizeof(tap->net), "%u.%u.%u.%u/%u," NETHUB_ADDRESS ",%02x:%02x:%02x:%02x:%02x:%02x", addr >> 24, addr >> 16 & 255,
	         addr >> 8 & 255, addr & 255, NETHUB_PREFIX, h[0], h[1], h[2], h[3], h[4], h[5]);
}

static int plug_tap(struct nethub *hub, const struct nethub_tap *tap, unsigned serial, struct err *err)
{
	static const char *const steps[] = { "making the tap a port of the bridge", "telling the hub who has the new address" };
	size_t failed = 0;
	uint32_t addr = nethub_address_of(serial);
	const uint8_t mac[] = NETHUB_MAC(NETHUB_MAC_ETH0, addr);
	struct nl_msg *const msgs[] = { rtnl_port(tap->ifindex, NETHUB_BRIDGE), rtnl_neighbour(NETHUB_BRIDGE, addr, mac) };
	int r = rtnl_change(hub->sk, msgs, 2, &failed);
	if (r == -EXFULL)
		return err_setf(err, r, "the bridge is full: it can't have more than %d ports at once", NETHUB_PORTS_MAX);
	return r < 0 ? err_sysf(err, r, "%s", steps[failed]) : 0;
}

static void unplug_tap(struct nethub *hub, const struct nethub_tap *tap)
{
	struct nl_msg *const msgs[] = { rtnl_delete(tap->ifindex) };
	rtnl_change(hub->sk, msgs, 1, NULL);
}

int nethub_tap_new(struct nethub *hub, struct nethub_tap *ret, struct err *err)
{
	struct nethub_tap tap;
	struct making m = { &tap, err };
	pthread_mutex_lock(&hub->lock);
	unsigned serial = hub->serial++;
	describe(&tap, serial);
	int r = netns_run(hub->ns, make_tap, &m, err);
	if (r == 0) {
		r = plug_tap(hub, &tap, serial, err);
		if (r < 0)
			unplug_tap(hub, &tap);
	}
	pthread_mutex_unlock(&hub->lock);
	if (r == 0)
		*ret = tap;
	return r;
}

void nethub_tap_remove(struct nethub *hub, const struct nethub_tap *tap)
{
	pthread_mutex_lock(&hub->lock);
	unplug_tap(hub, tap);
	pthread_mutex_unlock(&hub->lock);
}

int nethub_tap_wait(struct nethub *hub, const struct nethub_tap *tap, struct err *err)
{
	pthread_mutex_lock(&hub->lock);
	int r = rtnl_wait_up(hub->sk, hub->watch, tap->ifindex, NETHUB_UP_MS);
	pthread_mutex_unlock(&hub->lock);
	return r < 0 ? err_sysf(err, r, "waiting for the port of the guest's network card") : 0;
}

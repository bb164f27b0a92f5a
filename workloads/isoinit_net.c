/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isoinit_net.c - isoinit brings the network up: loopback always, eth0 as the kernel's command line says. */
#include "isoinit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CARD "eth0"

struct net {
	struct in_addr address, mask, hub;
	unsigned char mac[6];           /* the hub's */
};

/* A number of base up to max, followed by end. */
static bool number(const char **at, int base, unsigned long max, char end, unsigned long *ret)
{
	char *behind;
	*ret = strtoul(*at, &behind, base);
	bool good = behind > *at && *ret <= max && *behind == end;
	*at = behind + (*behind != '\0');
	return good;
}

static bool ip(const char **at, char end, struct in_addr *ret)
{
	uint32_t a = 0;
	unsigned long n;
	for (int i = 0; i < 4; i++) {
		if (!number(at, 10, 255, i < 3 ? '.' : end, &n))
			return false;
		a = a << 8 | (uint32_t)n;
	}
	ret->s_addr = htonl(a);
	return true;
}

/* "10.111.0.2/16,10.111.0.1,02:00:0a:6f:00:01"; by hand: what scanf is made of would be a sixth of this program, and each guest unpacks it. */
static int parse(const char *at, struct net *ret)
{
	struct net n;
	unsigned long v;
	if (!ip(&at, '/', &n.address) || !number(&at, 10, 32, ',', &v) || v < 1 || !ip(&at, ',', &n.hub))
		return -1;
	n.mask.s_addr = htonl(UINT32_MAX << (32 - v));
	for (int i = 0; i < 6; i++) {
		if (!number(&at, 16, 255, i < 5 ? ':' : '\0', &v))
			return -1;
		n.mac[i] = (unsigned char)v;
	}
	*ret = n;
	return 0;
}

static struct ifreq request(const char *name, struct in_addr a)
{
	struct ifreq r = { 0 };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr = a };
	strcpy(r.ifr_name, name);
	memcpy(&r.ifr_addr, &in, sizeof(in));
	return r;
}

static void change(int fd, unsigned long what, struct ifreq r, const char *doing)
{
	if (ioctl(fd, what, &r) < 0)
		trouble("%s: %s", doing, strerror(errno));
}

static struct ifreq up(const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_UP | IFF_RUNNING };
	strcpy(r.ifr_name, name);
	return r;
}

/* IPv4 only, as everywhere on the hub: nothing is sent that no workload asked for. */
static void without_ipv6(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/" CARD "/disable_ipv6", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;         /* the kernel has none */
	if (write(fd, "1", 1) != 1)
		trouble("can't keep IPv6 off " CARD ": %s", strerror(errno));
	close(fd);
}

static bool works(int fd)
{
	struct ifreq r = up(CARD);
	return ioctl(fd, SIOCGIFFLAGS, &r) == 0 && (r.ifr_flags & IFF_RUNNING);
}

/* The driver says later that there is a carrier, and the kernel lets packets through after that: what is sent before is lost, and
 * TCP sends again after a second. */
static void wait_until_it_works(int fd, int events)
{
	char buf[4096];
	while (!works(fd)) {
		struct pollfd p = { .fd = events, .events = POLLIN };
		poll(&p, 1, 1000);
		while (recv(events, buf, sizeof(buf), MSG_DONTWAIT) > 0)
			;
	}
}

static int listen_for_links(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		trouble("can't listen to the guest's links: %s", strerror(errno));
	return fd;
}

/* Nobody has to ask who the hub is. */
static void know_hub(int fd, const struct net *n)
{
	struct arpreq a = { .arp_flags = ATF_PERM | ATF_COM };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr = n->hub };
	memcpy(&a.arp_pa, &in, sizeof(in));
	a.arp_ha.sa_family = ARPHRD_ETHER;
	memcpy(a.arp_ha.sa_data, n->mac, sizeof(n->mac));
	strcpy(a.arp_dev, CARD);
	if (ioctl(fd, SIOCSARP, &a) < 0)
		trouble("can't tell " CARD " who the hub is: %s", strerror(errno));
}

static bool is_there(int fd)
{
	struct ifreq r = up(CARD);
	return ioctl(fd, SIOCGIFINDEX, &r) == 0;
}

static void card_up(int fd, const struct net *n)
{
	while (!is_there(fd))
		wait_for_device("virtio-net card " CARD);
	int events = listen_for_links();
	without_ipv6();
	change(fd, SIOCSIFADDR, request(CARD, n->address), "can't give " CARD " its address");
	change(fd, SIOCSIFNETMASK, request(CARD, n->mask), "can't give " CARD " its network");
	change(fd, SIOCSIFFLAGS, up(CARD), "can't bring " CARD " up");
	know_hub(fd, n);
	wait_until_it_works(fd, events);
	close(events);
}

void network_up(void)
{
	struct net n;
	char text[128];
	bool card = argument(GUEST_ARG_NET, text, sizeof(text));
	if (card && parse(text, &n) < 0)
		trouble(GUEST_ARG_NET "=%s: expected ADDRESS/PREFIX,HUB,MAC", text);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 && card)
		trouble("the guest's kernel has no network: %s", strerror(errno));
	if (fd < 0)
		return;
	struct ifreq lo = up("lo");
	ioctl(fd, SIOCSIFFLAGS, &lo);
	if (card)
		card_up(fd, &n);
	close(fd);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape_network.c - attempts at sockets and links. */
#include "escape_try.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int new_socket(int family, int type, int protocol, const char *kind)
{
	int r = escape_call(socket(family, type | SOCK_CLOEXEC, protocol));
	return r == -EAFNOSUPPORT || r == -ESOCKTNOSUPPORT ? escape_na("this kernel has no %s sockets", kind) : r;
}

static int raw_socket(const struct escape_facts *f)
{
	(void)f;
	return new_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP, "raw");
}

static int packet_socket(const struct escape_facts *f)
{
	(void)f;
	return new_socket(AF_PACKET, SOCK_RAW, 0, "packet");
}

static int vsock(const struct escape_facts *f)
{
	(void)f;
	return new_socket(AF_VSOCK, SOCK_STREAM, 0, "vsock");
}

static int af_alg(const struct escape_facts *f)
{
	(void)f;
	return new_socket(AF_ALG, SOCK_SEQPACKET, 0, "crypto");
}

/* The flags that the loopback device has already. */
static int change_link(const struct escape_facts *f)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} ask = { { sizeof(ask), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0 }, { .ifi_index = (int)if_nametoindex("lo") } };
	struct {
		struct nlmsghdr head;
		struct nlmsgerr err;
		char rest[512];
	} answer = { 0 };
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int in = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || in < 0 || ioctl(in, SIOCGIFFLAGS, &ifr) < 0)
		return -errno;
	ask.info.ifi_flags = (unsigned short)ifr.ifr_flags;
	ask.info.ifi_change = IFF_UP;
	if (send(fd, &ask, sizeof(ask), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return -errno;
	if (answer.err.error < 0)
		return answer.err.error;
	return escape_in_namespace("net", f->net) ? 0 : escape_kept("only links of its own namespace");
}

static int ask_server(const struct escape_facts *f, int fd, const struct sockaddr *addr, size_t len)
{
	if (fd < 0 || connect(fd, addr, (socklen_t)len) < 0)
		return -errno;
	return escape_has_token(f, fd) ? escape_got("it answered") : escape_kept("somebody else is there");
}

static int abstract_socket(const struct escape_facts *f)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	snprintf(to.sun_path + 1, sizeof(to.sun_path) - 1, "%s", f->socket);
	return ask_server(f, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), (struct sockaddr *)&to,
	                  offsetof(struct sockaddr_un, sun_path) + 1 + strlen(f->socket));
}

static int loopback_service(const struct escape_facts *f)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)f->port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	if (!f->port)
		return escape_na("no service could be laid out on the loopback device outside");
	return ask_server(f, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), (struct sockaddr *)&to, sizeof(to));
}

static int shared_memory(const struct escape_facts *f)
{
	if (f->shm < 0)
		return escape_na("no System V segment could be laid out");
	const char *p = shmat(f->shm, NULL, SHM_RDONLY);
	if (p == (void *)-1)
		return -errno;
	return strncmp(p, f->token, strlen(f->token)) == 0 ? escape_got("read segment %d", f->shm) : escape_kept("it is another one");
}

const struct escape escape_network[] = {
	{ "raw-socket", "open a raw socket", "capability", ESCAPE_KERNEL, { EPERM }, .run = raw_socket },
	{ "packet-socket", "open a packet socket", "filter, capability", ESCAPE_KERNEL, { EPERM }, .run = packet_socket },
	{ "vsock", "open a socket to hypervisor and guests", "filter", ESCAPE_KERNEL, { EPERM }, .run = vsock },
	{ "af-alg", "reach the kernel's cryptography by a socket", "filter", ESCAPE_KERNEL, { EPERM }, .run = af_alg },
	{ "netlink", "change a link of the host (lo, to what it is)", "capability, net namespace", ESCAPE_KERNEL, { EPERM },
	  .run = change_link },
	{ "abstract-socket", "talk to a service outside by an abstract socket", "net namespace", ESCAPE_OUTSIDE, { ECONNREFUSED },
	  .run = abstract_socket },
	{ "loopback-service", "talk to a service on the host's loopback device", "net namespace", ESCAPE_OUTSIDE,
	  { ECONNREFUSED, ENETUNREACH }, .run = loopback_service },
	{ "sysv-shm", "read System V shared memory outside", "ipc namespace", ESCAPE_OUTSIDE, { EINVAL, ENOSYS }, .run = shared_memory },
	{ 0 },
};

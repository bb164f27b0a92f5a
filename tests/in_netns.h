/* SPDX-License-Identifier: GPL-3.0-or-later */
/* in_netns.h - for tests of real network namespaces: what is done inside one, a hub, and the ordinary user as whom they run once more. */
#ifndef ISOCOST_TESTS_IN_NETNS_H
#define ISOCOST_TESTS_IN_NETNS_H

#include "base/cleanup.h"
#include "base/lifeline.h"
#include "base/proc.h"
#include "base/str.h"
#include "env/nethub.h"
#include "env/netns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int home;                        /* the namespace that the test runs in */

static inline int know_home(void **state)
{
	(void)state;
	home = netns_open_own();
	return home < 0 ? -1 : 0;
}

static inline int forget_home(void **state)
{
	(void)state;
	return close(home);
}

static inline void must(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d: %s", r, err->msg);
}

static inline ino_t inode(int fd)
{
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

static inline void at_home(void)
{
	cleanup(fd_closep) int own = netns_open_own();
	assert_true(own >= 0);
	assert_int_equal(inode(own), inode(home));
}

/* A hub, or the end of the test where none can be had. */
static inline struct nethub *hub_or_skip(void)
{
	struct nethub *hub;
	struct err err = { 0 };
	int r = nethub_open(&hub, &err);
	if (r == -EPERM || r == -EOPNOTSUPP || r == -ENOSPC) {
		print_message("skipped: %s\n", err.msg);
		skip();
	}
	must(r, &err);
	return hub;
}

/* ---- what is done inside; these may run in another thread, so they return in place of asserting ---- */

/* The flags of a link; -errno. */
static inline int flags_of(const char *name)
{
	cleanup(fd_closep) int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { 0 };
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	return ioctl(s, SIOCGIFFLAGS, &r) < 0 ? -errno : (unsigned short)r.ifr_flags;
}

static inline int lo_flags(void *arg)
{
	(void)arg;
	return flags_of("lo");
}

static inline int eth0_flags(void *arg)
{
	(void)arg;
	return flags_of("eth0");
}

static inline int eth0_address(void *arg)
{
	cleanup(fd_closep) int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { .ifr_name = "eth0" };
	if (ioctl(s, SIOCGIFADDR, &r) < 0)
		return -errno;
	*(uint32_t *)arg = ntohl(((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr);
	return 0;
}

/* How many links there are, but for those that the kernel puts into every namespace. */
static inline int count_links(void *arg)
{
	struct if_nameindex *all = if_nameindex();
	int n = 0;
	(void)arg;
	for (size_t i = 0; all && all[i].if_index; i++)
		n += strcmp(all[i].if_name, "lo") == 0 || strcmp(all[i].if_name, "eth0") == 0 ||
		     strcmp(all[i].if_name, "hub") == 0 || strncmp(all[i].if_name, "port", 4) == 0;
	if_freenameindex(all);
	return n;
}

/* Links with an IPv6 address, but for lo. */
static inline int count_ipv6(void *arg)
{
	FILE *f = fopen("/proc/thread-self/net/if_inet6", "re");
	char line[256];
	int n = 0;
	(void)arg;
	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, " lo\n") == NULL;
	if (f)
		fclose(f);
	return n;
}

struct meeting {
	int listener;
	struct sockaddr_in at;
};

static inline int listen_here(void *arg)
{
	struct meeting *m = arg;
	socklen_t len = sizeof(m->at);
	m->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	m->at.sin_family = AF_INET;
	if (bind(m->listener, (struct sockaddr *)&m->at, len) < 0 || listen(m->listener, 16) < 0 ||
	    getsockname(m->listener, (struct sockaddr *)&m->at, &len) < 0)
		return -errno;
	return 0;
}

static inline int connect_there(void *arg)
{
	const struct meeting *m = arg;
	cleanup(fd_closep) int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(s, (const struct sockaddr *)&m->at, sizeof(m->at)) < 0)
		return -errno;
	cleanup(fd_closep) int c = accept(m->listener, NULL, NULL);
	char x = 'x';
	return write(s, &x, 1) == 1 && read(c, &x, 1) == 1 ? 0 : -errno;
}

static inline int watch_links(void *arg)
{
	struct sockaddr_nl at = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	*(int *)arg = s;
	return bind(s, (struct sockaddr *)&at, sizeof(at)) < 0 ? -errno : 0;
}

/* Wait until a namespace has n links, which it is told of by events. */
static inline void expect_links(int ns, int watch, int n)
{
	struct err err = { 0 };
	struct pollfd p = { .fd = watch, .events = POLLIN };
	char buf[4096];
	while (netns_run(ns, count_links, NULL, &err) != n) {
		assert_int_equal(poll(&p, 1, 20000), 1);
		while (recv(watch, buf, sizeof(buf), 0) >= 0 || errno == ENOBUFS)
			;
	}
}

static inline int netns_in_lifeline(uid_t uid, int (*run_all)(const char *who))
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		struct err err = { 0 };
		if (uid && (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0))
			_exit(99);
		/* As after a login: a change of ids leaves /proc/self to root. */
		prctl(PR_SET_DUMPABLE, 1);
		if (lifeline_enter(&err) < 0)
			print_message("no lifeline here: %s\n", err.msg);
		exit(run_all("rootless") ? 1 : 0);
	}
	return proc_wait(pid);
}

/* Run the tests as root, when that is who runs this, and as an ordinary user in the namespaces that the lifeline gives. The exit status. */
static inline int netns_twice(int (*run_all)(const char *who))
{
	if (geteuid() != 0)
		return netns_in_lifeline(0, run_all);
	int failed = run_all("as root");
	return netns_in_lifeline(65534, run_all) + failed;
}

#endif

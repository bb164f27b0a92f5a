/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real network namespaces: made, entered, left, joined to a bridge, prepared beforehand, and gone in the end. Run twice: as
 * it is, and, when that is root, once more as an ordinary user in the namespaces that the lifeline gives. */
#include "base/cleanup.h"
#include "base/clk.h"
#include "base/lifeline.h"
#include "base/proc.h"
#include "env/nethub.h"
#include "env/netns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static int home;                        /* the namespace that the test runs in */

static void must(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d: %s", r, err->msg);
}

static ino_t inode(int fd)
{
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

static void at_home(void)
{
	cleanup(fd_closep) int own = netns_open_own();
	assert_true(own >= 0);
	assert_int_equal(inode(own), inode(home));
}

static size_t open_files(void)
{
	size_t n = 0;
	DIR *d = opendir("/proc/self/fd");
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* A hub, or the end of the test where none can be had. */
static struct nethub *hub_or_skip(void)
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
static int flags_of(const char *name)
{
	cleanup(fd_closep) int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { 0 };
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	return ioctl(s, SIOCGIFFLAGS, &r) < 0 ? -errno : (unsigned short)r.ifr_flags;
}

static int lo_flags(void *arg)
{
	(void)arg;
	return flags_of("lo");
}

static int eth0_flags(void *arg)
{
	(void)arg;
	return flags_of("eth0");
}

static int eth0_address(void *arg)
{
	cleanup(fd_closep) int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { .ifr_name = "eth0" };
	if (ioctl(s, SIOCGIFADDR, &r) < 0)
		return -errno;
	*(uint32_t *)arg = ntohl(((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr);
	return 0;
}

/* How many links there are, but for those that the kernel puts into every namespace. */
static int count_links(void *arg)
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
static int count_ipv6(void *arg)
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

static int listen_here(void *arg)
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

static int connect_there(void *arg)
{
	const struct meeting *m = arg;
	cleanup(fd_closep) int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(s, (const struct sockaddr *)&m->at, sizeof(m->at)) < 0)
		return -errno;
	cleanup(fd_closep) int c = accept(m->listener, NULL, NULL);
	char x = 'x';
	return write(s, &x, 1) == 1 && read(c, &x, 1) == 1 ? 0 : -errno;
}

static int watch_links(void *arg)
{
	struct sockaddr_nl at = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	*(int *)arg = s;
	return bind(s, (struct sockaddr *)&at, sizeof(at)) < 0 ? -errno : 0;
}

/* Wait until a namespace has n links, which it is told of by events. */
static void expect_links(int ns, int watch, int n)
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

/* ---- the tests ---- */

static void test_fresh(void **state)
{
	(void)state;
	struct err err = { 0 };
	cleanup(fd_closep) int a = -1;
	cleanup(fd_closep) int b = -1;
	int r = netns_new(&a, &err);
	if (r == -EPERM || r == -ENOSPC) {
		print_message("skipped: %s\n", err.msg);
		skip();
	}
	must(r, &err);
	must(netns_new(&b, &err), &err);
	assert_int_not_equal(inode(a), inode(home));
	assert_int_not_equal(inode(a), inode(b));
	assert_int_equal(fcntl(a, F_GETFD), FD_CLOEXEC);
	assert_true(netns_run(a, lo_flags, NULL, &err) & IFF_UP);
	assert_int_equal(netns_run(a, eth0_flags, NULL, &err), -ENODEV);
	assert_int_equal(netns_run_fresh(lo_flags, NULL, &err) & IFF_UP, 0);
	at_home();
}

static void *enter_and_end(void *arg)
{
	struct err err = { 0 };
	if (netns_enter(*(int *)arg, NULL, &err) < 0)
		return NULL;
	cleanup(fd_closep) int own = netns_open_own();
	struct stat st, want;
	return fstat(own, &st) == 0 && fstat(*(int *)arg, &want) == 0 && st.st_ino == want.st_ino ? arg : NULL;
}

/* A thread that can't come back is not let in, unless it means to end there. */
static void test_enter_and_leave(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct nethub *hub = hub_or_skip();
	cleanup(netns_leave) int back = -1;
	int r = netns_enter(nethub_ns(hub), &back, &err);
	if (r == 0) {
		cleanup(fd_closep) int own = netns_open_own();
		assert_int_equal(inode(own), inode(nethub_ns(hub)));
		netns_leave(&back);
		assert_int_equal(back, -1);
	} else {
		assert_int_equal(r, -EPERM);
		assert_int_equal(setns(home, CLONE_NEWNET), -1);
	}
	at_home();
	pthread_t thread;
	void *arrived = NULL;
	int ns = nethub_ns(hub);
	assert_int_equal(pthread_create(&thread, NULL, enter_and_end, &ns), 0);
	pthread_join(thread, &arrived);
	assert_ptr_equal(arrived, &ns);
	at_home();
	nethub_close(hub);
}

static void test_talk(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct nethub *hub = hub_or_skip();
	cleanup(fd_closep) int a = -1;
	cleanup(fd_closep) int b = -1;
	must(nethub_netns_new(hub, &a, &err), &err);
	must(nethub_netns_new(hub, &b, &err), &err);
	uint32_t at_a = 0, at_b = 0;
	assert_int_equal(netns_run(a, eth0_address, &at_a, &err), 0);
	assert_int_equal(netns_run(b, eth0_address, &at_b, &err), 0);
	assert_int_equal(at_a >> 16, 10 << 8 | 111);
	assert_int_equal(at_b >> 16, 10 << 8 | 111);
	assert_int_not_equal(at_a, at_b);
	struct meeting m = { .at.sin_addr.s_addr = inet_addr(NETHUB_ADDRESS) };
	cleanup(fd_closep) int listener = -1;
	assert_int_equal(netns_run(nethub_ns(hub), listen_here, &m, &err), 0);
	listener = m.listener;
	assert_int_equal(netns_run(a, connect_there, &m, &err), 0);
	assert_int_equal(netns_run(b, connect_there, &m, &err), 0);
	/* One with the other. */
	struct meeting n = { .at.sin_addr.s_addr = htonl(at_b) };
	cleanup(fd_closep) int other = -1;
	assert_int_equal(netns_run(b, listen_here, &n, &err), 0);
	other = n.listener;
	assert_int_equal(netns_run(a, connect_there, &n, &err), 0);
	/* IPv6 would make every port talk to every other. */
	assert_int_equal(netns_run(a, count_ipv6, NULL, &err), 0);
	assert_int_equal(netns_run(nethub_ns(hub), count_ipv6, NULL, &err), 0);
	/* There is no way out, and none in. */
	struct meeting out = { .at = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = inet_addr("192.0.2.1") } };
	assert_int_equal(netns_run(a, connect_there, &out, &err), -ENETUNREACH);
	assert_int_equal(netns_run(nethub_ns(hub), connect_there, &out, &err), -ENETUNREACH);
	nethub_close(hub);
}

/* What is sent at once arrives at once. Had nobody waited for the port, one in some fifty would lose its first packet, which
 * TCP sends again after a second; had they to ask for each other's hardware address, the kernel's table of neighbours would be
 * full after a thousand in a few seconds. */
static void test_ready_when_it_returns(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct nethub *hub = hub_or_skip();
	struct meeting m = { .at.sin_addr.s_addr = inet_addr(NETHUB_ADDRESS) };
	assert_int_equal(netns_run(nethub_ns(hub), listen_here, &m, &err), 0);
	for (int i = 0; i < 1200; i++) {
		cleanup(fd_closep) int ns = -1;
		must(nethub_netns_new(hub, &ns, &err), &err);
		int64_t t = clk_now();
		assert_int_equal(netns_run(ns, connect_there, &m, &err), 0);
		if (clk_now() - t > 900 * CLK_MS)
			fail_msg("the first packet of namespace %d took %.0f ms", i, clk_to_s(clk_now() - t) * 1e3);
	}
	close(m.listener);
	nethub_close(hub);
}

static int bridge_mac(void *arg)
{
	cleanup(fd_closep) int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { .ifr_name = "hub" };
	if (ioctl(s, SIOCGIFHWADDR, &r) < 0)
		return -errno;
	memcpy(arg, r.ifr_hwaddr.sa_data, 6);
	return flags_of("hub");
}

/* Ports come and go, and nobody else notices: the bridge keeps its hardware address, which others have in their tables, and its
 * carrier. */
static void test_steady(void **state)
{
	(void)state;
	enum { PORTS = 20 };
	struct err err = { 0 };
	struct nethub *hub = hub_or_skip();
	uint8_t first[6] = { 0 }, mac[6] = { 0 };
	int fds[PORTS], watch = -1;
	assert_int_equal(netns_run(nethub_ns(hub), watch_links, &watch, &err), 0);
	assert_true(netns_run(nethub_ns(hub), bridge_mac, first, &err) & IFF_RUNNING);
	for (int i = 0; i < PORTS; i++) {
		must(nethub_netns_new(hub, &fds[i], &err), &err);
		assert_true(netns_run(nethub_ns(hub), bridge_mac, mac, &err) & IFF_RUNNING);
		assert_memory_equal(mac, first, sizeof(mac));
	}
	for (int i = 0; i < PORTS; i++)
		close(fds[i]);
	expect_links(nethub_ns(hub), watch, 2);
	assert_true(netns_run(nethub_ns(hub), bridge_mac, mac, &err) & IFF_RUNNING);
	assert_memory_equal(mac, first, sizeof(mac));
	close(watch);
	nethub_close(hub);
}

/* A process in namespaces of its own, a user namespace among them: as a container that was cloned with its network. */
static pid_t process_with_network(int *ret_ns)
{
	int up[2];
	assert_int_equal(pipe2(up, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		char c = unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 ? 'n' : 'y';
		if (write(up[1], &c, 1) == 1)
			pause();
		_exit(0);
	}
	char c = 0, path[64];
	assert_int_equal(read(up[0], &c, 1), 1);
	close(up[0]);
	close(up[1]);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	*ret_ns = c == 'y' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	return pid;
}

static void test_join(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct nethub *hub = hub_or_skip();
	cleanup(fd_closep) int ns = -1;
	pid_t pid = process_with_network(&ns);
	if (ns >= 0) {
		must(nethub_join(hub, ns, &err), &err);
		uint32_t at = 0;
		assert_int_equal(netns_run(ns, eth0_address, &at, &err), 0);
		assert_int_equal(at >> 16, 10 << 8 | 111);
		/* A second one can't be, and leaves no port. */
		assert_int_equal(nethub_join(hub, ns, &err), -EEXIST);
		assert_non_null(strstr(err.msg, "veth pair"));
		assert_int_equal(netns_run(nethub_ns(hub), count_links, NULL, &err), 3);
	}
	kill(pid, SIGKILL);
	proc_wait(pid);
	nethub_close(hub);
	if (ns < 0) {
		print_message("skipped: no user namespace can be had here\n");
		skip();
	}
}

static void test_join_refuses(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct nethub *hub = hub_or_skip();
	cleanup(fd_closep) int no_ns = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(nethub_join(hub, no_ns, &err) < 0);
	assert_non_null(strstr(err.msg, "veth pair"));
	assert_int_equal(netns_run(nethub_ns(hub), count_links, NULL, &err), 2);
	nethub_close(hub);
}

static void pool_of(struct nethub *hub)
{
	struct err err = { 0 };
	struct netpool *pool;
	int fds[5];
	must(netpool_open(3, hub, &pool, &err), &err);
	for (int i = 0; i < 4; i++)
		must(netpool_take(pool, &fds[i], &err), &err);
	assert_int_equal(netpool_missed(pool), 1);
	must(netpool_refill(pool, &err), &err);
	must(netpool_take(pool, &fds[4], &err), &err);
	assert_int_equal(netpool_missed(pool), 1);
	for (int i = 0; i < 5; i++) {
		assert_true(netns_run(fds[i], lo_flags, NULL, &err) & IFF_UP);
		assert_int_equal(netns_run(fds[i], eth0_flags, NULL, &err) > 0, hub != NULL);
		for (int k = 0; k < i; k++)
			assert_int_not_equal(inode(fds[i]), inode(fds[k]));
	}
	for (int i = 0; i < 5; i++)
		close(fds[i]);
	netpool_close(pool);
	at_home();
}

static void test_pool(void **state)
{
	(void)state;
	struct nethub *hub = hub_or_skip();
	size_t before = open_files();
	pool_of(NULL);
	pool_of(hub);
	assert_int_equal(open_files(), before);
	/* Their ports die with them: lo and the bridge are left. */
	struct err err = { 0 };
	cleanup(fd_closep) int watch = -1;
	assert_int_equal(netns_run(nethub_ns(hub), watch_links, &watch, &err), 0);
	expect_links(nethub_ns(hub), watch, 2);
	nethub_close(hub);
}

/* The harness of this test is a process with a hub and a namespace joined to it; we hold that namespace alone, and see its
 * eth0 go when the kernel takes the hub of the killed one. */
static void test_killed(void **state)
{
	(void)state;
	nethub_close(hub_or_skip());
	int said[2], ns_there = -1;
	assert_int_equal(pipe2(said, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct err err = { 0 };
		struct nethub *hub;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (nethub_open(&hub, &err) == 0 && nethub_netns_new(hub, &ns_there, &err) == 0 &&
		    write(said[1], &ns_there, sizeof(ns_there)) == sizeof(ns_there))
			pause();
		_exit(1);
	}
	close(said[1]);
	assert_int_equal(read(said[0], &ns_there, sizeof(ns_there)), sizeof(ns_there));
	close(said[0]);
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, ns_there);
	cleanup(fd_closep) int ns = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(ns >= 0);
	cleanup(fd_closep) int watch = -1;
	struct err err = { 0 };
	assert_int_equal(netns_run(ns, watch_links, &watch, &err), 0);
	assert_int_equal(netns_run(ns, count_links, NULL, &err), 2);
	kill(pid, SIGKILL);
	proc_wait(pid);
	expect_links(ns, watch, 1);
}

static int run_all(const char *name)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fresh),
		cmocka_unit_test(test_enter_and_leave),
		cmocka_unit_test(test_talk),
		cmocka_unit_test(test_ready_when_it_returns),
		cmocka_unit_test(test_steady),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_join_refuses),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_killed),
	};
	home = netns_open_own();
	int failed = cmocka_run_group_tests_name(name, tests, NULL, NULL);
	close(home);
	return failed;
}

static int run_in_lifeline(uid_t uid)
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
		exit(run_all("network namespaces, rootless") ? 1 : 0);
	}
	return proc_wait(pid);
}

int main(void)
{
	if (geteuid() != 0)
		return run_in_lifeline(0);
	int failed = run_all("network namespaces, as root");
	return run_in_lifeline(65534) + failed;
}

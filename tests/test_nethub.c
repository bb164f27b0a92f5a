/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real network namespaces joined to a bridge: who reaches whom, what others notice, and that all is gone in the end. */
#include "in_netns.h"

#include "base/clk.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>

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

static int run_all(const char *who)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talk),
		cmocka_unit_test(test_ready_when_it_returns),
		cmocka_unit_test(test_steady),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_join_refuses),
		cmocka_unit_test(test_killed),
	};
	cleanup_free char *name = xasprintf("network hubs, %s", who);
	return cmocka_run_group_tests_name(name, tests, know_home, forget_home);
}

int main(void)
{
	return netns_twice(run_all);
}

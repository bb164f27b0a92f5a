/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The peer of the network workloads, as drivers have it: beside a hub's bridge and on the host's loopback; its end. */
#include "arm.h"
#include "in_netns.h"

#include "base/proc.h"
#include "env/netns.h"
#include "env/peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static const char *build;

static struct sockaddr_in place(const char *address)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	char host[32];
	unsigned port;
	assert_int_equal(sscanf(address, "%31[0-9.]:%u", host, &port), 2);
	assert_int_equal(inet_pton(AF_INET, host, &at.sin_addr), 1);
	at.sin_port = htons((uint16_t)port);
	return at;
}

/* A datagram there and back; may run in another thread. */
static int ping(void *arg)
{
	const struct timeval patience = { .tv_sec = 20 };
	char c = 'x';
	cleanup(fd_closep) int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(s, arg, sizeof(struct sockaddr_in)) < 0 || send(s, &c, 1, 0) != 1 || recv(s, &c, 1, 0) != 1)
		return -errno;
	return 0;
}

static void test_on_loopback(void **state)
{
	(void)state;
	struct peer *p;
	struct err err = { 0 };
	must(peer_start(build, -1, "127.0.0.1", &p, &err), &err);
	struct sockaddr_in at = place(peer_address(p));
	assert_int_equal(ping(&at), 0);
	peer_stop(p);
	assert_int_equal(ping(&at), -ECONNREFUSED);
}

static void test_beside_the_bridge(void **state)
{
	(void)state;
	struct nethub *hub = hub_or_skip();
	struct peer *p;
	struct err err = { 0 };
	cleanup(fd_closep) int ns = -1;
	must(nethub_netns_new(hub, &ns, &err), &err);
	must(peer_start(build, nethub_ns(hub), NETHUB_ADDRESS, &p, &err), &err);
	struct sockaddr_in at = place(peer_address(p));
	assert_int_equal(netns_run(ns, ping, &at, &err), 0);
	peer_stop(p);
	nethub_close(hub);
}

static void test_what_cannot_be(void **state)
{
	(void)state;
	struct peer *p;
	struct err err = { 0 };
	assert_int_equal(peer_start("/nowhere", -1, "127.0.0.1", &p, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/nowhere/isoload"));
	/* An address that is not there. */
	assert_int_equal(peer_start(build, -1, "192.0.2.1", &p, &err), -EPIPE);
	assert_non_null(strstr(err.msg, "192.0.2.1"));
	struct env_spec wants = { .peer = true }, none = { 0 };
	assert_int_equal(peer_refuse(&none, "no reason", &err), 0);
	assert_int_equal(peer_refuse(&wants, "it is an island", &err), -ENOTSUP);
	assert_string_equal(err.msg, "this arm has no network to a peer: it is an island");
	/* The same, asked of a workload before anything is started. */
	struct kvs params = { 0 };
	assert_int_equal(peer_unfit(registry_find("net-rr"), &params, "no reason", &err), 0);
	kvs_set(&params, "peer", "outside", 0);
	assert_int_equal(peer_unfit(registry_find("net-rr"), &params, "it is a desert", &err), -ENOTSUP);
	assert_string_equal(err.msg, "this arm has no network to a peer: it is a desert");
	assert_int_equal(peer_unfit(registry_find("syscall"), &params, "no reason", &err), 0);
	kvs_free(&params);
}

static struct sockaddr_in told(const struct strv *vars)
{
	assert_int_equal(vars->n, 1);
	assert_int_equal(strncmp(vars->v[0], "ISOCOST_PEER=", 13), 0);
	return place(vars->v[0] + 13);
}

/* The process that listens there, by its parent: us. */
static pid_t child_of_ours(void)
{
	char path[64];
	cleanup_free char *text = NULL;
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	assert_int_equal(fs_read(path, &text, NULL), 0);
	return (pid_t)atoi(text);
}

static void test_provided(void **state)
{
	(void)state;
	struct peer *p = NULL;
	struct err err = { 0 };
	struct env_ctx ctx = { .load_dir = build };
	struct phases phases = { .start_ns = 1 };
	struct env_spec none = { .phases = &phases }, wants = { .peer = true, .phases = &phases };
	cleanup(strv_free) struct strv a = { 0 };
	cleanup(strv_free) struct strv b = { 0 };
	cleanup(strv_free) struct strv c = { 0 };
	must(peer_provide(&p, &ctx, NULL, &none, &a, &err), &err);
	assert_null(p);
	assert_int_equal(a.n, 0);
	/* The first launch starts it, and its clock begins behind that; the next has the same. */
	must(peer_provide(&p, &ctx, NULL, &wants, &a, &err), &err);
	assert_true(phases.start_ns > 1);
	struct sockaddr_in first = told(&a);
	assert_int_equal(ping(&first), 0);
	phases.start_ns = 1;
	must(peer_provide(&p, &ctx, NULL, &wants, &b, &err), &err);
	assert_int_equal(phases.start_ns, 1);
	assert_string_equal(a.v[0], b.v[0]);
	/* One that was killed is replaced. */
	pid_t pid = child_of_ours();
	assert_true(pid > 1);
	cleanup(fd_closep) int pidfd = proc_pidfd(pid);
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	kill(pid, SIGKILL);
	assert_int_equal(poll(&ended, 1, 20000), 1);
	must(peer_provide(&p, &ctx, NULL, &wants, &c, &err), &err);
	struct sockaddr_in again = told(&c);
	assert_int_equal(ping(&again), 0);
	peer_stop(p);
	assert_int_equal(child_of_ours(), 0);
}

/* It has the CPUs of who starts it. */
static void test_affinity(void **state)
{
	(void)state;
	struct peer *p;
	struct err err = { 0 };
	cpu_set_t before, one, its;
	sched_getaffinity(0, sizeof(before), &before);
	CPU_ZERO(&one);
	for (int cpu = 0; CPU_COUNT(&one) == 0; cpu++)
		if (CPU_ISSET(cpu, &before))
			CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	must(peer_start(build, -1, "127.0.0.1", &p, &err), &err);
	sched_setaffinity(0, sizeof(before), &before);
	assert_int_equal(sched_getaffinity(child_of_ours(), sizeof(its), &its), 0);
	assert_true(CPU_EQUAL(&its, &one));
	peer_stop(p);
}

/* Its end is seen by a pipe that only it holds: the standard error that it inherits. */
static void test_ends_with_the_harness(void **state)
{
	(void)state;
	int held[2], up[2];
	assert_int_equal(pipe2(held, O_CLOEXEC), 0);
	assert_int_equal(pipe2(up, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct peer *p;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(held[1], STDERR_FILENO);
		if (peer_start(build, -1, "127.0.0.1", &p, NULL) == 0 && write(up[1], "u", 1) == 1)
			pause();
		_exit(1);
	}
	close(held[1]);
	close(up[1]);
	char c;
	assert_int_equal(read(up[0], &c, 1), 1);
	struct pollfd peer = { .fd = held[0], .events = POLLIN };
	assert_int_equal(poll(&peer, 1, 0), 0);
	kill(pid, SIGKILL);
	assert_int_equal(proc_wait(pid), 128 + SIGKILL);
	assert_int_equal(poll(&peer, 1, 20000), 1);
	assert_int_equal(read(held[0], &c, 1), 0);
	close(held[0]);
	close(up[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_on_loopback),
		cmocka_unit_test(test_beside_the_bridge),
		cmocka_unit_test(test_what_cannot_be),
		cmocka_unit_test(test_provided),
		cmocka_unit_test(test_affinity),
		cmocka_unit_test(test_ends_with_the_harness),
	};
	build = getenv("ISOCOST_BUILD");
	if (!build)
		build = "build";
	return cmocka_run_group_tests(tests, NULL, NULL);
}

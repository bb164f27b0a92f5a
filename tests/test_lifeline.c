/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_lifeline.c - however the harness ends, nothing it started lives on: with root and without. */
#include "base/clk.h"
#include "base/lifeline.h"
#include "base/proc.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>
#include <cmocka.h>

enum end { INNER_EXITS, INNER_KILLED, OUTER_KILLED, OUTER_TERMINATED };

/* As QEMU does under libvirt: two forks and a session of its own. It holds the pipe open for as long as it lives. */
static void daemonize_and_stay(int hold)
{
	pid_t pid = fork();
	if (pid != 0) {
		waitpid(pid, NULL, 0);
		return;
	}
	setsid();
	if (fork() != 0)
		_exit(0);
	for (int fd = 0; fd < 64; fd++)
		if (fd != hold)
			close(fd);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (;;)
		pause();
}

/* The harness of the test: says "up" through the pipe, then ends in the way that is asked for. */
static void harness(int hold, enum end end)
{
	struct err err = { 0 };
	int r = lifeline_enter(&err);
	if (r < 0) {
		if (write(hold, "n", 1) < 0)
			_exit(1);
		_exit(77);
	}
	daemonize_and_stay(hold);
	/* The new /proc must be that of the namespace, where the init is PID 1 and this one is PID 2. */
	char self[32] = { 0 };
	ssize_t n = readlink("/proc/self", self, sizeof(self) - 1);
	if (n < 0 || atoi(self) != getpid() || getppid() != 1)
		_exit(3);
	if (write(hold, "u", 1) < 0)
		_exit(1);
	if (end == INNER_EXITS)
		_exit(42);
	if (end == INNER_KILLED)
		kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

static bool gone_within(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c;
	return poll(&p, 1, ms) == 1 && read(fd, &c, 1) == 0;
}

/* Returns false when namespaces can't be had here. */
static bool try_end(enum end end, uid_t uid)
{
	int p[2];
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid_t outer = fork();
	assert_true(outer >= 0);
	if (outer == 0) {
		close(p[0]);
		if (uid && (setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0))
			_exit(4);
		/* Losing root made the process undumpable: its own /proc files would belong to root. */
		prctl(PR_SET_DUMPABLE, 1);
		harness(p[1], end);
		_exit(5);
	}
	close(p[1]);
	char c = 0;
	ssize_t n = read(p[0], &c, 1);
	if (n == 1 && c == 'n') {
		proc_wait(outer);
		close(p[0]);
		return false;
	}
	assert_int_equal(n, 1);
	if (end == OUTER_KILLED)
		kill(outer, SIGKILL);
	if (end == OUTER_TERMINATED)
		kill(outer, SIGTERM);
	int status = proc_wait(outer);
	assert_int_equal(status, end == INNER_EXITS ? 42 : end == OUTER_TERMINATED ? 128 + SIGTERM : 128 + SIGKILL);
	assert_true(gone_within(p[0], 5000));
	close(p[0]);
	return true;
}

static void every_end(uid_t uid)
{
	for (enum end e = INNER_EXITS; e <= OUTER_TERMINATED; e++)
		if (!try_end(e, uid)) {
			print_message("skipped: new PID, mount and user namespaces can't be had here\n");
			skip();
		}
}

static void test_as_it_is(void **state)
{
	(void)state;
	every_end(0);
}

static void test_ordinary_user(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: the test is an ordinary user already\n");
		skip();
	}
	every_end(65534);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_it_is),
		cmocka_unit_test(test_ordinary_user),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real containers: their limits and phases, how ends are reported, and that nothing outlives the harness. */
#include "container_arm.h"

#include "base/sig.h"

#include <fcntl.h>
#include <poll.h>

/* The limits hold, and putting them on is no part of the start. */
static void test_limits_before(void **state)
{
	(void)state;
	begin("cgroup=before");
	expect("nproc", "1");
	if (session_cgroups(&session))
		expect("cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max", "67108864");
	assert_int_equal(phases_at(&phases, "limits"), 0);
	assert_true(phases_at(&phases, "prepare") >= phases.start_ns);
	end();
}

static void test_statuses(void **state)
{
	(void)state;
	begin("");
	struct said said = { 0 };
	struct err err = { 0 };
	int status;
	must(env_sh(&env_container, env, "echo out; echo err >&2; exit 7", 20, &said, &status, &err), &err);
	assert_int_equal(status, 7);
	assert_string_equal(said.out.s, "out\n");
	assert_string_equal(said.err.s, "err\n");
	said_free(&said);
	/* PID 1 ignores what it does not handle; only from outside it can be killed. Its child dies of a signal. */
	said = (struct said){ 0 };
	must(env_sh(&env_container, env, "sh -c 'kill -TERM $$'; exit $?", 20, &said, &status, &err), &err);
	assert_int_equal(status, 128 + SIGTERM);
	said_free(&said);
	said = (struct said){ 0 };
	struct env_call call = { .argv = (char *[]){ (char *)"no-such-program", NULL }, .output = said_take, .arg = &said };
	must(env_container.exec(env, &call, &err), &err);
	assert_int_equal(call.status, 127);
	str_add(&said.err, "", 0);
	assert_non_null(strstr(said.err.s, "no-such-program"));
	said_free(&said);
	end();
}

static void test_deadline(void **state)
{
	(void)state;
	begin("");
	struct said said = { 0 };
	struct err err = { 0 };
	int status;
	int64_t t = clk_now();
	assert_int_equal(env_sh(&env_container, env, "echo started; sleep 100 & sleep 100", 0.5, &said, &status, &err), -ETIMEDOUT);
	assert_true(clk_now() - t < 60 * CLK_S);
	assert_string_equal(said.out.s, "started\n");
	said_free(&said);
	/* Writing all the time is no way around it. */
	said = (struct said){ 0 };
	assert_int_equal(env_sh(&env_container, env, "yes", 0.2, &said, &status, &err), -ETIMEDOUT);
	said_free(&said);
	end();
}

static void interrupt(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	(void)arg, (void)fd, (void)buf, (void)len, (void)t_ns;
	raise(SIGTERM);
}

/* In a process of its own: a signal that was caught stays caught. */
static void test_interrupted(void **state)
{
	(void)state;
	begin("");
	pid_t pid = fork();
	if (pid == 0) {
		sig_catch();
		struct env_call call = {
			.argv = (char *[]){ (char *)"sh", (char *)"-c", (char *)"echo started; sleep 100", NULL }, .output = interrupt,
		};
		_exit(env_container.exec(env, &call, NULL) == -EINTR ? 0 : 1);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	end();
}

/* Killed without a chance to clean up: its container dies with it, and what is left can be swept. */
static void test_killed_harness(void **state)
{
	(void)state;
	begin("");
	int said[2];
	assert_int_equal(pipe2(said, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct env_call call = { .argv = (char *[]){ (char *)"sh", (char *)"-c", (char *)"echo started; sleep 100", NULL } };
		dup2(said[1], 1);
		close(said[1]);
		_exit(env_container.exec(env, &call, NULL) == 0);
	}
	close(said[1]);
	char buf[16];
	assert_true(read(said[0], buf, sizeof(buf)) > 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* The container held the other end of the pipe. */
	struct pollfd p = { .fd = said[0], .events = POLLIN };
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(read(said[0], buf, sizeof(buf)), 0);
	close(said[0]);
	end();
}

static void test_phases(void **state)
{
	(void)state;
	begin("parallel=off");
	expect("echo hello", "hello");
	static const char *const names[] = {
		"limits", "prepare", "clone", "namespaces", "network", "cgroup", "mounts", "root", "streams", "privileges", "seccomp", "cpu", "exec",
		"exit", "reaped",
	};
	const size_t n = sizeof(names) / sizeof(*names);
	assert_int_equal(phases.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(phases.v[i].name, names[i]);
		assert_true(phases.v[i].end_ns >= phases.start_ns);
	}
	/* A second command runs in a fresh clone and marks nothing. */
	expect("echo $$; touch /tmp/x", "1");
	expect("ls /tmp", "");
	assert_int_equal(phases.n, n);
	struct footprint f = { 0 };
	assert_int_equal(env_container.footprint(env, &f, NULL), 0);
	if (session_cgroups(&session))
		assert_true(f.memory_peak > 0 && f.cpu_s > 0);
	end();
	assert_true(phases_at(&phases, "destroyed") >= phases_at(&phases, "reaped"));
}

/* Made beside the rest, or in turn: the network namespace is new, has lo up, and is the container's alone. That the next command's is
 * another one its counters tell, not its inode number, which the kernel gives again as soon as it is free. */
static void test_network_beside_the_rest(void **state)
{
	(void)state;
	static const char *const kinds[] = { "", "cgroup=before", "root=host caps=all", "root=overlay", "parallel=off" };
	char outside[64] = "";
	assert_true(readlink("/proc/self/ns/net", outside, sizeof(outside) - 1) > 0);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		begin(kinds[i]);
		cleanup_free char *first = ask("readlink /proc/self/ns/net");
		assert_string_not_equal(first, outside);
		expect("awk 'NR > 2 {print $1}' /proc/net/dev; ip link show lo | grep -c LOOPBACK,UP", "lo:\n1");
		assert_true(phases_at(&phases, "network") > phases.start_ns);
		bool beside = phases_at(&phases, "network") > phases_at(&phases, "cgroup");
		if (strcmp(kinds[i], "parallel=off") == 0)
			assert_false(beside);
		else if (geteuid() == 0 && sysconf(_SC_NPROCESSORS_ONLN) > 1)
			assert_true(beside);
		/* Where the harness stands has not changed. */
		char now[64] = "";
		assert_true(readlink("/proc/self/ns/net", now, sizeof(now) - 1) > 0);
		assert_string_equal(now, outside);
		/* The next command has another one. */
		expect("wget -q -O- http://127.0.0.1:1/ 2>/dev/null; awk '$1 == \"lo:\" {print ($2 > 0)}' /proc/net/dev", "1");
		if (beside)
			expect("awk '$1 == \"lo:\" {print $2}' /proc/net/dev", "0");
		end();
	}
}

static bool facts_say(const struct env_facts *f, const char *key, const char *val)
{
	const char *have = kvs_get(&f->facts, key);
	return have && strcmp(have, val) == 0;
}

static void test_limits(void **state)
{
	(void)state;
	struct env_facts facts = { 0 };
	begin_with("", &facts);
	expect("nproc", "1");
	if (facts.warnings.n) {
		for (size_t i = 0; i < facts.warnings.n; i++)
			print_message("not tested: %s\n", facts.warnings.v[i]);
		assert_true(!facts_say(&facts, "cgroup", "v1") || facts.warnings.n < 3);
		env_facts_free(&facts);
		end();
		return;
	}
	env_facts_free(&facts);
	expect("cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max", "67108864");
	/* 200 MiB of a tmpfs can't be had from 64, and not even root may take the limit away. */
	struct said said = { 0 };
	struct err err = { 0 };
	int status;
	must(env_sh(&env_container, env, "tail -c 200m /dev/zero", 20, &said, &status, &err), &err);
	assert_int_equal(status, 128 + SIGKILL);
	said_free(&said);
	refused("echo 1000000000 > /sys/fs/cgroup/memory/memory.limit_in_bytes || echo 1 > /sys/fs/cgroup/memory.max", "Read-only");
	/* 32 tasks and no more. */
	refused("i=0; while [ $i -lt 100 ]; do sleep 5 & i=$((i+1)); done", "fork");
	end();
}

static int run_all(const char *who)
{
	const struct CMUnitTest tests[] = {
		T(test_limits_before),
		T(test_statuses),
		T(test_deadline),
		T(test_interrupted),
		T(test_killed_harness),
		T(test_phases),
		T(test_network_beside_the_rest),
		T(test_limits),
	};
	cleanup_free char *name = xasprintf("container lives, %s", who);
	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
	return container_twice(run_all);
}

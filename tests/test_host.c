/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host driver: a plain process in the envelope; its ends, its environment, its limits, and that nothing is left. */
#include "arm.h"
#include "env/approot.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

static struct session session;
static struct env_arm *arm;
static struct env *env;
static struct phases phases;
static bool limited;

static void must(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d: %s", r, err->msg);
}

static int set_up(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct env_facts facts = { 0 };
	session_make(&session);
	must(arm_open(&env_host, &session, "host", "", &facts, &arm, &err), &err);
	limited = facts.warnings.n == 0;
	env_facts_free(&facts);
	phases = (struct phases){ .start_ns = clk_now() };
	struct env_spec spec = { .scratch = true, .phases = &phases };
	must(env_host.start(arm, &spec, &env, &err), &err);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	env_host.stop(env);
	env_host.close(arm);
	assert_int_equal(session_cgroups(&session), 0);
	session_remove(&session);
	return 0;
}

static int run(const char *script, double seconds, struct said *said)
{
	struct err err = { 0 };
	int status;
	must(env_sh(&env_host, env, script, seconds, said, &status, &err), &err);
	return status;
}

static void expect(const char *script, const char *wanted)
{
	struct said said = { 0 };
	assert_int_equal(run(script, 20, &said), 0);
	assert_string_equal(str_trim(said.out.s), wanted);
	said_free(&said);
}

static void test_environment(void **state)
{
	(void)state;
	struct utsname u;
	uname(&u);
	expect("uname -n", u.nodename);
	expect("nproc", "1");
	cleanup_free char *first = xasprintf("%s/isoload", session.load);
	expect("command -v isoload", first);
	expect("env | cut -d= -f1 | grep -v -E '^(_|PWD|OLDPWD|SHLVL)$' | sort | tr '\\n' ' '", "HOME ISOCOST_SCRATCH PATH TERM");
	expect("echo x > $ISOCOST_SCRATCH/f && cat $ISOCOST_SCRATCH/f", "x");
	expect("ls /proc/self/fd | wc -l", "4");
}

/* A cache with an applications' root in it, as scripts/app-root makes it, but for what is in it. */
static void make_app(const char *cache)
{
	cleanup_free char *dir = xasprintf("%s/app/redis-0123", cache), *root = xasprintf("%s/root", dir), *file = xasprintf("%s/file", root);
	cleanup_free char *origin = xasprintf("%s/origin", dir), *half = xasprintf("%s/app/redis-half/root", cache);
	assert_int_equal(fs_mkdirs(root, 0755) | fs_mkdirs(half, 0755), 0);
	assert_int_equal(fs_write(file, "here\n", 5, 0644) | fs_write(origin, "x\n", 2, 0644), 0);
}

static void test_application_root(void **state)
{
	(void)state;
	struct session s;
	struct env_facts facts = { 0 };
	struct env_arm *a = NULL;
	struct env *e = NULL;
	struct err err = { 0 };
	struct env_spec spec = { .root = true };
	struct kvs none = { 0 };
	session_make(&s);
	for (int made = 0; made < 2; made++) {
		if (made)
			make_app(s.dir);
		must(arm_open(&env_host, &s, "host", "cgroup=off", &facts, &a, &err), &err);
		env_facts_free(&facts);
		assert_int_equal(env_host.suits(a, registry_find("file-fsync"), &none, &err), 0);
		assert_int_equal(env_host.suits(a, registry_find("kv"), &none, &err), made ? 0 : -ENOTSUP);
		assert_int_equal(env_host.start(a, &spec, &e, &err), made ? 0 : -ENOTSUP);
		struct approot found;
		approot_find(s.dir, &found);
		if (made)
			assert_string_equal(found.packages, "x");
		else
			assert_true(!found.dir && !found.packages);
		approot_free(&found);
		if (!made) {
			assert_non_null(strstr(err.msg, "run make app-root"));
			env_host.close(a);
		}
	}
	struct said said = { 0 };
	int status;
	must(env_sh(&env_host, e, "cat $ISOCOST_ROOT/file; echo ${ISOCOST_ROOT##*/app/}", 20, &said, &status, &err), &err);
	assert_string_equal(str_trim(said.out.s), "here\nredis-0123/root");
	said_free(&said);
	env_host.stop(e);
	env_host.close(a);
	session_remove(&s);
}

static void test_ends(void **state)
{
	(void)state;
	struct said said = { 0 };
	assert_int_equal(run("echo out; echo err >&2; exit 9", 20, &said), 9);
	assert_string_equal(said.out.s, "out\n");
	assert_string_equal(said.err.s, "err\n");
	said_free(&said);
	said = (struct said){ 0 };
	assert_int_equal(run("kill -SEGV $$", 20, &said), 128 + SIGSEGV);
	said_free(&said);
	said = (struct said){ 0 };
	struct err err = { 0 };
	struct env_call call = { .argv = (char *[]){ (char *)"no-such-program", NULL }, .output = said_take, .arg = &said };
	must(env_host.exec(env, &call, &err), &err);
	assert_int_equal(call.status, 127);
	said_free(&said);
}

static void test_large_output_is_whole(void **state)
{
	(void)state;
	struct said said = { 0 };
	assert_int_equal(run("head -c 3000000 /dev/zero", 20, &said), 0);
	assert_int_equal(said.out.len, 3000000);
	said_free(&said);
}

static void test_deadline_and_leftovers(void **state)
{
	(void)state;
	struct said said = { 0 };
	struct err err = { 0 };
	int status;
	assert_int_equal(env_sh(&env_host, env, "sleep 100 & echo $!; sleep 100", 0.4, &said, &status, &err), -ETIMEDOUT);
	pid_t child = (pid_t)atoi(said.out.s);
	assert_true(child > 1);
	said_free(&said);
	/* Dead, or dead and not yet reaped by init. */
	cleanup_free char *path = xasprintf("/proc/%d/stat", (int)child);
	cleanup_free char *stat = fs_read_line(path);
	assert_true(!stat || strstr(stat, ") Z ") || strstr(stat, ") X "));
	/* What a command leaves in the background does not outlive it. */
	said = (struct said){ 0 };
	assert_int_equal(run("sleep 100 >/dev/null 2>&1 & echo $!", 20, &said), 0);
	cleanup_free char *left = xasprintf("/proc/%d/stat", atoi(said.out.s));
	cleanup_free char *after = fs_read_line(left);
	assert_true(!after || strstr(after, ") Z ") || strstr(after, ") X "));
	said_free(&said);
	/* Nor does one that has left its session and never stops writing. */
	said = (struct said){ 0 };
	int64_t t = clk_now();
	assert_int_equal(run("setsid yes & sleep 0.1; exit 3", 20, &said), 3);
	assert_true(clk_now() - t < 60 * CLK_S);
	said_free(&said);
}

static void test_limits(void **state)
{
	(void)state;
	if (!limited) {
		print_message("skipped: no cgroup can be made here\n");
		skip();
	}
	struct said said = { 0 };
	assert_int_equal(run("exec busybox tail -c 200m /dev/zero", 20, &said), 128 + SIGKILL);
	said_free(&said);
	said = (struct said){ 0 };
	assert_int_not_equal(run("i=0; while [ $i -lt 100 ]; do sleep 5 & i=$((i+1)); done", 20, &said), 0);
	assert_non_null(strstr(said.err.s, "fork"));
	said_free(&said);
	struct footprint f = { 0 };
	assert_int_equal(env_host.footprint(env, &f, NULL), 0);
	assert_true(f.memory_peak > 32 * MiB && f.memory_peak <= 64 * MiB);
	assert_true(f.cpu_s > 0);
}

/* Born inside of its limits, and the harness is back where it was. */
static void test_born_inside(void **state)
{
	(void)state;
	cleanup_free char *after = NULL;
	for (int i = 0; i < 2; i++) {
		struct said said = { 0 };
		assert_int_equal(run("cat /proc/self/cgroup", 20, &said), 0);
		if (geteuid() == 0 && strstr(said.out.s, "memory:") && !strstr(said.out.s, "/isocost-"))
			fail_msg("not in a cgroup of its own: %s", said.out.s);
		said_free(&said);
	}
	assert_int_equal(fs_read("/proc/thread-self/cgroup", &after, NULL), 0);
	assert_null(strstr(after, "/isocost-"));
}

static void test_phases(void **state)
{
	(void)state;
	expect("echo a", "a");
	/* No "prepare": the envelope is put on before the start request. */
	static const char *const names[] = { "clone", "namespaces", "cgroup", "streams", "cpu", "exec", "exit", "reaped" };
	assert_int_equal(phases.n, 8);
	for (size_t i = 0; i < 8; i++)
		assert_string_equal(phases.v[i].name, names[i]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_environment),
		T(test_application_root),
		T(test_ends),
		T(test_large_output_is_whole),
		T(test_deadline_and_leftovers),
		T(test_limits),
		T(test_born_inside),
		T(test_phases),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

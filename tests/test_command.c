/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command driver: real engines, real ends, real leftovers. What is not installed is skipped. */
#include "arm.h"

#include "base/proc.h"
#include "env/cgroup_tree.h"
#include "env/strays.h"

#include <stdio.h>
#include <stdlib.h>

static struct session session;

static int set_up(void **state)
{
	(void)state;
	session_make(&session);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(session_cgroups(&session), 0);
	session_remove(&session);
	return 0;
}

/* An arm with options key, value, …, NULL. */
static int open_arm(struct env_arm **ret, struct env_facts *facts, struct err *err, const char *const *options)
{
	struct kvs given = { 0 }, resolved = { 0 };
	for (; *options; options += 2)
		kvs_set(&given, options[0], options[1], 0);
	int r = opts_resolve(env_command.options, &given, NULL, &resolved, err);
	if (r == 0)
		r = env_command.open(&session.ctx, "cmd", &resolved, facts, ret, err);
	kvs_free(&given);
	kvs_free(&resolved);
	return r;
}

#define OPTIONS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct env_arm *must_open(const char *const *options)
{
	struct err err = { 0 };
	struct env_facts facts = { 0 };
	struct env_arm *arm = NULL;
	int r = open_arm(&arm, &facts, &err, options);
	env_facts_free(&facts);
	if (r < 0)
		fail_msg("%d: %s", r, err.msg);
	return arm;
}

static void must_not_open(const char *const *options, const char *word)
{
	struct err err = { 0 };
	struct env_facts facts = { 0 };
	struct env_arm *arm = NULL;
	int r = open_arm(&arm, &facts, &err, options);
	env_facts_free(&facts);
	assert_null(arm);
	assert_int_equal(r, -ENOTSUP);
	if (!strstr(err.msg, word))
		fail_msg("'%s' has not '%s'", err.msg, word);
}

static struct env *start(struct env_arm *arm, struct phases *phases)
{
	struct err err = { 0 };
	struct env *env = NULL;
	struct env_spec spec = { .scratch = true, .phases = phases };
	if (env_command.start(arm, &spec, &env, &err) < 0)
		fail_msg("%s", err.msg);
	return env;
}

/* Run a script in a fresh launch: its standard output, trimmed, which the caller frees. */
static char *run(struct env_arm *arm, const char *script, int wanted)
{
	struct err err = { 0 };
	struct said said = { 0 };
	int status = -1;
	struct env *env = start(arm, NULL);
	int r = env_sh(&env_command, env, script, 20, &said, &status, &err);
	env_command.stop(env);
	if (r < 0 || status != wanted)
		fail_msg("%s: status %d: %s%s", script, status, err.msg, said.err.s);
	char *out = xstrdup(str_trim(said.out.s));
	said_free(&said);
	return out;
}

static void expect(struct env_arm *arm, const char *script, const char *wanted)
{
	cleanup_free char *out = run(arm, script, 0);
	assert_string_equal(out, wanted);
}

static void need(const char *program)
{
	cleanup_free char *path = fs_which(program);
	if (!path || geteuid() != 0) {
		print_message("skipped: %s, and root, are needed for this\n", program);
		skip();
	}
}

static bool is_gone(pid_t pid)
{
	cleanup_free char *path = xasprintf("/proc/%d/stat", (int)pid), *stat = fs_read_line(path);
	return !stat || strstr(stat, ") Z ") || strstr(stat, ") X ");
}

static void test_plain(void **state)
{
	(void)state;
	struct env_arm *arm = must_open(OPTIONS("run", "env 'A=b c' {cmd}"));
	expect(arm, "echo \"$A\"", "b c");
	expect(arm, "nproc", "1");
	expect(arm, "echo x >$ISOCOST_SCRATCH/f; cat $ISOCOST_SCRATCH/f", "x");
	expect(arm, "ls /proc/self/fd | wc -l", "4");
	free(run(arm, "exit 9", 9));
	free(run(arm, "kill -SEGV $$", 128 + SIGSEGV));
	struct phases phases = { .start_ns = clk_now() };
	struct env *env = start(arm, &phases);
	struct said said = { 0 };
	int status;
	assert_int_equal(env_sh(&env_command, env, "true", 20, &said, &status, NULL), 0);
	env_command.stop(env);
	said_free(&said);
	static const char *const names[] = { "clone", "namespaces", "cgroup", "streams", "cpu", "exec", "exit", "reaped", "destroyed" };
	assert_int_equal(phases.n, sizeof(names) / sizeof(*names));
	for (size_t i = 0; i < phases.n; i++)
		assert_string_equal(phases.v[i].name, names[i]);
	env_command.close(arm);
}

static void test_ids(void **state)
{
	(void)state;
	struct env_arm *arm = must_open(OPTIONS("run", "env ID={id} {cmd}"));
	cleanup_free char *a = run(arm, "echo $ID", 0), *b = run(arm, "echo $ID", 0);
	assert_string_not_equal(a, b);
	assert_int_equal(strncmp(a, session.id, strlen(session.id)), 0);
	/* A second command in one launch has an id of its own, too. */
	struct env *env = start(arm, NULL);
	struct said one = { 0 }, two = { 0 };
	int status;
	assert_int_equal(env_sh(&env_command, env, "echo $ID", 20, &one, &status, NULL), 0);
	assert_int_equal(env_sh(&env_command, env, "echo $ID", 20, &two, &status, NULL), 0);
	assert_string_not_equal(one.out.s, two.out.s);
	env_command.stop(env);
	said_free(&one);
	said_free(&two);
	env_command.close(arm);
}

static void test_cannot_run(void **state)
{
	(void)state;
	must_not_open(OPTIONS("run", "no-such-engine {cmd}", "package", "the-engine"), "install the package the-engine");
	must_not_open(OPTIONS("run", "env {cmd}", "probe", "sh -c 'echo reason one >&2; exit 3'"), "status 3: reason one");
	must_not_open(OPTIONS("run", "env {cmd}", "version", "sh -c 'exit 5'"), "status 5");
	must_not_open(OPTIONS("run", "sh -c 'echo reason two >&2; exit 4' {cmd}"), "status 4 in it: reason two");
	if (geteuid() == 0)
		must_not_open(OPTIONS("run", "env {cmd}", "service", "sh -c 'echo reason three; exit 1'", "socket", "{work}/s"), "reason three");
}

/* The options are checked before anything runs. */
static void test_bad_options(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
		{ "run", "env", "with {cmd}" },           { "run", "env {cmd", "begins no placeholder" },
		{ "run", "env '{cmd}", "not closed" },    { "run", "a {cmd} && b", "one command" },
		{ "probe", "true {id}", "{id}" },         { "scratch", "-b {cmd}", "{cmd}" },
		{ "after", "rm {dir}", "{dir}" },         { "caps", "all", "one of" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct kvs given = { 0 }, resolved = { 0 };
		struct err err = { 0 };
		kvs_set(&given, "run", "env {cmd}", 4);
		kvs_set(&given, cases[i][0], cases[i][1], 5);
		assert_int_equal(opts_resolve(env_command.options, &given, "x.suite", &resolved, &err), -EINVAL);
		if (strncmp(err.msg, "x.suite:5: ", 11) != 0 || !strstr(err.msg, cases[i][2]))
			fail_msg("case %zu: %s", i, err.msg);
		kvs_free(&given);
		kvs_free(&resolved);
	}
	struct kvs none = { 0 }, resolved = { 0 };
	struct err err = { 0 };
	assert_int_equal(opts_resolve(env_command.options, &none, "x.suite", &resolved, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "'run' is missing"));
}

/* How often a word stands in the file that a test's commands write to. */
static size_t count(const char *file, const char *word)
{
	cleanup_free char *text = NULL;
	size_t n = 0;
	if (fs_read(file, &text, NULL) == 0)
		for (const char *s = text; (s = strstr(s, word)); s++)
			n++;
	return n;
}

static void test_around(void **state)
{
	(void)state;
	cleanup_free char *log = xasprintf("%s/log", session.dir);
	cleanup_free char *prepare = xasprintf("sh -c 'echo prepare >>%s' && sh -c 'echo again >>%s'", log, log);
	cleanup_free char *after = xasprintf("sh -c 'echo after $1 >>%s' x {id}", log);
	cleanup_free char *clean = xasprintf("sh -c 'echo cleanup >>%s'", log);
	cleanup_free char *bad = xasprintf("sh -c 'echo prepare >>%s; exit 1'", log);
	struct env_arm *arm = must_open(OPTIONS("run", "env {cmd}", "prepare", prepare, "after", after, "cleanup", clean));
	assert_int_equal(count(log, "prepare") + count(log, "again"), 2);
	assert_int_equal(count(log, "after"), 1);       /* the trial's */
	free(run(arm, "exit 3", 3));
	assert_int_equal(count(log, "after"), 2);
	struct env *env = start(arm, NULL);
	struct said said = { 0 };
	struct err err = { 0 };
	int status;
	assert_int_equal(env_sh(&env_command, env, "sleep 100", 0.3, &said, &status, &err), -ETIMEDOUT);
	said_free(&said);
	env_command.stop(env);
	assert_int_equal(count(log, "after"), 3);
	assert_int_equal(count(log, "cleanup"), 0);
	env_command.close(arm);
	assert_int_equal(count(log, "cleanup"), 1);
	/* What had begun to prepare is cleaned up, too. */
	must_not_open(OPTIONS("run", "env {cmd}", "prepare", bad, "cleanup", clean), "status 1");
	assert_int_equal(count(log, "cleanup"), 2);
	must_not_open(OPTIONS("run", "env {cmd}", "probe", "false", "cleanup", clean), "false");
	assert_int_equal(count(log, "cleanup"), 2);
}

static void test_deadline(void **state)
{
	(void)state;
	struct env_arm *arm = must_open(OPTIONS("run", "env {cmd}"));
	struct env *env = start(arm, NULL);
	struct said said = { 0 };
	struct err err = { 0 };
	int status;
	assert_int_equal(env_sh(&env_command, env, "sleep 100 & echo $!; sleep 100", 0.4, &said, &status, &err), -ETIMEDOUT);
	assert_true(atoi(said.out.s) > 1);
	assert_true(is_gone((pid_t)atoi(said.out.s)));
	said_free(&said);
	env_command.stop(env);
	env_command.close(arm);
}

static void test_limits(void **state)
{
	(void)state;
	need("env");
	struct env_arm *arm = must_open(OPTIONS("run", "env {cmd}"));
	struct env *env = start(arm, NULL);
	struct said said = { 0 };
	struct footprint f = { 0 };
	int status;
	assert_int_equal(env_sh(&env_command, env, "exec busybox tail -c 200m /dev/zero", 20, &said, &status, NULL), 0);
	assert_int_equal(status, 128 + SIGKILL);
	assert_int_equal(env_command.footprint(env, &f, NULL), 0);
	assert_true(f.memory_peak > 32 * MiB && f.memory_peak <= 64 * MiB);
	said_free(&said);
	env_command.stop(env);
	env_command.close(arm);
}

static void test_unshare(void **state)
{
	(void)state;
	need("unshare");
	struct env_arm *arm = must_open(OPTIONS("run", "unshare --mount --pid --fork --kill-child --mount-proc --root={rootfs} --wd=/ {cmd}",
	                                        "version", "unshare --version"));
	expect(arm, "echo $$", "1");
	expect(arm, "command -v isoload", "/bin/isoload");
	expect(arm, "ls /proc/self/fd | wc -l", "4");
	env_command.close(arm);
}

static void test_bwrap(void **state)
{
	(void)state;
	need("bwrap");
	struct env_arm *arm = must_open(OPTIONS("run", "bwrap --unshare-all --die-with-parent --ro-bind {rootfs} / --proc /proc --dev /dev "
	                                        "--tmpfs /tmp {limit} {scratch} {cmd}", "limit", "--ro-bind {dir} {point}",
	                                        "scratch", "--bind {dir} /scratch"));
	expect(arm, "echo x >$ISOCOST_SCRATCH/f; cat /scratch/f", "x");
	expect(arm, "echo x 2>/dev/null >/etc/x || echo read-only", "read-only");
	expect(arm, "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null || true", "67108864");
	struct err err = { 0 };
	assert_int_equal(env_command.suits(arm, registry_find("sqlite"), &(struct kvs){ 0 }, &err), 0);
	assert_int_equal(env_command.suits(arm, registry_find("kv"), &(struct kvs){ 0 }, &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "no root file system for applications"));
	/* A launch that wants no scratch directory gets no mount for one. */
	struct env *env = NULL;
	struct env_spec spec = { .scratch = false };
	struct said said = { 0 };
	int status;
	assert_int_equal(env_command.start(arm, &spec, &env, NULL), 0);
	assert_int_equal(env_sh(&env_command, env, "grep -c ' /scratch ' /proc/mounts; echo \"[$ISOCOST_SCRATCH]\"", 20, &said, &status, NULL), 0);
	assert_string_equal(str_trim(said.out.s), "0\n[]");
	said_free(&said);
	env_command.stop(env);
	env_command.close(arm);
}

static void test_runc(void **state)
{
	(void)state;
	need("runc");
	struct err err = { 0 };
	struct env_facts facts = { 0 };
	struct env_arm *arm = NULL;
	int r = open_arm(&arm, &facts, &err, OPTIONS("run", "runc --root {work}/state run --bundle {bundle} {id}",
	                 "after", "runc --root {work}/state delete --force {id}", "private", "/run"));
	env_facts_free(&facts);
	if (r < 0) {
		print_message("skipped: %s\n", err.msg);
		skip();
	}
	expect(arm, "echo $$ $HOME; echo x >/scratch/f; cat $ISOCOST_SCRATCH/f", "1 /root\nx");
	expect(arm, "grep CapEff /proc/self/status | tr -d '[:space:]'", "CapEff:0000000000000000");
	/* Killed at its deadline: the container with it. */
	struct env *env = start(arm, NULL);
	struct said said = { 0 };
	int status;
	assert_int_equal(env_sh(&env_command, env, "sleep 100", 1, &said, &status, &err), -ETIMEDOUT);
	said_free(&said);
	env_command.stop(env);
	env_command.close(arm);
}

static void test_view(void **state)
{
	(void)state;
	need("env");
	cleanup_free char *dir = xasprintf("%s/shown", session.dir), *file = xasprintf("%s/f", dir);
	cleanup_free char *prepare = xasprintf("sh -c 'echo mine >%s/mine'", dir), *list = xasprintf("ls %s", dir);
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(fs_write(file, "x", 1, 0644), 0);
	struct env_arm *arm = must_open(OPTIONS("run", "env {cmd}", "private", dir, "prepare", prepare, "hide", "/proc /nonexistent"));
	expect(arm, list, "mine");
	expect(arm, "ls /proc | wc -l", "0");
	env_command.close(arm);
	cleanup_free char *mine = xasprintf("%s/mine", dir);
	assert_true(fs_exists(file) && !fs_exists(mine));
	assert_true(fs_exists("/proc/self"));
}

/* A daemon that listens, and a child of it that has left its session. */
static void test_service(void **state)
{
	(void)state;
	need("python3");
	static const char service[] =
		"python3 -c 'import socket,sys,subprocess,time;time.sleep(.2);w=sys.argv[1];"
		"p=subprocess.Popen([\"setsid\",\"sleep\",\"1000\"]);open(w+\"/pids\",\"w\").write(str(p.pid));"
		"s=socket.socket(socket.AF_UNIX);s.bind(w+\"/s\");s.listen();c=[s.accept() for i in range(1000)]' {work}";
	struct env_arm *arm = must_open(OPTIONS("run", "env W={work} {cmd}", "service", service, "socket", "{work}/s"));
	cleanup_free char *pid = run(arm, "cat $W/pids", 0);
	assert_true(atoi(pid) > 1 && !is_gone((pid_t)atoi(pid)));
	env_command.close(arm);
	assert_true(is_gone((pid_t)atoi(pid)));
}

/* Control groups below ours, and beside them under another name of the session: both are found. */
static void test_strays(void **state)
{
	(void)state;
	need("env");
	struct err err = { 0 };
	struct cgroup_tree *tree;
	struct cgroup *c;
	cleanup_free char *name = xasprintf("%s.s-1", session.id);
	const struct envelope none = { 0 };
	assert_int_equal(cgroup_tree_open(&tree, &err), 0);
	if (!tree->n) {
		cgroup_tree_close(tree);
		print_message("skipped: no cgroup can be made here\n");
		skip();
	}
	assert_int_equal(cgroup_create(tree, name, &none, false, &c, &err), 0);
	cleanup_free char *mine = xasprintf("%s/%s", tree->node[0].parent, name), *below = xasprintf("%s/engine/deep", mine);
	cleanup_free char *beside = xasprintf("%s/%s.x/y", tree->node[0].parent, name);
	cleanup_free char *other = xasprintf("%s/%s0", tree->node[0].parent, name);
	assert_int_equal(fs_mkdirs(below, 0755) | fs_mkdirs(beside, 0755) | fs_mkdirs(other, 0755), 0);
	assert_true(strays_remove_inside(name, &err) >= 2);
	assert_true(fs_exists(mine) && !fs_exists(below) && fs_exists(other));
	assert_true(strays_remove(name, &err) >= 1);
	assert_true(!fs_exists(mine) && !fs_exists(beside) && fs_exists(other));
	rmdir(other);
	cgroup_destroy(c);
	cgroup_tree_close(tree);
}

static void test_helpers(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct proc_out out = { 0 };
	int64_t t = clk_now();
	struct proc_spec spec = { .argv = (char *[]){ (char *)"sh", (char *)"-c", (char *)"sleep 100 & echo $!; sleep 100", NULL },
	                          .deadline_ns = t + 300 * CLK_MS };
	assert_int_equal(proc_run_spec(&spec, &out, &err), -ETIMEDOUT);
	assert_null(out.out);
	/* Its end is its end, whoever still holds its output. */
	spec = (struct proc_spec){ .argv = (char *[]){ (char *)"sh", (char *)"-c", (char *)"sleep 20 & echo said; exit 4", NULL },
	                           .envp = (char *[]){ (char *)"PATH=/usr/bin:/bin", NULL } };
	assert_int_equal(proc_run_spec(&spec, &out, &err), 0);
	assert_int_equal(out.status, 4);
	assert_string_equal(out.out, "said\n");
	assert_true(clk_now() - t < 15 * CLK_S);
	proc_out_free(&out);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_plain),   T(test_ids),    T(test_cannot_run), T(test_bad_options), T(test_around),  T(test_deadline),
		T(test_limits),  T(test_unshare), T(test_bwrap),     T(test_runc),        T(test_view),    T(test_service),
		T(test_strays),  T(test_helpers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

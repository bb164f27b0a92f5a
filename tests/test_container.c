/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real containers: what is seen inside, what is denied, how ends are reported, and that nothing is left. Run twice: as it
 * is, and, when that is root, once more as an ordinary user. */
#include "arm.h"

#include "base/sig.h"
#include "env/rootfs.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

/* The root's directories, and how many names there are in /bin; set by main. */
static char full_root[256];

static struct session session;
static struct env_arm *arm;
static struct env *env;
static struct phases phases;

static void must(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d: %s", r, err->msg);
}

static bool facts_say(const struct env_facts *f, const char *key, const char *val)
{
	const char *have = kvs_get(&f->facts, key);
	return have && strcmp(have, val) == 0;
}

/* Start one container of an arm with these options; the test is skipped where that is not permitted. */
static void begin_with(const char *options, struct env_facts *facts)
{
	struct err err = { 0 };
	session_make(&session);
	int r = arm_open(&env_container, &session, "container", options, facts, &arm, &err);
	if (r == -ENOTSUP) {
		print_message("skipped: %s\n", err.msg);
		session_remove(&session);
		skip();
	}
	must(r, &err);
	phases = (struct phases){ .start_ns = clk_now() };
	struct env_spec spec = { .scratch = true, .phases = &phases };
	must(env_container.start(arm, &spec, &env, &err), &err);
}

/* As begin, but where it can't be had that is said, and the test goes on with the next. */
static bool try_begin(const char *options)
{
	struct env_facts facts = { 0 };
	struct err err = { 0 };
	session_make(&session);
	int r = arm_open(&env_container, &session, "container", options, &facts, &arm, &err);
	env_facts_free(&facts);
	if (r == -ENOTSUP) {
		print_message("skipped: %s: %s\n", options, err.msg);
		session_remove(&session);
		return false;
	}
	must(r, &err);
	struct env_spec spec = { .scratch = true };
	must(env_container.start(arm, &spec, &env, &err), &err);
	return true;
}

static void begin(const char *options)
{
	struct env_facts facts = { 0 };
	begin_with(options, &facts);
	env_facts_free(&facts);
}

/* Also after a test that failed: nothing may be left. */
static int tear_down(void **state)
{
	(void)state;
	env_container.stop(env);
	env_container.close(arm);
	env = NULL;
	arm = NULL;
	if (fs_exists(session.dir))
		fs_rmtree(session.dir);
	return 0;
}

static void end(void)
{
	env_container.stop(env);
	env_container.close(arm);
	env = NULL;
	arm = NULL;
	assert_int_equal(session_cgroups(&session), 0);
	cleanup_free char *root = xasprintf("%s/container.tree", session.dir);
	cleanup_free char *mounts = NULL;
	assert_false(fs_exists(root));
	assert_int_equal(fs_read("/proc/self/mountinfo", &mounts, NULL), 0);
	assert_null(strstr(mounts, session.dir));
	session_remove(&session);
}

/* The output of a script that must succeed. */
static char *ask(const char *script)
{
	struct said said = { 0 };
	struct err err = { 0 };
	int status;
	must(env_sh(&env_container, env, script, 20, &said, &status, &err), &err);
	if (status != 0)
		fail_msg("'%s' ended with %d: %s%s", script, status, said.out.s, said.err.s);
	char *text = xstrdup(str_trim(said.out.s));
	said_free(&said);
	return text;
}

static void expect(const char *script, const char *wanted)
{
	cleanup_free char *text = ask(script);
	assert_string_equal(text, wanted);
}

/* A script that must fail, with a word in what it says. */
static void refused(const char *script, const char *because)
{
	struct said said = { 0 };
	struct err err = { 0 };
	int status;
	must(env_sh(&env_container, env, script, 20, &said, &status, &err), &err);
	if (status == 0 || !strstr(said.err.s, because))
		fail_msg("'%s' ended with %d: %s%s; expected a failure with '%s'", script, status, said.out.s, said.err.s, because);
	said_free(&said);
}

static void test_same_kernel(void **state)
{
	(void)state;
	begin("");
	struct utsname u;
	uname(&u);
	expect("uname -r", u.release);
	cleanup_free char *boot = fs_read_line("/proc/sys/kernel/random/boot_id");
	expect("cat /proc/sys/kernel/random/boot_id", boot);
	expect("hostname", "isocost");
	assert_string_not_equal(u.nodename, "isocost");
	expect("echo $$", "1");
	expect("id -u", "0");
	expect("readlink /proc/1/cwd; echo /proc/[0-9]*", "/\n/proc/1");
	expect("grep -c . /proc/net/dev; cat /sys/class/net/lo/operstate", "3\nunknown");
	expect("ping -c1 -w2 127.0.0.1 >/dev/null 2>&1; cat /sys/class/net/lo/flags", "0x9");
	end();
}

static void test_namespaces_are_new(void **state)
{
	(void)state;
	begin("");
	static const char *const kinds[] = { "mnt", "pid", "net", "ipc", "uts", "cgroup" };
	for (size_t i = 0; i < 6; i++) {
		cleanup_free char *script = xasprintf("readlink /proc/self/ns/%s", kinds[i]);
		cleanup_free char *path = xasprintf("/proc/self/ns/%s", kinds[i]);
		char outside[64] = "";
		assert_true(readlink(path, outside, sizeof(outside) - 1) > 0);
		cleanup_free char *inside = ask(script);
		assert_string_not_equal(inside, outside);
	}
	/* It stands at the root of its cgroups. */
	expect("cut -d: -f3 /proc/self/cgroup | grep -c '\\.\\.' || true", "0");
	end();
}

static void test_root_is_read_only(void **state)
{
	(void)state;
	begin("");
	refused("touch /x", "Read-only");
	refused("touch /bin/x", "Read-only");
	refused("echo 1 > /proc/sys/kernel/panic", "Read-only");
	refused("echo 1 > /proc/1/oom_score_adj", "Read-only");
	refused("echo x > /sys/fs/cgroup/x", "can't create");
	expect("echo a > /scratch/f && cat /scratch/f; echo $ISOCOST_SCRATCH", "a\n/scratch");
	expect("echo b > /tmp/f && cat /tmp/f", "b");
	expect("awk '$2==\"/\"{print substr($4,1,2)}' /proc/mounts", "ro");
	/* Nothing of the host's mounts: the old root is gone. */
	expect("grep -c -v ' /\\(proc\\|sys\\|dev\\|tmp\\|scratch\\)\\?[ /]' /proc/mounts || true", "0");
	expect("cat /proc/kcore /proc/keys | wc -c; ls /sys/firmware | wc -l", "0\n0");
	end();
}

static void test_devices(void **state)
{
	(void)state;
	begin("");
	expect("find /dev -type c -o -type b | sort | tr '\\n' ' '",
	       "/dev/full /dev/null /dev/random /dev/tty /dev/urandom /dev/zero");
	expect("head -c 4 /dev/zero | wc -c; echo x > /dev/null", "4");
	refused("mknod /tmp/disk b 254 0", "not permitted");
	/* They are the host's nodes: not even their mode may be set to what it is, nor through a descriptor. */
	refused("chmod 666 /dev/null", "Read-only");
	refused("chmod 666 /dev/tty", "Read-only");
	refused("chmod 666 /proc/timer_list || chmod 666 /proc/keys || chmod 666 /proc/interrupts", "Read-only");
	refused("chmod 666 /proc/self/fd/0", "Read-only");
	end();
}

static void test_privileges(void **state)
{
	(void)state;
	begin("");
	expect("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status | awk '{print $2}' | tr '\\n' ' '",
	       "0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000 1 2");
	refused("mount -t tmpfs none /tmp", "denied");
	refused("umount /proc", "not permitted");
	refused("unshare -U true", "not permitted");
	refused("chroot /scratch true", "not permitted");
	refused("kill -9 -1 && kill -0 2", "kill");
	refused("hostname x", "not permitted");
	refused("chown 1 /scratch", "chown");
	refused("nsenter -t 1 -m true", "not permitted");
	refused("dmesg", "not permitted");
	refused("head -c 1 /proc/kmsg", "kmsg");
	/* What main() gave itself is not here. */
	if (geteuid() == 0)
		expect("id -G", "0");
	end();
}

static void test_options(void **state)
{
	(void)state;
	begin("seccomp=off");
	expect("awk '/^Seccomp:/{print $2}' /proc/self/status", "0");
	end();
	begin("seccomp=log caps=docker");
	expect("awk '/^(Seccomp:|CapEff)/{print $2}' /proc/self/status | tr '\\n' ' '", "00000000a80425fb 2");
	end();
	begin("network=none");
	expect("cat /sys/class/net/lo/flags", "0x8");
	end();
	begin("network=host cgroup=off");
	char outside[64] = "";
	assert_true(readlink("/proc/self/ns/net", outside, sizeof(outside) - 1) > 0);
	expect("readlink /proc/self/ns/net", outside);
	assert_int_equal(session_cgroups(&session), 0);
	end();
	begin("userns=on");
	expect("awk '{print $1, $3}' /proc/self/uid_map", "0 1");
	expect("cat /proc/self/setgroups", "deny");
	end();
}

/* Each form of root holds the same tree, read-only unless asked. */
static void test_roots(void **state)
{
	(void)state;
	static const struct {
		const char *options, *type;
	} roots[] = {
		{ "root=bind", "ext4 xfs btrfs overlay tmpfs f2fs zfs" }, { "root=overlay layers=1", "overlay" },
		{ "root=overlay layers=20", "overlay" }, { "root=tmpfs", "tmpfs" }, { "root=squashfs", "squashfs" },
		{ "root=erofs", "erofs" }, { "root=squashfs writable=on", "overlay" }, { "writable=on", "overlay" },
		{ "root=overlay layers=3 writable=on", "overlay" }, { "root=tmpfs writable=on", "overlay" },
	};
	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		struct strv words = { 0 };
		if (!try_begin(roots[i].options))
			continue;
		print_message("%s\n", roots[i].options);
		cleanup_free char *type = ask("awk '$2==\"/\"{print $3}' /proc/mounts | tail -n 1");
		strv_split(&words, roots[i].type, " ");
		if (!strv_has(&words, type))
			fail_msg("%s: the root is of type %s", roots[i].options, type);
		strv_free(&words);
		expect("ls / | tr '\\n' ' '; ls /bin | grep -c .", full_root);
		expect("find /dev -type c | wc -l; echo x > /dev/null; cat /proc/keys | wc -c", "6\n0");
		if (strstr(roots[i].options, "layers=20"))
			expect("ls /var/layers | wc -l", "19");
		if (strstr(roots[i].options, "writable"))
			expect("mkdir /new && echo a > /new/f && echo b >> /etc/hosts && rm /etc/hostname && cat /new/f && grep -c b /etc/hosts", "a\n1");
		else
			refused("touch /etc/x", "Read-only");
		/* Nothing of it is there for the next one. */
		expect("ls / | tr '\\n' ' '; ls /bin | grep -c .", full_root);
		expect("cat /etc/hostname", "isocost");
		end();
	}
}

/* What is left out is really not there: each layer can be priced. */
static void test_layers_of_isolation(void **state)
{
	(void)state;
	char outside[64] = "";
	assert_true(readlink("/proc/self/ns/ipc", outside, sizeof(outside) - 1) > 0);
	if (try_begin("namespaces=mount network=host")) {
		expect("readlink /proc/self/ns/ipc", outside);
		refused("test $$ = 1 || { echo not 1 >&2; false; }", "not 1");
		end();
	}
	if (try_begin("root=host network=host namespaces=mount,pid caps=all seccomp=off no-new-privs=off")) {
		expect("echo $$; set -- /proc/[0-9]*; echo $#", "1\n1");
		expect("awk '/^(NoNewPrivs|Seccomp):/{print $2}' /proc/self/status | tr '\\n' ' '", "0 0");
		expect("echo a > $ISOCOST_SCRATCH/f && cat $ISOCOST_SCRATCH/f", "a");
		end();
	}
	if (try_begin("namespaces=none network=host root=host")) {
		expect("readlink /proc/self/ns/ipc", outside);
		end();
	}
	if (try_begin("masks=off")) {
		refused("cat /proc/keys | wc -c | grep -qx 0 || { echo readable >&2; false; }", "readable");
		refused("grep ' /proc ' /proc/mounts | grep -q ' ro,' || { echo writable >&2; false; }", "writable");
		end();
	}
	if (try_begin("devices=host")) {
		refused("ls /dev/kmsg >/dev/null && { echo there >&2; false; }", "there");
		end();
	}
	if (try_begin("enter=chroot")) {
		expect("ls / | tr '\\n' ' '; ls /bin | grep -c .", full_root);
		end();
	}
	setenv("ISOCOST_TEST_LEAK", "leaked", 1);
	if (try_begin("inherit=on")) {
		expect("echo $ISOCOST_TEST_LEAK", "leaked");
		end();
	}
	unsetenv("ISOCOST_TEST_LEAK");
}

/* Whatever the container's own root is, the applications' is there for who asks for it, read-only, and for nobody else. */
static void test_application_root(void **state)
{
	(void)state;
	static const char *const options[] = { "", "writable=on", "root=overlay", "userns=on", "root=host network=host namespaces=mount,pid" };
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		struct env_facts facts = { 0 };
		struct err err = { 0 };
		session_make(&session);
		cleanup_free char *dir = xasprintf("%s/app/redis-0123", session.dir), *root = xasprintf("%s/root", dir);
		cleanup_free char *file = xasprintf("%s/file", root), *origin = xasprintf("%s/origin", dir);
		assert_int_equal(fs_mkdirs(root, 0755), 0);
		assert_int_equal(fs_write(file, "here\n", 5, 0644) | fs_write(origin, "x\n", 2, 0644), 0);
		int r = arm_open(&env_container, &session, "container", options[i], &facts, &arm, &err);
		env_facts_free(&facts);
		if (r == -ENOTSUP) {
			print_message("skipped: %s: %s\n", options[i], err.msg);
			session_remove(&session);
			continue;
		}
		must(r, &err);
		assert_int_equal(env_container.suits(arm, registry_find("kv"), &(struct kvs){ 0 }, &err), 0);
		struct env_spec spec = { .root = true };
		must(env_container.start(arm, &spec, &env, &err), &err);
		expect("cat $ISOCOST_ROOT/file", "here");
		if (!strstr(options[i], "root=host")) {
			expect("echo $ISOCOST_ROOT; grep ' /app ' /proc/mounts | grep -c ' ro,nosuid,nodev'", "/app\n1");
			refused("echo x >/app/other", "Read-only");
		}
		env_container.stop(env);
		spec.root = false;
		must(env_container.start(arm, &spec, &env, &err), &err);
		expect("echo \"[$ISOCOST_ROOT]\"; ! grep ' /app ' /proc/mounts", "[]");
		end();
	}
	/* None was made. */
	begin("");
	struct err err = { 0 };
	struct env_spec spec = { .root = true };
	struct env *none = NULL;
	assert_int_equal(env_container.suits(arm, registry_find("kv"), &(struct kvs){ 0 }, &err), -ENOTSUP);
	assert_int_equal(env_container.start(arm, &spec, &none, &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "run make app-root"));
	end();
}

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

static void test_no_descriptor_leaks(void **state)
{
	(void)state;
	int leak[2];
	assert_int_equal(pipe(leak), 0);        /* without close-on-exec, on purpose */
	begin("");
	/* 0, 1, 2 and the directory that ls itself reads. */
	expect("ls /proc/self/fd | wc -l", "4");
	expect("env | cut -d= -f1 | grep -v -E '^(_|PWD|SHLVL)$' | sort | tr '\\n' ' '", "HOME ISOCOST_SCRATCH PATH TERM");
	expect("readlink /proc/self/fd/0", "/dev/null");
	end();
	close(leak[0]);
	close(leak[1]);
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

static void test_kept_files(void **state)
{
	(void)state;
	begin("");
	cleanup_free char *plan_file = xasprintf("%s/container-container.plan.txt", session.keep);
	cleanup_free char *filter_file = xasprintf("%s/container-container.seccomp.txt", session.keep);
	cleanup_free char *plan = NULL;
	cleanup_free char *filter = NULL;
	assert_int_equal(fs_read(plan_file, &plan, NULL), 0);
	assert_int_equal(fs_read(filter_file, &filter, NULL), 0);
	assert_non_null(strstr(plan, "namespaces:"));
	assert_non_null(strstr(plan, "mount proc on "));
	assert_non_null(strstr(filter, "filter for arch x86_64"));
	end();
}

static void test_no_isoload(void **state)
{
	(void)state;
	session_make(&session);
	cleanup_free char *file = xasprintf("%s/isoload", session.load);
	assert_int_equal(unlink(file), 0);
	struct env_facts facts = { 0 };
	struct err err = { 0 };
	assert_int_equal(arm_open(&env_container, &session, "container", "", &facts, &arm, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "run make"));
	env_facts_free(&facts);
	session_remove(&session);
}

#define T(name) cmocka_unit_test_teardown(name, tear_down)

static int run_all(const char *name)
{
	const struct CMUnitTest tests[] = {
		T(test_same_kernel),
		T(test_namespaces_are_new),
		T(test_root_is_read_only),
		T(test_devices),
		T(test_privileges),
		T(test_options),
		T(test_roots),
		T(test_application_root),
		T(test_layers_of_isolation),
		T(test_limits_before),
		T(test_no_descriptor_leaks),
		T(test_statuses),
		T(test_deadline),
		T(test_interrupted),
		T(test_killed_harness),
		T(test_phases),
		T(test_network_beside_the_rest),
		T(test_limits),
		T(test_kept_files),
		T(test_no_isoload),
	};
	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

/* The same tests as the user nobody, in a process of its own. */
static int run_as_user(void)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
			_exit(99);
		/* As after a login: a change of ids leaves /proc/self to root. */
		prctl(PR_SET_DUMPABLE, 1);
		int failed = run_all("container, rootless");
		exit(failed ? 1 : 0);
	}
	int status;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* What a tree holds that is made here and now. */
static void know_full_root(void)
{
	session_make(&session);
	struct err err = { 0 };
	cleanup_free char *root = xasprintf("%s/r", session.dir);
	cleanup_free char *bin = xasprintf("%s/bin", root);
	if (rootfs_make(root, session.load, "isocost", &err) == 0) {
		cleanup(strv_free) struct strv names = { 0 };
		cleanup(dir_closep) DIR *d = opendir(bin);
		size_t n = 0;
		for (struct dirent *e; (e = readdir(d));)
			n += *e->d_name != '.' || strcmp(e->d_name, "[") == 0;
		snprintf(full_root, sizeof(full_root), "app bin dev etc proc root scratch sys tmp var %zu", n);
	}
	session_remove(&session);
}

int main(void)
{
	/* As the lifeline gives it to the harness: what is mounted here is nobody else's. */
	if (geteuid() == 0 && (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
		return 1;
	know_full_root();
	if (geteuid() != 0)
		return run_all("container, rootless");
	const gid_t adm = 4;
	if (setgroups(1, &adm) < 0)
		return 1;
	int failed = run_all("container, as root");
	return run_as_user() + failed;
}

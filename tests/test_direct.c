/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_direct.c - real guests run by QEMU's own command line, and one whose start by libvirt is traced. */
#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/proc.h"
#include "base/sig.h"
#include "env/drivers.h"
#include "env/execstamp.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

/* libvirt's embedded driver has one root a process: all tests share a session. */
static char work[] = "/tmp/isocost-direct-XXXXXX";
static char *build, *cache, *keep, *id, cpus[32];
static struct env_ctx ctx;

/* With two CPUs, if the host has them, what pins the vCPUs is seen. */
static void choose_cpus(void)
{
	cpu_set_t all;
	int found[2], n = 0;
	sched_getaffinity(0, sizeof(all), &all);
	for (int c = 0; c < CPU_SETSIZE && n < 2; c++)
		if (CPU_ISSET(c, &all))
			found[n++] = c;
	snprintf(cpus, sizeof(cpus), n == 2 ? "%d,%d" : "%d", found[0], found[n - 1]);
	ctx.envelope = (struct envelope){ .cpu_list = cpus, .cpus = (unsigned)n, .memory = 256 << 20, .pids = 100 };
}

static int make_session(void **state)
{
	(void)state;
	if (!mkdtemp(work))
		return -1;
	cleanup_free char *exe = fs_exe_dir();
	cleanup_free char *up = xasprintf("%s/..", exe);
	build = realpath(up, NULL);
	cache = getenv("ISOCOST_TEST_CACHE") ? xstrdup(getenv("ISOCOST_TEST_CACHE")) : xstrdup(build);
	keep = xasprintf("%s/keep", work);
	id = xasprintf("isocost-d%d", (int)getpid());
	ctx = (struct env_ctx){ .load_dir = build, .cache = cache, .work = work, .id = id, .keep = keep, .accel = ACCEL_TCG, .stdin_fd = -1,
		                .guest_kernel = getenv("ISOCOST_GUEST_KERNEL") };
	choose_cpus();
	return fs_mkdirs(cache, 0755) < 0 || fs_mkdirs(keep, 0755) < 0 ? -1 : 0;
}

static int end_session(void **state)
{
	(void)state;
	int r = fs_rmtree(work);
	free(build);
	free(cache);
	free(keep);
	free(id);
	return r;
}

struct fixture {
	struct kvs opts;
	struct env_facts facts;
	struct env_arm *arm;
	struct env *env;
	struct phases phases;
	struct calls calls;
	struct err err;
	struct str out;
};

static void must_open(struct fixture *f, const char *key, const char *val)
{
	struct kvs given = { 0 };
	kvs_set(&given, key, val, 0);
	assert_int_equal(opts_resolve(env_vm.options, &given, NULL, &f->opts, &f->err), 0);
	kvs_free(&given);
	int r = env_vm.open(&ctx, "test", &f->opts, &f->facts, &f->arm, &f->err);
	if (r == -ENOTSUP || r == -ENOENT) {
		print_message("skipped: %s\n", f->err.msg);
		skip();
	}
	if (r < 0)
		fail_msg("open: %s", f->err.msg);
}

static int start(struct fixture *f, double seconds)
{
	int64_t now = clk_now();
	f->phases = (struct phases){ .start_ns = now };
	struct env_spec s = { .phases = &f->phases, .calls = &f->calls, .deadline_ns = now + (int64_t)(seconds * 1e9) };
	return env_vm.start(f->arm, &s, &f->env, &f->err);
}

static void collect(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	struct fixture *f = arg;
	(void)fd;
	(void)t_ns;
	str_add(&f->out, buf, len);
}

static void run(struct fixture *f, const char *command)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	struct env_call c = { .argv = argv, .output = collect, .arg = f, .deadline_ns = clk_now() + 60 * CLK_S };
	str_free(&f->out);
	if (env_vm.exec(f->env, &c, &f->err) < 0)
		fail_msg("%s: %s", command, f->err.msg);
	assert_int_equal(c.status, 0);
}

static void finish(struct fixture *f)
{
	env_vm.stop(f->env);
	env_vm.close(f->arm);
	env_facts_free(&f->facts);
	kvs_free(&f->opts);
	str_free(&f->out);
}

/* A QEMU of this session; 0: there is none. */
static pid_t find_qemu(void)
{
	cleanup_free char *dir = xasprintf("%s/g", work);
	cleanup(dir_closep) DIR *d = opendir("/proc");
	for (struct dirent *e; (e = readdir(d));) {
		cleanup_free char *file = xasprintf("/proc/%s/cmdline", e->d_name), *text = NULL;
		size_t len;
		if (fs_read(file, &text, &len) == 0 && strstr(text, "qemu-system") && memmem(text, len, dir, strlen(dir)))
			return (pid_t)atoi(e->d_name);
	}
	return 0;
}

static void nothing_left(void)
{
	assert_int_equal(find_qemu(), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);       /* all that it started was reaped */
	assert_int_equal(errno, ECHILD);
	cleanup(dir_closep) DIR *w = opendir(work);
	for (struct dirent *e; (e = readdir(w));)
		if (*e->d_name != '.' && strcmp(e->d_name, "virt") != 0 && strcmp(e->d_name, "keep") != 0)
			fail_msg("%s/%s is left", work, e->d_name);
}

/* How it began and ended; what lies between is the guest's own. */
static void assert_phases(const struct phases *p)
{
	static const char *const first[] = { "prepare", "exec", "connect", "qemu" }, *const last[] = { "kernel", "init", "poweroff", "exit", "destroyed" };
	const size_t n_first = sizeof(first) / sizeof(*first), n_last = sizeof(last) / sizeof(*last);
	assert_true(p->n >= n_first + n_last);
	int64_t before = p->start_ns;
	for (size_t i = 0; i < p->n; i++) {
		const char *name = i < n_first ? first[i] : i >= p->n - n_last ? last[i - (p->n - n_last)] : p->v[i].name;
		if (strcmp(p->v[i].name, name) != 0)
			fail_msg("phase %zu is %s instead of %s", i, p->v[i].name, name);
		assert_true(p->v[i].end_ns >= before);
		before = p->v[i].end_ns;
	}
	assert_true(before <= clk_now());
}

/* Each vCPU has a CPU of its own, as libvirt would give it one. */
static void assert_pinned(pid_t qemu)
{
	cleanup_free char *tasks = xasprintf("/proc/%d/task", (int)qemu);
	cleanup(dir_closep) DIR *d = opendir(tasks);
	unsigned seen = 0;
	for (struct dirent *e; d && (e = readdir(d));) {
		cleanup_free char *file = xasprintf("%s/%s/comm", tasks, e->d_name), *comm = fs_read_line(file);
		unsigned n;
		if (*e->d_name == '.' || !comm || sscanf(comm, "CPU %u/", &n) != 1)
			continue;
		cpu_set_t set;
		assert_int_equal(sched_getaffinity(atoi(e->d_name), sizeof(set), &set), 0);
		assert_int_equal(CPU_COUNT(&set), 1);
		const char *second = strchr(cpus, ',');
		assert_true(CPU_ISSET(atoi(n ? second + 1 : cpus), &set));
		seen++;
	}
	assert_int_equal(seen, ctx.envelope.cpus);
}

static void assert_command_kept(void)
{
	cleanup_free char *file = xasprintf("%s/vm-test.qemu.txt", keep), *text = NULL;
	assert_int_equal(fs_read(file, &text, NULL), 0);
	assert_non_null(strstr(text, "-no-reboot"));
	assert_null(strstr(text, "masterKey0"));
}

static void test_life(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, "via", "qemu");
	int64_t before = clk_now();
	if (start(&f, 90) < 0)
		fail_msg("start: %s", f.err.msg);
	/* The command line was made before the start request. */
	assert_true(f.phases.start_ns > before);
	pid_t qemu = find_qemu();
	cleanup_free char *stat = xasprintf("/proc/%d/stat", (int)qemu), *line = fs_read_line(stat);
	int parent = 0;
	assert_int_equal(sscanf(strrchr(line, ')') + 1, " %*c %d", &parent), 1);
	assert_int_equal(parent, getpid());
	assert_pinned(qemu);
	run(&f, "nproc");
	assert_int_equal(atoi(f.out.s), ctx.envelope.cpus);
	struct footprint fp = { 0 };
	assert_int_equal(env_vm.footprint(f.env, &fp, &f.err), 0);
	assert_true(fp.memory_peak > 32 << 20 && fp.cpu_s > 0);
	env_vm.stop(f.env);
	f.env = NULL;
	assert_phases(&f.phases);
	assert_int_equal(f.calls.n, 0);
	assert_command_kept();
	finish(&f);
	nothing_left();
}

/* What QEMU says of itself is in the error. */
static void test_refused(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, "via", "qemu");
	cleanup(dir_closep) DIR *w = opendir(work);
	for (struct dirent *e; (e = readdir(w));)
		if (strncmp(e->d_name, "initramfs", 9) == 0)
			assert_int_equal(unlinkat(dirfd(w), e->d_name, 0), 0);
	assert_int_equal(start(&f, 60), -EIO);
	assert_null(f.env);
	print_message("as it should: %s\n", f.err.msg);
	assert_non_null(strstr(f.err.msg, "status 1"));
	assert_non_null(strstr(f.err.msg, "initramfs"));
	finish(&f);
	nothing_left();
}

/* A process that does something to QEMU as soon as it is there. */
static pid_t haunt(int sig)
{
	pid_t ghost = fork();
	if (ghost != 0)
		return ghost;
	pid_t qemu = 0;
	for (int i = 0; i < 20000 && !(qemu = find_qemu()); i++)
		poll(NULL, 0, 1);
	_exit(qemu && kill(qemu, sig) == 0 ? 0 : 1);
}

static void test_killed(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, "via", "qemu");
	pid_t ghost = haunt(SIGKILL);
	int r = start(&f, 60);
	assert_int_equal(proc_wait(ghost), 0);
	assert_int_equal(r, -EIO);
	assert_non_null(strstr(f.err.msg, "by signal 9"));
	finish(&f);
	nothing_left();
}

static void test_stuck(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, "via", "qemu");
	pid_t ghost = haunt(SIGSTOP);
	int64_t begin = clk_now();
	assert_int_equal(start(&f, 2), -ETIMEDOUT);
	assert_true(clk_now() - begin < 100 * CLK_S);
	proc_wait(ghost);
	finish(&f);
	nothing_left();
}

static bool execs_are_seen(void)
{
	struct execstamp *s = NULL;
	bool seen = execstamp_open(&s, NULL) == 0;
	execstamp_close(s);
	return seen;
}

static void test_trace(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, "trace", "on");
	if (start(&f, 90) < 0)
		fail_msg("start: %s", f.err.msg);
	env_vm.stop(f.env);
	f.env = NULL;
	if (execs_are_seen())
		assert_phases(&f.phases);
	else
		assert_true(phases_at(&f.phases, "libvirt") > 0);
	assert_true(f.calls.n > 3 && f.calls.n < CALLS_MAX);
	assert_string_equal(f.calls.v[0].name, "qmp_capabilities");
	assert_string_equal(f.calls.v[f.calls.n - 1].name, "cont");
	/* The calls lie between QEMU's connection and its vCPUs' start, but for the first one's beginning and the last one's end. */
	double sum = 0, own = 0;
	for (size_t i = 0; i < f.calls.n; i++) {
		assert_true(f.calls.v[i].count > 0 && f.calls.v[i].qemu_s >= 0 && f.calls.v[i].libvirt_s >= 0);
		sum += i ? f.calls.v[i].qemu_s + f.calls.v[i].libvirt_s : f.calls.v[i].libvirt_s;
		own += f.calls.v[i].libvirt_s;
	}
	double between = clk_to_s(phases_at(&f.phases, "qemu") - f.phases.start_ns);
	assert_true(own > 0 && sum - f.calls.v[f.calls.n - 1].qemu_s < between);
	finish(&f);
	nothing_left();
}

/* The first one: a process of its own opens libvirt, and is killed while its guest runs. */
static void test_harness_killed(void **state)
{
	(void)state;
	int p[2];
	assert_int_equal(pipe(p), 0);
	pid_t harness = fork();
	if (harness == 0) {
		struct fixture f = { 0 };
		struct kvs given = { 0 };
		kvs_set(&given, "via", "qemu", 0);
		int r = opts_resolve(env_vm.options, &given, NULL, &f.opts, &f.err);
		r = r < 0 ? r : env_vm.open(&ctx, "test", &f.opts, &f.facts, &f.arm, &f.err);
		pid_t qemu = r < 0 || start(&f, 90) < 0 ? 0 : find_qemu();
		if (!qemu)
			fprintf(stderr, "%s\n", f.err.msg);
		_exit(write(p[1], &qemu, sizeof(qemu)) == sizeof(qemu) && qemu ? pause() : r == -ENOTSUP || r == -ENOENT ? 77 : 1);
	}
	close(p[1]);
	pid_t qemu = 0;
	bool told = read(p[0], &qemu, sizeof(qemu)) == sizeof(qemu) && qemu;
	close(p[0]);
	cleanup(fd_closep) int pidfd = told ? proc_pidfd(qemu) : -1;
	kill(harness, SIGKILL);
	int status = proc_wait(harness);
	if (!told && status == 77)
		skip();
	assert_true(told && pidfd >= 0);
	struct pollfd w = { .fd = pidfd, .events = POLLIN };
	assert_int_equal(poll(&w, 1, 20000), 1);
	/* Its files are the workspace's to remove. */
	assert_int_equal(fs_rmtree(work), 0);
	assert_int_equal(fs_mkdirs(keep, 0755), 0);
}

int main(void)
{
	sig_catch();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_harness_killed), cmocka_unit_test(test_life),  cmocka_unit_test(test_refused),
		cmocka_unit_test(test_killed),         cmocka_unit_test(test_stuck), cmocka_unit_test(test_trace),
	};
	return cmocka_run_group_tests_name("direct", tests, make_session, end_session);
}

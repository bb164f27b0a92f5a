/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_tinykernel.c - guests with the kernel of `make guest-kernel`: what a workload needs is in it. Skipped where it was not built. */
#include "arm.h"

#include "base/sig.h"

#include <unistd.h>

static struct session session;
static char *build, *cache, *work;

/* A session like arm.h's, with the real isoload, and the cache that the program itself would take. */
static int make_session(void **state)
{
	(void)state;
	session_make(&session);
	cleanup_free char *exe = fs_exe_dir(), *up = xasprintf("%s/..", exe);
	build = realpath(up, NULL);
	const char *env = getenv("ISOCOST_CACHE");
	cache = env && *env ? realpath(env, NULL) : xasprintf("%s/guest", build);
	work = xasprintf("%s/w", session.dir);
	session.ctx.load_dir = build;
	session.ctx.cache = cache ? cache : session.dir;
	session.ctx.work = work;
	session.ctx.accel = ACCEL_TCG;
	session.ctx.envelope.memory = 256 * MiB;
	return fs_mkdirs(work, 0755);
}

static int end_session(void **state)
{
	(void)state;
	session_remove(&session);
	free(build);
	free(cache);
	free(work);
	return 0;
}

/* ---- one guest ---- */

struct guest_test {
	struct env_facts facts;
	struct env_arm *arm;
	struct env *env;
	struct phases phases;
	struct said said;
};

static void boot(struct guest_test *t, const char *options, bool scratch)
{
	struct err err = { 0 };
	int r = arm_open(&env_vm, &session, "test", options, &t->facts, &t->arm, &err);
	if (r == -ENOTSUP || r == -ENOENT) {
		print_message("skipped: %s\n", err.msg);
		env_facts_free(&t->facts);
		skip();
	}
	if (r < 0)
		fail_msg("open: %s", err.msg);
	t->phases.start_ns = clk_now();
	struct env_spec s = { .scratch = scratch, .phases = &t->phases, .deadline_ns = clk_now() + 60 * CLK_S };
	if (env_vm.start(t->arm, &s, &t->env, &err) < 0)
		fail_msg("start: %s", err.msg);
}

/* What the script wrote, trimmed, until the next one. It must succeed. */
static const char *sh(struct guest_test *t, const char *script)
{
	struct err err = { 0 };
	int status = -1;
	said_free(&t->said);
	t->said = (struct said){ 0 };
	if (env_sh(&env_vm, t->env, script, 120, &t->said, &status, &err) < 0)
		fail_msg("%s: %s", script, err.msg);
	if (status != 0)
		fail_msg("%s: status %d: %s%s", script, status, t->said.out.s, t->said.err.s);
	return str_trim(t->said.out.s);
}

static void end(struct guest_test *t)
{
	env_vm.stop(t->env);
	env_vm.close(t->arm);
	env_facts_free(&t->facts);
	said_free(&t->said);
}

/* ---- tests ---- */

static void not_built_says_what_to_do(void **state)
{
	(void)state;
	struct session s = session;
	cleanup_free char *empty = xasprintf("%s/empty", session.dir);
	s.ctx.cache = empty;
	struct env_facts facts = { 0 };
	struct env_arm *arm = NULL;
	struct err err = { 0 };
	assert_int_equal(arm_open(&env_vm, &s, "test", "kernel=tiny", &facts, &arm, &err), -ENOTSUP);
	assert_null(arm);
	assert_non_null(strstr(err.msg, "make guest-kernel"));
	env_facts_free(&facts);
}

/* It is the one that was built, whatever else is named, and has what isoinit wants: the disk, terminals, the debug port, an end. */
static void comes_up_whole(void **state)
{
	(void)state;
	struct guest_test t = { 0 };
	session.ctx.guest_kernel = "/nonexistent/vmlinuz";
	boot(&t, "kernel=tiny", true);
	session.ctx.guest_kernel = NULL;
	const struct kvs *facts = &t.facts.facts;
	assert_non_null(strstr(kvs_get(facts, "guest.kernel_origin"), "own configuration of linux-source-"));
	assert_non_null(strstr(t.facts.note, "guest/tiny.config"));
	bool told = false;
	for (size_t i = 0; i < t.facts.warnings.n; i++)
		told = told || strstr(t.facts.warnings.v[i], "/nonexistent/vmlinuz");
	assert_true(told);
	assert_string_equal(sh(&t, "uname -r"), kvs_get(facts, "guest.kernel"));
	assert_string_equal(sh(&t, "grep -c . /proc/modules 2>/dev/null || echo none"), "none");
	sh(&t, "grep -q '^/dev/vda /scratch ext4 ' /proc/mounts && echo kept >/scratch/file && sync && grep -q kept /scratch/file");
	sh(&t, "for fs in tmpfs devpts devtmpfs sysfs proc; do grep -q \" $fs \" /proc/mounts || exit 1; done");
	sh(&t, "for fs in fuse virtiofs hugetlbfs; do grep -qw $fs /proc/filesystems || exit 1; done");
	sh(&t, "ifconfig lo | grep -q UP && ping -c 1 127.0.0.1");
	/* What it leaves of 256 MiB; a distribution's kernel keeps more for itself. */
	sh(&t, "awk '/MemTotal/ { exit $2 < 225000 }' /proc/meminfo");
	assert_true(phases_at(&t.phases, "kernel") > phases_at(&t.phases, "early"));
	end(&t);
}

/* Each class of system call that the workloads stand on; huge pages too. A failure is a lacking option. */
static void runs_the_workloads(void **state)
{
	(void)state;
	static const char *const runs[] = {
		"cpu-int time=1ms warmup=1ms", "timer-jitter count=5 warmup=1", "mem-latency time=1ms warmup=1ms pages=huge",
		"mem-random size=64KiB time=1ms warmup=1ms pages=huge", "page-fault size=2MiB time=1ms pages=huge", "page-fault size=1MiB time=1ms",
		"tlb count=64 time=1ms warmup=1ms pages=huge", "syscall time=1ms warmup=1ms", "syscall-io time=1ms warmup=1ms",
		"context-switch time=1ms warmup=1ms", "futex time=1ms warmup=1ms", "unix-socket time=1ms", "unix-socket time=1ms type=seqpacket",
		"signal time=1ms warmup=1ms", "mmap time=1ms warmup=1ms", "fork-exec time=1ms warmup=1ms", "file-seq size=1MiB passes=2",
		"file-seq size=1MiB passes=2 cache=buffered", "file-fsync count=5 warmup=1", "file-meta files=10 time=1ms flush=directory",
		"net-rr count=5 warmup=1", "net-rr count=5 warmup=1 proto=udp", "net-stream time=20ms warmup=1ms",
	};
	struct guest_test t = { 0 };
	boot(&t, "kernel=tiny", true);
	/* Off by default below 512 MiB, as in any kernel. */
	sh(&t, "echo always >/sys/kernel/mm/transparent_hugepage/enabled");
	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
		cleanup_free char *command = xasprintf("isoload run %s", runs[i]);
		sh(&t, command);
	}
	end(&t);
}

/* The machine with PCI, two CPUs, and mitigations as the distribution's kernel has them by default. */
static void comes_up_on_q35(void **state)
{
	(void)state;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		print_message("skipped: this host has one CPU\n");
		skip();
	}
	struct envelope one = session.ctx.envelope;
	session.ctx.envelope.cpus = 2;
	session.ctx.envelope.cpu_list = (char *)"0-1";
	struct guest_test t = { 0 };
	boot(&t, "kernel=tiny machine=q35 mitigations=on", true);
	session.ctx.envelope = one;
	assert_string_equal(sh(&t, "nproc"), "2");
	sh(&t, "ls /sys/bus/pci/devices | grep -q . && grep -q '^/dev/vda /scratch ext4 ' /proc/mounts");
	sh(&t, "cd /sys/devices/system/cpu/vulnerabilities && ! grep Vulnerable spectre_v1 spectre_v2 meltdown");
	end(&t);
}

int main(void)
{
	sig_catch();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_built_says_what_to_do),
		cmocka_unit_test(comes_up_whole),
		cmocka_unit_test(runs_the_workloads),
		cmocka_unit_test(comes_up_on_q35),
	};
	return cmocka_run_group_tests_name("tinykernel", tests, make_session, end_session);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_vm.c - real guests: they boot, run commands and leave nothing behind. */
#include "vm_arm.h"

#include "base/sig.h"
#include "env/accel.h"
#include "env/tsc.h"
#include "model/kvmcost.h"

#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>

/* One guest for the tests that leave it as it was; the last of them ends it. */
static struct fixture plain;

static struct fixture *plain_guest(void)
{
	if (!plain.env) {
		must_open(&plain, NULL, NULL);
		must_start(&plain, false);
	}
	return &plain;
}

static void test_identity(void **state)
{
	(void)state;
	struct fixture *f = plain_guest();
	assert_string_equal(f->facts.accel, ACCEL_TCG_NAME);
	/* All of it is unpacked by every guest. */
	assert_true(strtoull(kvs_get(&f->facts.facts, "guest.initramfs_bytes"), NULL, 10) < 4 << 20);
	assert_string_equal(f->facts.label, "test (TCG)");
	struct utsname u;
	uname(&u);
	run(f, "uname -r", 0);
	assert_string_not_equal(str_trim(f->out.s), u.release);
	assert_string_equal(str_trim(f->out.s), kvs_get(&f->facts.facts, "guest.kernel"));
	cleanup_free char *boot_id = fs_read_line("/proc/sys/kernel/random/boot_id");
	run(f, "cat /proc/sys/kernel/random/boot_id", 0);
	assert_string_not_equal(str_trim(f->out.s), boot_id);
	run(f, "nproc", 0);
	assert_string_equal(f->out.s, "1\n");
	/* All of the memory but what the kernel keeps for itself. */
	run(f, "awk '/MemTotal/ { exit $2 < 190000 || $2 > 262144 }' /proc/meminfo", 0);
	run(f, "ifconfig lo | grep -q UP && ping -c 1 127.0.0.1", 0);
	run(f, "test -z \"$ISOCOST_SCRATCH\"", 0);
	/* A watchdog that a busy host confuses must not take the TSC away. */
	if (tsc_is_steady())
		run(f, "grep -q tsc=reliable /proc/cmdline && grep -q '^tsc' /sys/devices/system/clocksource/clocksource0/current_clocksource", 0);
}

/* The program in the guest is the host's file, byte for byte. */
static void test_isoload(void **state)
{
	(void)state;
	struct fixture *f = plain_guest();
	run(f, "base64 /bin/isoload | tr -d '\\n'", 0);
	cleanup_free char *file = xasprintf("%s/isoload", build), *host = NULL;
	cleanup(str_free) struct str text = { 0 };
	size_t len;
	assert_int_equal(fs_read(file, &host, &len), 0);
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = 0;
		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (i + k < len ? (unsigned char)host[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			str_add(&text, i + k <= len ? &digits[v >> (18 - 6 * k) & 63] : "=", 1);
	}
	assert_int_equal(f->out.len, text.len);
	assert_memory_equal(f->out.s, text.s, text.len);
}

static void test_statuses(void **state)
{
	(void)state;
	struct fixture *f = plain_guest();
	run(f, "exit 0", 0);
	run(f, "echo out; echo err >&2; exit 42", 42);
	assert_string_equal(f->out.s, "out\n");
	assert_string_equal(f->errout.s, "err\n");
	run(f, "kill -9 $$", 137);
	run(f, "cat", 0);                      /* its standard input is at its end */
	run(f, "seq 1 200000 | tail -n 1", 0);
	assert_string_equal(f->out.s, "200000\n");
	run(f, "seq 1 200000", 0);
	assert_int_equal(f->out.len, 1288895);
	char *const nosuch[] = { (char *)"nosuch", NULL };
	int status;
	assert_int_equal(exec_for(f, 30, &status, nosuch), 0);
	assert_int_equal(status, 127);
	assert_non_null(strstr(str_get(&f->errout), "nosuch"));
	/* Signals are as a fresh program has them: nobody says that a pipe is broken. */
	run(f, "yes | head -n 1", 0);
	assert_string_equal(str_get(&f->errout), "");
	/* What a command leaves running does not hold it up, nor the next one. */
	run(f, "sleep 1000 & exit 3", 3);
	run(f, "pidof sleep", 1);
}

static void test_deadline(void **state)
{
	(void)state;
	struct fixture *f = plain_guest();
	char *const sleeper[] = { (char *)"sleep", (char *)"1000", NULL };
	int status;
	int64_t begin = clk_now();
	assert_int_equal(exec_for(f, 1, &status, sleeper), -ETIMEDOUT);
	assert_true(clk_now() - begin < 60 * CLK_S);
	run(f, "pidof sleep", 1);
	/* Writing all the time is no way around it. */
	char *const yes[] = { (char *)"yes", NULL };
	assert_int_equal(exec_for(f, 1, &status, yes), -ETIMEDOUT);
	run(f, "pidof yes", 1);
}

static void test_scratch(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, "disk", "64MiB");
	for (int i = 0; i < 2; i++) {           /* each launch has a fresh one */
		must_start(&f, true);
		run(&f, "grep -q ' /scratch ext4 ' /proc/mounts && test \"$ISOCOST_SCRATCH\" = /scratch && ! test -e /scratch/file", 0);
		run(&f, "dd if=/dev/zero of=/scratch/file bs=1M count=8 conv=fsync", 0);
		env_vm.stop(f.env);
		f.env = NULL;
	}
	finish(&f);
	nothing_left();
}

/* What the idle guest is and holds, seen while a command waits in it. */
struct look {
	struct fixture *f;
	int stop;
	struct footprint held;
	double cpu_s;
};

static void look(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	struct look *l = arg;
	struct env_body b = body_new();
	(void)fd, (void)buf, (void)len, (void)t_ns;
	if (env_vm.body(l->f->env, &b, &l->f->err) < 0)
		fail_msg("body: %s", l->f->err.msg);
	assert_int_equal(body_cpu_s(&b, &l->cpu_s), 0);
	body_read_memory(&b, &l->held);
	body_free(&b);
	eventfd_write(l->stop, 1);
}

static void test_body(struct fixture *f)
{
	struct look l = { .f = f, .stop = eventfd(0, EFD_CLOEXEC) };
	struct env_call c = {
		.argv = (char *[]){ (char *)"isoload", (char *)"hold", NULL }, .output = look, .arg = &l, .stop_fd = &l.stop,
		.deadline_ns = clk_now() + 60 * CLK_S,
	};
	int r = env_vm.exec(f->env, &c, &f->err);
	if (r != -ECANCELED)
		fail_msg("%d: %s", r, f->err.msg);
	const struct footprint *h = &l.held;
	double pages = footprint_get(h, FOOTPRINT_GUEST_PAGES), pss = footprint_get(h, FOOTPRINT_PSS);
	/* Its kernel and initramfs at least, and not more than its RAM; QEMU comes on top. */
	assert_true(pages > 8 << 20 && pages <= (double)f->ctx.envelope.memory);
	assert_true(pss > pages && pss < 2e9);
	assert_true(footprint_get(h, FOOTPRINT_PRIVATE) <= pss);
	assert_true(footprint_get(h, FOOTPRINT_PAGE_TABLES) > pages / (2 << 20) * 8);
	/* The uncompressed kernel and the initramfs. */
	assert_true(footprint_get(h, FOOTPRINT_IMAGE) > 4 << 20 && footprint_get(h, FOOTPRINT_IMAGE) < 2e9);
	assert_false(footprint_has(h, FOOTPRINT_KERNEL));
	assert_non_null(kvs_get(&h->unknown, "kernel"));
	assert_true(l.cpu_s > 0.05);
	footprint_free(&l.held);
	close(l.stop);
}

static void test_phases(void **state)
{
	(void)state;
	static const char *const names[] = {
		"prepare", "libvirt", "qemu", "firmware", "setup", "core", "unpack", "drivers", "kernel", "init", "poweroff", "exit", "destroyed",
	};
	struct fixture *f = plain_guest();
	test_body(f);
	struct footprint fp = { 0 };
	assert_int_equal(env_vm.footprint(f->env, &fp, &f->err), 0);
	assert_true(fp.memory_peak > 32 << 20);
	assert_true(fp.cpu_s > 0);
	env_vm.stop(f->env);
	f->env = NULL;
	assert_int_equal(f->phases.n, sizeof(names) / sizeof(*names));
	int64_t last = f->phases.start_ns;
	for (size_t i = 0; i < f->phases.n; i++) {
		assert_string_equal(f->phases.v[i].name, names[i]);
		assert_true(f->phases.v[i].end_ns >= last);
		last = f->phases.v[i].end_ns;
	}
	assert_true(last <= clk_now());
	cleanup_free char *xml = xasprintf("%s/vm-test.xml", keep), *cmd = xasprintf("%s/vm-test.qemu.txt", keep);
	assert_true(fs_exists(xml) && fs_exists(cmd));
	finish(f);
	nothing_left();
}

static void test_q35(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, "machine", "q35");
	must_start(&f, true);
	run(&f, "grep -q ' /scratch ext4 ' /proc/mounts", 0);
	finish(&f);
	nothing_left();
}

static void test_mitigations(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, "mitigations", "on");
	must_start(&f, false);
	run(&f, "! grep -q mitigations=off /proc/cmdline", 0);
	finish(&f);
}

static void test_two_vcpus(void **state)
{
	(void)state;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		print_message("skipped: this host has one CPU\n");
		skip();
	}
	struct fixture f = { 0 };
	ctx.envelope.cpus = 2;
	ctx.envelope.cpu_list = (char *)"0-1";
	must_open(&f, NULL, NULL);
	must_start(&f, false);
	ctx.envelope.cpus = 1;
	ctx.envelope.cpu_list = (char *)"0";
	run(&f, "nproc", 0);
	assert_string_equal(f.out.s, "2\n");
	finish(&f);
}

/* ---- KVM ---- */

/* What is remembered of KVM: a trial writes its file anew, in another inode and later. */
static char *remembered(void)
{
	struct str text = { 0 };
	glob_t g;
	cleanup_free char *pattern = xasprintf("%s/accel-*.txt", ctx.cache);
	if (glob(pattern, 0, NULL, &g) == 0) {
		for (size_t i = 0; i < g.gl_pathc; i++) {
			struct stat st;
			assert_int_equal(stat(g.gl_pathv[i], &st), 0);
			str_addf(&text, "%s %ju %ju.%09ld\n", g.gl_pathv[i], (uintmax_t)st.st_ino, (uintmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
		}
		globfree(&g);
	}
	return text.s;
}

static void test_auto(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	ctx.accel = ACCEL_AUTO;
	must_open(&f, NULL, NULL);
	ctx.accel = ACCEL_TCG;
	print_message("%s: %s\n", f.facts.accel, f.facts.note);
	must_start(&f, false);
	run(&f, "true", 0);
	finish(&f);
	/* The second time it is remembered: no trial. */
	cleanup_free char *before = remembered();
	assert_true(access("/dev/kvm", R_OK | W_OK) < 0 || before);
	struct fixture again = { 0 };
	ctx.accel = ACCEL_AUTO;
	must_open(&again, NULL, NULL);
	ctx.accel = ACCEL_TCG;
	cleanup_free char *after = remembered();
	assert_string_equal(before ? before : "", after ? after : "");
	finish(&again);
	nothing_left();
}

/* A kernel that boots even where KVM has no hardware below it. */
static void test_kvm(void **state)
{
	(void)state;
	const char *kernel = getenv("ISOCOST_KVM_TEST_KERNEL");
	struct err why = { 0 };
	if (!kernel || accel_kvm_runs(&why) < 0) {
		print_message("skipped: %s\n", kernel ? why.msg : "ISOCOST_KVM_TEST_KERNEL names no kernel");
		skip();
	}
	struct fixture f = { 0 };
	struct kvs given = { 0 };
	kvs_set(&given, "cpu", "kvm64,-cx16,-xsave", 0);
	kvs_set(&given, "cmdline", "lpj=4600000 noxsave nofsgsbase clearcpuid=151,141,308,295,288,298,145,580,534,297 pty.legacy_count=0", 0);
	const char *saved = ctx.guest_kernel;
	ctx.guest_kernel = kernel;
	ctx.accel = ACCEL_KVM;
	int r = open_arm(&f, &given);
	ctx.guest_kernel = saved;
	ctx.accel = ACCEL_TCG;
	if (r < 0)
		fail_msg("open: %s", f.err.msg);
	assert_string_equal(f.facts.accel, kvs_get(&f.facts.facts, "kvm.kind"));
	/* Without hardware every instruction of its kernel is emulated, and how fast that goes differs by times from day to day. */
	r = start_for(&f, false, 30);
	if (r == -ETIMEDOUT && strcmp(f.facts.accel, kvm_kind_name(KVM_KIND_SOFTWARE)) == 0) {
		print_message("skipped: a KVM that emulates the guest's kernel is too slow today: %s\n", f.err.msg);
		finish(&f);
		kvs_free(&given);
		nothing_left();
		skip();
	}
	if (r < 0)
		fail_msg("start: %s", f.err.msg);
	char *const argv[] = { (char *)"uname", (char *)"-r", NULL };
	int status = -1;
	if (exec_for(&f, 60, &status, argv) < 0)
		fail_msg("%s", f.err.msg);
	assert_int_equal(status, 0);
	assert_string_equal(str_trim(f.out.s), kvs_get(&f.facts.facts, "guest.kernel"));
	finish(&f);
	kvs_free(&given);
	nothing_left();
}

static void test_interrupt(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, NULL, NULL);
	must_start(&f, false);
	pid_t child = fork();
	if (child == 0) {
		poll(NULL, 0, 500);
		kill(getppid(), SIGTERM);
		_exit(0);
	}
	char *const sleeper[] = { (char *)"sleep", (char *)"1000", NULL };
	int status;
	assert_int_equal(exec_for(&f, 30, &status, sleeper), -EINTR);
	assert_int_equal(sig_caught(), SIGTERM);
	finish(&f);
	nothing_left();
}

int main(void)
{
	sig_catch();
	const struct CMUnitTest tests[] = {
		/* One guest; the last of them ends it. */
		cmocka_unit_test(test_identity), cmocka_unit_test(test_isoload), cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_deadline), cmocka_unit_test(test_phases),
		cmocka_unit_test(test_scratch),
		cmocka_unit_test(test_q35),      cmocka_unit_test(test_mitigations), cmocka_unit_test(test_two_vcpus),
		cmocka_unit_test(test_auto),     cmocka_unit_test(test_kvm),
		/* The last one: a signal that was caught stays caught. */
		cmocka_unit_test(test_interrupt),
	};
	return cmocka_run_group_tests_name("vm", tests, make_session, end_session);
}

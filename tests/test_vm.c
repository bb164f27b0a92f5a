/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_vm.c - real guests: they boot, run commands, fail as they should and leave nothing behind. */
#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/sig.h"
#include "env/accel.h"
#include "env/drivers.h"
#include "env/tsc.h"
#include "model/kvmcost.h"

#include <elf.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <cmocka.h>

/* The session all tests share: libvirt's embedded driver has one root a process. */
static char work[] = "/tmp/isocost-vm-XXXXXX";
static char *build, *cache, *keep, *id;
static struct env_ctx ctx;

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
	id = xasprintf("isocost-t%d", (int)getpid());
	ctx = (struct env_ctx){
		.load_dir = build, .cache = cache, .work = work, .id = id, .keep = keep, .accel = ACCEL_TCG,
		.envelope = { .cpu_list = (char *)"0", .cpus = 1, .memory = 256 << 20, .pids = 100 }, .stdin_fd = -1,
	};
	ctx.guest_kernel = getenv("ISOCOST_GUEST_KERNEL");
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

/* ---- one arm, one guest ---- */

struct fixture {
	struct env_ctx ctx;
	struct kvs opts;
	struct env_facts facts;
	struct env_arm *arm;
	struct env *env;
	struct phases phases;
	struct err err;
	struct str out, errout;
	int64_t last_ns;
};

static int open_arm(struct fixture *f, const struct kvs *given)
{
	f->ctx = ctx;
	assert_int_equal(opts_resolve(env_vm.options, given, NULL, &f->opts, &f->err), 0);
	return env_vm.open(&ctx, "test", &f->opts, &f->facts, &f->arm, &f->err);
}

static int start_for(struct fixture *f, bool scratch, double seconds)
{
	int64_t now = clk_now();
	f->phases = (struct phases){ .start_ns = now };
	struct env_spec s = { .scratch = scratch, .phases = &f->phases, .deadline_ns = now + (int64_t)(seconds * 1e9) };
	return env_vm.start(f->arm, &s, &f->env, &f->err);
}

static void must_open(struct fixture *f, const char *key, const char *val)
{
	struct kvs given = { 0 };
	if (key)
		kvs_set(&given, key, val, 0);
	int r = open_arm(f, &given);
	kvs_free(&given);
	if (r == -ENOTSUP || r == -ENOENT) {
		print_message("skipped: %s\n", f->err.msg);
		skip();
	}
	if (r < 0)
		fail_msg("open: %s", f->err.msg);
}

static void must_start(struct fixture *f, bool scratch)
{
	if (start_for(f, scratch, 60) < 0)
		fail_msg("start: %s", f->err.msg);
}

static void collect(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	struct fixture *f = arg;
	assert_true(t_ns >= f->last_ns && t_ns <= clk_now());
	f->last_ns = t_ns;
	str_add(fd == 1 ? &f->out : &f->errout, buf, len);
}

static int exec_for(struct fixture *f, double seconds, int *ret_status, char *const argv[])
{
	str_free(&f->out);
	str_free(&f->errout);
	struct env_call c = { .argv = argv, .output = collect, .arg = f, .deadline_ns = clk_now() + (int64_t)(seconds * 1e9) };
	int r = env_vm.exec(f->env, &c, &f->err);
	*ret_status = c.status;
	return r;
}

/* Run a shell command that must end with that status. */
static void run(struct fixture *f, const char *command, int status)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	int got = -1, r = exec_for(f, 30, &got, argv);
	if (r < 0)
		fail_msg("%s: %s", command, f->err.msg);
	if (got != status)
		fail_msg("%s: status %d instead of %d: %s%s", command, got, status, str_get(&f->out), str_get(&f->errout));
}

static void finish(struct fixture *f)
{
	env_vm.stop(f->env);
	env_vm.close(f->arm);
	env_facts_free(&f->facts);
	kvs_free(&f->opts);
	str_free(&f->out);
	str_free(&f->errout);
}

/* No process names the session, and of its files only libvirt's own are left. */
static void nothing_left(void)
{
	cleanup(dir_closep) DIR *d = opendir("/proc");
	for (struct dirent *e; (e = readdir(d));) {
		cleanup_free char *file = xasprintf("/proc/%s/cmdline", e->d_name), *text = NULL;
		size_t len;
		if (fs_read(file, &text, &len) == 0 && memmem(text, len, work, strlen(work)) && atoi(e->d_name) != getpid())
			fail_msg("process %s is left", e->d_name);
	}
	cleanup(dir_closep) DIR *w = opendir(work);
	for (struct dirent *e; (e = readdir(w));)
		if (*e->d_name != '.' && strcmp(e->d_name, "virt") != 0 && strcmp(e->d_name, "keep") != 0 && strcmp(e->d_name, "files") != 0)
			fail_msg("%s/%s is left", work, e->d_name);
}

static void test_identity(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, NULL, NULL);
	assert_string_equal(f.facts.accel, ACCEL_TCG_NAME);
	assert_string_equal(f.facts.label, "test (TCG)");
	must_start(&f, false);
	struct utsname u;
	uname(&u);
	run(&f, "uname -r", 0);
	assert_string_not_equal(str_trim(f.out.s), u.release);
	assert_string_equal(str_trim(f.out.s), kvs_get(&f.facts.facts, "guest.kernel"));
	cleanup_free char *boot_id = fs_read_line("/proc/sys/kernel/random/boot_id");
	run(&f, "cat /proc/sys/kernel/random/boot_id", 0);
	assert_string_not_equal(str_trim(f.out.s), boot_id);
	run(&f, "nproc", 0);
	assert_string_equal(f.out.s, "1\n");
	/* All of the memory but what the kernel keeps for itself. */
	run(&f, "awk '/MemTotal/ { exit $2 < 190000 || $2 > 262144 }' /proc/meminfo", 0);
	run(&f, "ifconfig lo | grep -q UP && ping -c 1 127.0.0.1", 0);
	run(&f, "test -z \"$ISOCOST_SCRATCH\"", 0);
	/* A watchdog that a busy host confuses must not take the TSC away. */
	if (tsc_is_steady())
		run(&f, "grep -q tsc=reliable /proc/cmdline && grep -q '^tsc' /sys/devices/system/clocksource/clocksource0/current_clocksource", 0);
	finish(&f);
	nothing_left();
}

/* The program in the guest is the host's file, byte for byte. */
static void test_isoload(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, NULL, NULL);
	must_start(&f, false);
	run(&f, "base64 /bin/isoload | tr -d '\\n'", 0);
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
	assert_int_equal(f.out.len, text.len);
	assert_memory_equal(f.out.s, text.s, text.len);
	finish(&f);
}

static void test_statuses(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, NULL, NULL);
	must_start(&f, false);
	run(&f, "exit 0", 0);
	run(&f, "echo out; echo err >&2; exit 42", 42);
	assert_string_equal(f.out.s, "out\n");
	assert_string_equal(f.errout.s, "err\n");
	run(&f, "kill -9 $$", 137);
	run(&f, "cat", 0);                      /* its standard input is at its end */
	run(&f, "seq 1 200000 | tail -n 1", 0);
	assert_string_equal(f.out.s, "200000\n");
	run(&f, "seq 1 200000", 0);
	assert_int_equal(f.out.len, 1288895);
	char *const nosuch[] = { (char *)"nosuch", NULL };
	int status;
	assert_int_equal(exec_for(&f, 30, &status, nosuch), 0);
	assert_int_equal(status, 127);
	assert_non_null(strstr(str_get(&f.errout), "nosuch"));
	/* Signals are as a fresh program has them: nobody says that a pipe is broken. */
	run(&f, "yes | head -n 1", 0);
	assert_string_equal(str_get(&f.errout), "");
	/* What a command leaves running does not hold it up, nor the next one. */
	run(&f, "sleep 1000 & exit 3", 3);
	run(&f, "pidof sleep", 1);
	finish(&f);
}

static void test_deadline(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, NULL, NULL);
	must_start(&f, false);
	char *const sleeper[] = { (char *)"sleep", (char *)"1000", NULL };
	int status;
	int64_t begin = clk_now();
	assert_int_equal(exec_for(&f, 1, &status, sleeper), -ETIMEDOUT);
	assert_true(clk_now() - begin < 5 * CLK_S);
	run(&f, "pidof sleep", 1);
	/* Writing all the time is no way around it. */
	char *const yes[] = { (char *)"yes", NULL };
	assert_int_equal(exec_for(&f, 1, &status, yes), -ETIMEDOUT);
	run(&f, "pidof yes", 1);
	finish(&f);
	nothing_left();
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

static void test_phases(void **state)
{
	(void)state;
	static const char *const names[] = {
		"prepare", "libvirt", "qemu", "firmware", "setup", "core", "unpack", "drivers", "kernel", "init", "poweroff", "exit", "destroyed",
	};
	struct fixture f = { 0 };
	must_open(&f, NULL, NULL);
	must_start(&f, false);
	struct footprint fp = { 0 };
	assert_int_equal(env_vm.footprint(f.env, &fp, &f.err), 0);
	assert_true(fp.memory_peak > 32 << 20);
	assert_true(fp.cpu_s > 0);
	env_vm.stop(f.env);
	f.env = NULL;
	assert_int_equal(f.phases.n, sizeof(names) / sizeof(*names));
	int64_t last = f.phases.start_ns;
	for (size_t i = 0; i < f.phases.n; i++) {
		assert_string_equal(f.phases.v[i].name, names[i]);
		assert_true(f.phases.v[i].end_ns >= last);
		last = f.phases.v[i].end_ns;
	}
	assert_true(last <= clk_now());
	cleanup_free char *xml = xasprintf("%s/vm-test.xml", keep), *cmd = xasprintf("%s/vm-test.qemu.txt", keep);
	assert_true(fs_exists(xml) && fs_exists(cmd));
	finish(&f);
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

/* ---- guests that fail ---- */

/* A static program of a few instructions in place of isoinit. */
static void make_init(const char *dir, const void *code, size_t len)
{
	const uint64_t base = 0x400000, at = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
	Elf64_Ehdr eh = { .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_entry = base + at, .e_phoff = sizeof(eh),
		          .e_ehsize = sizeof(eh), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1 };
	memcpy(eh.e_ident, ELFMAG, SELFMAG);
	eh.e_ident[EI_CLASS] = ELFCLASS64;
	eh.e_ident[EI_DATA] = ELFDATA2LSB;
	eh.e_ident[EI_VERSION] = EV_CURRENT;
	Elf64_Phdr ph = { .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = base, .p_paddr = base, .p_filesz = at + len, .p_memsz = at + len,
		          .p_align = 4096 };
	cleanup(str_free) struct str b = { 0 };
	str_add(&b, &eh, sizeof(eh));
	str_add(&b, &ph, sizeof(ph));
	str_add(&b, code, len);
	cleanup_free char *init = xasprintf("%s/isoinit", dir), *load = xasprintf("%s/isoload", dir);
	assert_int_equal(fs_mkdirs(dir, 0755), 0);
	assert_int_equal(fs_write(init, b.s, b.len, 0755), 0);
	assert_int_equal(fs_write(load, b.s, b.len, 0755), 0);
}

/* Start a guest with that program as its init; it must fail. */
static void failing_guest(struct fixture *f, const void *code, size_t len, double seconds, int expected)
{
	cleanup_free char *dir = xasprintf("%s/files", work);
	make_init(dir, code, len);
	ctx.load_dir = dir;
	must_open(f, NULL, NULL);
	ctx.load_dir = build;
	assert_int_equal(start_for(f, false, seconds), expected);
	assert_null(f->env);
	print_message("as it should: %s\n", f->err.msg);
}

static void test_panic(void **state)
{
	(void)state;
	static const unsigned char exits[] = { 0xb8, 60, 0, 0, 0, 0x0f, 0x05 };         /* mov $SYS_exit, %eax; syscall */
	struct fixture f = { 0 };
	int64_t begin = clk_now();
	failing_guest(&f, exits, sizeof(exits), 60, -EPIPE);
	assert_true(clk_now() - begin < 40 * CLK_S);
	assert_non_null(strstr(f.err.msg, "Attempted to kill init"));
	cleanup_free char *log = xasprintf("%s/vm-test.console.log", keep);
	assert_true(fs_exists(log));
	finish(&f);
	nothing_left();
}

static void test_hang(void **state)
{
	(void)state;
	static const unsigned char spins[] = { 0xeb, 0xfe };                            /* jmp . */
	struct fixture f = { 0 };
	failing_guest(&f, spins, sizeof(spins), 6, -ETIMEDOUT);
	assert_non_null(strstr(f.err.msg, "did not come up"));
	finish(&f);
	nothing_left();
}

/* The session's QEMU, once it has connected to its link; 0: not yet. */
static pid_t connected_qemu(void)
{
	cleanup_free char *sockets = NULL, *link = xasprintf("%s/g", work);
	assert_int_equal(fs_read("/proc/net/unix", &sockets, NULL), 0);
	int links = 0;
	for (const char *p = sockets; (p = strstr(p, link)); p++)
		links += strncmp(strchr(p + strlen(link), '/'), "/link", 5) == 0;
	cleanup(dir_closep) DIR *d = opendir("/proc");
	for (struct dirent *e; links > 1 && (e = readdir(d));) {        /* it listens, and it is connected */
		cleanup_free char *file = xasprintf("/proc/%s/cmdline", e->d_name), *text = NULL;
		size_t len;
		if (fs_read(file, &text, &len) == 0 && strstr(text, "qemu-system") && memmem(text, len, link, strlen(link)))
			return (pid_t)atoi(e->d_name);
	}
	return 0;
}

/* libvirt waits for a QEMU that stands still without an end; the deadline is kept all the same. */
static void test_stuck_qemu(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, NULL, NULL);
	pid_t stopper = fork();
	if (stopper == 0) {
		pid_t qemu = 0;
		for (int i = 0; i < 4000 && !(qemu = connected_qemu()); i++)
			poll(NULL, 0, 1);
		_exit(qemu && kill(qemu, SIGSTOP) == 0 ? 0 : 1);
	}
	int64_t begin = clk_now();
	assert_int_equal(start_for(&f, false, 3), -ETIMEDOUT);
	assert_true(clk_now() - begin < 15 * CLK_S);
	int status;
	assert_int_equal(waitpid(stopper, &status, 0), stopper);
	assert_int_equal(status, 0);
	finish(&f);
	nothing_left();
}

static void test_rubbish_kernel(void **state)
{
	(void)state;
	cleanup_free char *dir = xasprintf("%s/files", work), *file = xasprintf("%s/rubbish", dir);
	assert_int_equal(fs_mkdirs(dir, 0755), 0);
	assert_int_equal(fs_write(file, "this is not a kernel", 20, 0644), 0);
	const char *saved = ctx.guest_kernel;
	ctx.guest_kernel = file;
	struct fixture f = { 0 };
	struct kvs none = { 0 };
	assert_int_equal(open_arm(&f, &none), -EINVAL);
	ctx.guest_kernel = saved;
	assert_non_null(strstr(f.err.msg, file));
	assert_null(f.arm);
	finish(&f);
}

/* The memory is too small for the kernel: whatever it does, it ends in an error. */
static void test_tiny_memory(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	ctx.envelope.memory = 16 << 20;
	must_open(&f, NULL, NULL);
	int r = start_for(&f, false, 8);
	ctx.envelope.memory = 256 << 20;
	assert_true(r == -EPIPE || r == -ETIMEDOUT || r == -EIO);
	print_message("as it should: %s\n", f.err.msg);
	finish(&f);
	nothing_left();
}

static void test_guest_dies(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, NULL, NULL);
	must_start(&f, false);
	char *const crash[] = { (char *)"sh", (char *)"-c", (char *)"echo 1 > /proc/sys/kernel/sysrq; echo c > /proc/sysrq-trigger", NULL };
	int status;
	assert_int_equal(exec_for(&f, 30, &status, crash), -EPIPE);
	assert_non_null(strstr(f.err.msg, "Kernel panic"));
	assert_int_equal(exec_for(&f, 30, &status, crash), -EPIPE);
	finish(&f);
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

/* ---- KVM ---- */

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
	struct fixture again = { 0 };
	ctx.accel = ACCEL_AUTO;
	int64_t begin = clk_now();
	must_open(&again, NULL, NULL);
	ctx.accel = ACCEL_TCG;
	assert_true(clk_now() - begin < 3 * CLK_S);
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
	r = start_for(&f, false, 60);
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

int main(void)
{
	sig_catch();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity),    cmocka_unit_test(test_isoload),  cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_deadline),    cmocka_unit_test(test_scratch),  cmocka_unit_test(test_phases),
		cmocka_unit_test(test_q35),         cmocka_unit_test(test_mitigations), cmocka_unit_test(test_two_vcpus),
		cmocka_unit_test(test_panic),       cmocka_unit_test(test_hang),     cmocka_unit_test(test_stuck_qemu),
		cmocka_unit_test(test_rubbish_kernel),
		cmocka_unit_test(test_tiny_memory), cmocka_unit_test(test_guest_dies), cmocka_unit_test(test_auto),
		cmocka_unit_test(test_kvm),
		/* The last one: a signal that was caught stays caught. */
		cmocka_unit_test(test_interrupt),
	};
	return cmocka_run_group_tests_name("vm", tests, make_session, end_session);
}

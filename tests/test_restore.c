/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_restore.c - real guests that start from a saved state: several from one, unlike where they must be, and failing as they should. */
#include "arm.h"

#include "base/sig.h"
#include "env/accel.h"
#include "model/kvmcost.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

/* The session all tests share: libvirt's embedded driver has one root a process. */
static struct session session;
static char *build;

static int make_session(void **state)
{
	(void)state;
	session_make(&session);
	cleanup_free char *exe = fs_exe_dir();
	cleanup_free char *up = xasprintf("%s/..", exe);
	build = realpath(up, NULL);
	const char *cache = getenv("ISOCOST_CACHE");
	session.ctx.load_dir = build;
	session.ctx.cache = cache && fs_exists(cache) ? cache : build;
	session.ctx.guest_kernel = getenv("ISOCOST_GUEST_KERNEL");
	session.ctx.accel = ACCEL_TCG;
	session.ctx.envelope.memory = 128 * MiB;
	return 0;
}

static int end_session(void **state)
{
	(void)state;
	session_remove(&session);
	free(build);
	return 0;
}

/* ---- an arm and its guests ---- */

struct fixture {
	struct env_facts facts;
	struct env_arm *arm;
	struct err err;
};

static void must_open(struct fixture *f, const char *options)
{
	int r = arm_open(&env_vm, &session, "test", options, &f->facts, &f->arm, &f->err);
	if (r == -ENOTSUP || r == -ENOENT) {
		print_message("skipped: %s\n", f->err.msg);
		skip();
	}
	if (r < 0)
		fail_msg("open: %s", f->err.msg);
}

static void finish(struct fixture *f)
{
	env_vm.close(f->arm);
	env_facts_free(&f->facts);
}

static int start(struct fixture *f, bool scratch, struct phases *phases, struct env **ret)
{
	*phases = (struct phases){ .start_ns = clk_now() };
	struct env_spec spec = { .scratch = scratch, .phases = phases, .deadline_ns = clk_now() + 180 * CLK_S };
	return env_vm.start(f->arm, &spec, ret, &f->err);
}

static struct env *must_start(struct fixture *f, bool scratch, struct phases *phases)
{
	struct env *e;
	if (start(f, scratch, phases, &e) < 0)
		fail_msg("start: %s", f->err.msg);
	return e;
}

/* What a command that must succeed wrote. */
static char *ask(struct env *e, const char *command)
{
	struct said said = { 0 };
	struct err err = { 0 };
	int status = -1;
	if (env_sh(&env_vm, e, command, 120, &said, &status, &err) < 0)
		fail_msg("%s: %s", command, err.msg);
	if (status != 0)
		fail_msg("%s: status %d: %s%s", command, status, str_get(&said.out), str_get(&said.err));
	char *out = xstrdup(str_trim(said.out.s));
	said_free(&said);
	return out;
}

static void run(struct env *e, const char *command)
{
	cleanup_free char *out = ask(e, command);
}

/* Besides libvirt's own files the session has none. */
static void nothing_left(void)
{
	static const char *const known[] = { "virt", "keep", "load", "libvirt", "guest" };
	cleanup(dir_closep) DIR *d = opendir(session.dir);
	for (struct dirent *e; (e = readdir(d));) {
		bool ok = *e->d_name == '.' || strncmp(e->d_name, "accel", 5) == 0 || strncmp(e->d_name, "vmlinux", 7) == 0;
		for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
			ok |= strcmp(e->d_name, known[i]) == 0;
		if (!ok)
			fail_msg("%s/%s is left", session.dir, e->d_name);
	}
}

/* ---- what must be alike and what must not ---- */

static void expect_unlike(struct env *a, struct env *b, const char *command)
{
	cleanup_free char *x = ask(a, command), *y = ask(b, command);
	if (strcmp(x, y) == 0)
		fail_msg("%s says '%s' in both guests", command, x);
}

static void expect_time_of_day(struct env *e)
{
	long long before = (long long)time(NULL);
	cleanup_free char *text = ask(e, "date +%s");
	long long inside = atoll(text), after = (long long)time(NULL);
	if (inside < before - 1 || inside > after + 1)
		fail_msg("the guest says %lld between the host's %lld and %lld", inside, before, after);
}

static void expect_phases(const struct phases *p)
{
	static const char *const names[] = { "prepare", "libvirt", "qemu", "load", "restore", "init", "poweroff", "exit", "destroyed" };
	int64_t last = p->start_ns;
	assert_int_equal(p->n, sizeof(names) / sizeof(*names));
	for (size_t i = 0; i < p->n; i++) {
		assert_string_equal(p->v[i].name, names[i]);
		assert_true(p->v[i].end_ns >= last);
		last = p->v[i].end_ns;
	}
}

static void test_clones(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	struct phases phases[2];
	must_open(&f, "start=restore");
	assert_string_equal(kvs_get(&f.facts.facts, "guest.start"), "restore");
	assert_true(atoll(kvs_get(&f.facts.facts, "guest.state_bytes")) > 4 << 20);
	struct env *a = must_start(&f, false, &phases[0]);
	poll(NULL, 0, 3000);            /* so long the other one's clock would be behind, had nobody set it */
	struct env *b = must_start(&f, false, &phases[1]);
	/* Two guests of one boot that live at the same time. The kernel makes the boot id when it is first read. */
	expect_unlike(a, b, "cat /proc/sys/kernel/random/boot_id");
	expect_unlike(a, b, "head -c 32 /dev/urandom | base64");
	expect_unlike(a, b, "cat /proc/sys/kernel/random/uuid");
	expect_time_of_day(a);
	expect_time_of_day(b);
	run(b, "isoload list && test -z \"$ISOCOST_SCRATCH\" && ! grep -q /scratch /proc/mounts");
	struct footprint fp = { 0 };
	assert_int_equal(env_vm.footprint(a, &fp, &f.err), 0);
	assert_true(fp.memory_peak > 16 << 20 && fp.cpu_s > 0);
	/* The end of one is not the other's. */
	env_vm.stop(a);
	run(b, "true");
	env_vm.stop(b);
	expect_phases(&phases[0]);
	expect_phases(&phases[1]);
	finish(&f);
	nothing_left();
}

/* Each has a disk of its own, mounted after the restore. Making the state is no part of the first one's start. */
static void scratch_on(const char *options)
{
	struct fixture f = { 0 };
	struct phases first, second;
	must_open(&f, options);
	int64_t before = clk_now();
	struct env *a = must_start(&f, true, &first);
	assert_true(first.start_ns > before + 100 * CLK_MS);
	run(a, "grep -q ' /scratch ext4 ' /proc/mounts && test \"$ISOCOST_SCRATCH\" = /scratch");
	run(a, "dd if=/dev/zero of=/scratch/file bs=1M count=8 conv=fsync");
	before = clk_now();
	struct env *b = must_start(&f, true, &second);
	assert_true(second.start_ns < before + 100 * CLK_MS);
	run(b, "! test -e /scratch/file && echo mine > /scratch/other && sync");
	run(a, "test -s /scratch/file && ! test -e /scratch/other");
	env_vm.stop(a);
	env_vm.stop(b);
	expect_phases(&first);
	expect_phases(&second);
	finish(&f);
	nothing_left();
}

static void test_scratch(void **state)
{
	(void)state;
	scratch_on("start=restore disk=64MiB");
}

static void test_q35(void **state)
{
	(void)state;
	scratch_on("start=restore disk=64MiB machine=q35");
}

/* ---- states that can't be used ---- */

/* The arm's state has no name any more; this process still holds it. */
static int open_held_state(void)
{
	cleanup(dir_closep) DIR *d = opendir("/proc/self/fd");
	for (struct dirent *e; (e = readdir(d));) {
		cleanup_free char *path = xasprintf("/proc/self/fd/%s", e->d_name);
		char target[512];
		ssize_t n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		if (strncmp(target, session.dir, strlen(session.dir)) == 0 && strstr(target, "/state-"))
			return open(path, O_RDWR | O_CLOEXEC);
	}
	return -1;
}

/* Write over what is at that offset and leave no other trace of it; returns what was there. */
static char *overwrite(int fd, off_t at, const char *text, size_t len)
{
	struct stat st;
	char *old = xcalloc(1, len);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pread(fd, old, len, at), len);
	assert_int_equal(pwrite(fd, text, len, at), len);
	assert_int_equal(futimens(fd, (struct timespec[]){ st.st_atim, st.st_mtim }), 0);
	return old;
}

static off_t find(int fd, const char *text)
{
	static char buf[1 << 20];
	ssize_t n = pread(fd, buf, sizeof(buf), 0);
	char *stream = memmem(buf, (size_t)n, "QEVM", 4);
	assert_non_null(stream);
	char *p = memmem(stream, (size_t)(buf + n - stream), text, strlen(text));
	assert_non_null(p);
	return p - buf;
}

static void expect_refused(struct fixture *f, const char *word)
{
	struct phases phases;
	struct env *e = NULL;
	f->err = (struct err){ 0 };
	assert_true(start(f, false, &phases, &e) < 0);
	assert_null(e);
	if (!strstr(f->err.msg, word))
		fail_msg("'%s' does not say '%s'", f->err.msg, word);
	print_message("as it should: %s\n", f->err.msg);
}

static void test_damaged(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	struct phases phases;
	struct stat st;
	must_open(&f, "start=restore machine=q35");
	cleanup(fd_closep) int fd = open_held_state();
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	/* As another QEMU, which has another machine of that name, would have saved it. */
	off_t at = find(fd, "pc-q35-");
	cleanup_free char *old = overwrite(fd, at, "pc-q99-", 7);
	expect_refused(&f, "Machine type received is 'pc-q99-");
	/* Rubbish where the devices' states are. */
	free(overwrite(fd, at, old, 7));
	static const char rubbish[65536] = "rubbish";
	cleanup_free char *devices = overwrite(fd, st.st_size - (off_t)sizeof(rubbish), rubbish, sizeof(rubbish));
	expect_refused(&f, "libvirt says");
	/* Neither hurt the arm. */
	free(overwrite(fd, st.st_size - (off_t)sizeof(rubbish), devices, sizeof(rubbish)));
	struct env *e = must_start(&f, false, &phases);
	run(e, "true");
	env_vm.stop(e);
	assert_int_equal(ftruncate(fd, st.st_size / 2), 0);
	expect_refused(&f, "is damaged: it has");
	finish(&f);
	nothing_left();
}

/* A file system without room for a state, or a limit that stands for it: the arm is not to be had, with the reason. */
static void test_no_room(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	struct rlimit old, small;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){ 20 << 20, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int r = arm_open(&env_vm, &session, "test", "start=restore disk=16MiB", &f.facts, &f.arm, &f.err);
	setrlimit(RLIMIT_FSIZE, &old);
	if (r == -ENOENT)
		skip();
	assert_true(r < 0);
	print_message("as it should: %s\n", f.err.msg);
	assert_non_null(strstr(f.err.msg, "no guest could be saved"));
	env_facts_free(&f.facts);
	nothing_left();
}

/* ---- KVM ---- */

/* With a kernel that boots even where KVM has no hardware below it. */
static void test_kvm(void **state)
{
	(void)state;
	/* Apart from test_vm's: where KVM emulates the kernel this takes minutes, if it comes up at all. */
	const char *kernel = getenv("ISOCOST_KVM_RESTORE_KERNEL"), *saved = session.ctx.guest_kernel;
	struct fixture f = { 0 };
	struct kvs given = { 0 }, opts = { 0 };
	if (!kernel || accel_kvm_runs(&f.err) < 0) {
		print_message("skipped: %s\n", kernel ? f.err.msg : "ISOCOST_KVM_RESTORE_KERNEL names no kernel");
		skip();
	}
	kvs_set(&given, "start", "restore", 0);
	kvs_set(&given, "cpu", "kvm64,-cx16,-xsave", 0);
	kvs_set(&given, "cmdline", "lpj=4600000 noxsave nofsgsbase clearcpuid=151,141,308,295,288,298,145,580,534,297 pty.legacy_count=0", 0);
	assert_int_equal(opts_resolve(env_vm.options, &given, NULL, &opts, &f.err), 0);
	session.ctx.guest_kernel = kernel;
	session.ctx.accel = ACCEL_KVM;
	int r = env_vm.open(&session.ctx, "test", &opts, &f.facts, &f.arm, &f.err);
	session.ctx.guest_kernel = saved;
	session.ctx.accel = ACCEL_TCG;
	kvs_free(&given);
	kvs_free(&opts);
	/* Where every instruction of the guest's kernel is emulated, how long a boot takes differs by times from day to day. */
	const char *kind = kvs_get(&f.facts.facts, "kvm.kind");
	if (r == -ETIMEDOUT && kind && strcmp(kind, kvm_kind_name(KVM_KIND_SOFTWARE)) == 0) {
		print_message("skipped: a KVM that emulates the guest's kernel is too slow today: %s\n", f.err.msg);
		env_facts_free(&f.facts);
		skip();
	}
	if (r < 0)
		fail_msg("open: %s", f.err.msg);
	struct phases phases;
	struct env *e = must_start(&f, false, &phases);
	cleanup_free char *release = ask(e, "uname -r");
	assert_string_equal(release, kvs_get(&f.facts.facts, "guest.kernel"));
	env_vm.stop(e);
	expect_phases(&phases);
	finish(&f);
	nothing_left();
}

int main(void)
{
	sig_catch();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clones),  cmocka_unit_test(test_scratch), cmocka_unit_test(test_q35),
		cmocka_unit_test(test_damaged), cmocka_unit_test(test_no_room), cmocka_unit_test(test_kvm),
	};
	return cmocka_run_group_tests_name("restore", tests, make_session, end_session);
}

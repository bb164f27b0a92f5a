/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_vm_failures.c - real guests that fail, in every way that can be made: one clear message each, and nothing left. */
#include "vm_arm.h"

#include "base/proc.h"
#include "base/sig.h"

#include <elf.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

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
	assert_true(clk_now() - begin < 100 * CLK_S);
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

/* The session's QEMU, once it has connected to its link; 0: not yet. at_start: while the harness still listens there. */
static pid_t connected_qemu(bool at_start)
{
	cleanup_free char *sockets = NULL, *link = xasprintf("%s/g", work);
	assert_int_equal(fs_read("/proc/net/unix", &sockets, NULL), 0);
	int links = 0;
	for (const char *p = sockets; (p = strstr(p, link)); p++)
		links += strncmp(strchr(p + strlen(link), '/'), "/link", 5) == 0;
	cleanup(dir_closep) DIR *d = opendir("/proc");
	for (struct dirent *e; links > at_start && (e = readdir(d));) {
		cleanup_free char *file = xasprintf("/proc/%s/cmdline", e->d_name), *text = NULL;
		size_t len;
		if (fs_read(file, &text, &len) == 0 && strstr(text, "qemu-system") && memmem(text, len, link, strlen(link)))
			return (pid_t)atoi(e->d_name);
	}
	return 0;
}

/* Send a signal to the session's QEMU, ms after it has connected; the process that does it. */
static pid_t strike(bool at_start, int sig, int ms)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	pid_t qemu = 0;
	for (int i = 0; i < 20000 && !(qemu = connected_qemu(at_start)); i++)
		poll(NULL, 0, 1);
	poll(NULL, 0, ms);
	_exit(qemu && kill(qemu, sig) == 0 ? 0 : 1);
}

/* libvirt waits for a QEMU that stands still without an end; the deadline is kept all the same. */
static void test_stuck_qemu(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, NULL, NULL);
	pid_t stopper = strike(true, SIGSTOP, 0);
	int64_t begin = clk_now();
	assert_int_equal(start_for(&f, false, 3), -ETIMEDOUT);
	assert_true(clk_now() - begin < 60 * CLK_S);
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

/* Said before anything boots, with what would do; and that does. */
static void test_little_memory(void **state)
{
	(void)state;
	struct kvs none = { 0 };
	uint64_t enough = 0;
	const uint64_t saved = ctx.envelope.memory, sizes[] = { 16, 32 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct fixture f = { 0 };
		ctx.envelope.memory = sizes[i] << 20;
		assert_int_equal(open_arm(&f, &none), -ENOTSUP);
		cleanup_free char *begin = xasprintf("memory = %dMiB is too little", (int)sizes[i]);
		print_message("as it should: %s\n", f.err.msg);
		assert_non_null(strstr(f.err.msg, begin));
		const char *least = strstr(f.err.msg, "at least ");
		assert_non_null(least);
		enough = strtoull(least + strlen("at least "), NULL, 10) << 20;
		finish(&f);
	}
	struct fixture f = { 0 };
	ctx.envelope.memory = enough;
	must_open(&f, NULL, NULL);
	must_start(&f, true);
	ctx.envelope.memory = saved;
	run(&f, "true", 0);
	finish(&f);
	nothing_left();
}

static void test_impossible_cpu(void **state)
{
	(void)state;
	static const struct { const char *cpu, *words; } cases[] = {
		{ "qemu32", "cpu = qemu32 has no long mode" }, { "qemu64,-lm", "cpu = qemu64,-lm has no long mode" },
		{ "pdp11", "cpu = pdp11: libvirt says" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fixture f = { 0 };
		struct kvs given = { 0 };
		kvs_set(&given, "cpu", cases[i].cpu, 0);
		assert_int_equal(open_arm(&f, &given), -ENOTSUP);
		print_message("as it should: %s\n", f.err.msg);
		assert_non_null(strstr(f.err.msg, cases[i].words));
		kvs_free(&given);
		finish(&f);
	}
	nothing_left();
}

/* The kernel of the arm that opens by default, copied alone, with those of its modules that are under sub; the copy's path. */
static char *copy_kernel(const char *name, const char *sub)
{
	struct fixture f = { 0 };
	must_open(&f, NULL, NULL);
	const char *file = kvs_get(&f.facts.facts, "guest.kernel_file"), *release = kvs_get(&f.facts.facts, "guest.kernel");
	const char *slash = strrchr(file, '/');
	cleanup_free char *from = xasprintf("%.*s/../lib/modules/%s/kernel/%s", (int)(slash - file), file, release, sub ? sub : "drivers/virtio");
	cleanup_free char *own = xasprintf("/lib/modules/%s", release), *dir = xasprintf("%s/files/%s/boot", work, name);
	if (!fs_exists(from) || (!sub && fs_exists(own))) {
		print_message("skipped: %s has no modules beside it that could be kept from it\n", file);
		finish(&f);
		skip();
	}
	char *copy = xasprintf("%s/vmlinuz", dir);
	assert_int_equal(fs_mkdirs(dir, 0755), 0);
	assert_int_equal(fs_copy(file, copy, 0644), 0);
	if (sub) {
		cleanup_free char *to = xasprintf("%s/files/%s/lib/modules/%s", work, name, release);
		assert_int_equal(fs_mkdirs(to, 0755), 0);
		char *const argv[] = { (char *)"cp", (char *)"-r", from, to, NULL };
		if (proc_check(argv, NULL, &f.err) < 0)
			fail_msg("%s", f.err.msg);
	}
	finish(&f);
	return copy;
}

static void test_module_missing(void **state)
{
	(void)state;
	cleanup_free char *kernel = copy_kernel("some", "drivers/virtio");
	const char *saved = ctx.guest_kernel;
	struct fixture f = { 0 };
	struct kvs none = { 0 };
	ctx.guest_kernel = kernel;
	int r = open_arm(&f, &none);
	ctx.guest_kernel = saved;
	assert_int_equal(r, -ENOENT);
	print_message("as it should: %s\n", f.err.msg);
	assert_non_null(strstr(f.err.msg, kernel));
	assert_non_null(strstr(f.err.msg, "has no driver virtio_console"));
	finish(&f);
	nothing_left();
}

/* Nobody on the host can tell what is built in: the guest does. */
static void test_all_modules_missing(void **state)
{
	(void)state;
	cleanup_free char *kernel = copy_kernel("none", NULL);
	const char *saved = ctx.guest_kernel;
	struct fixture f = { 0 };
	ctx.guest_kernel = kernel;
	must_open(&f, NULL, NULL);
	ctx.guest_kernel = saved;
	int64_t begin = clk_now();
	assert_int_equal(start_for(&f, false, 60), -EPIPE);
	assert_true(clk_now() - begin < 100 * CLK_S);
	print_message("as it should: %s\n", f.err.msg);
	assert_non_null(strstr(f.err.msg, "its init says: isoinit: the guest kernel has no driver virtio_mmio or virtio_pci"));
	finish(&f);
	nothing_left();
}

static void test_killed_booting(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, NULL, NULL);
	pid_t killer = strike(true, SIGKILL, 1000);
	int64_t begin = clk_now();
	int r = start_for(&f, false, 60), status;
	assert_int_equal(waitpid(killer, &status, 0), killer);
	assert_int_equal(status, 0);
	print_message("as it should: %s\n", f.err.msg);
	assert_true(r == -EPIPE || r == -EIO);          /* -EIO: libvirt was not yet done with it */
	assert_true(r == -EIO || strstr(f.err.msg, "QEMU died while the guest ran"));
	assert_true(clk_now() - begin < 100 * CLK_S);
	finish(&f);
	nothing_left();
}

static void test_killed_running(void **state)
{
	(void)state;
	struct fixture f = { 0 };
	must_open(&f, NULL, NULL);
	must_start(&f, false);
	pid_t killer = strike(false, SIGKILL, 300);
	char *const sleeper[] = { (char *)"sleep", (char *)"1000", NULL };
	int status;
	assert_int_equal(exec_for(&f, 60, &status, sleeper), -EPIPE);
	assert_int_equal(waitpid(killer, &status, 0), killer);
	assert_int_equal(status, 0);
	print_message("as it should: %s\n", f.err.msg);
	assert_non_null(strstr(f.err.msg, "QEMU died while the guest ran"));
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

int main(void)
{
	sig_catch();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_panic),          cmocka_unit_test(test_hang),        cmocka_unit_test(test_stuck_qemu),
		cmocka_unit_test(test_rubbish_kernel), cmocka_unit_test(test_little_memory), cmocka_unit_test(test_guest_dies),
		cmocka_unit_test(test_impossible_cpu), cmocka_unit_test(test_killed_booting), cmocka_unit_test(test_killed_running),
		cmocka_unit_test(test_module_missing), cmocka_unit_test(test_all_modules_missing),
	};
	return cmocka_run_group_tests_name("vm failures", tests, make_session, end_session);
}

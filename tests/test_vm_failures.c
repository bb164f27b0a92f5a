/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_vm_failures.c - real guests that fail, in every way that can be made: one clear message each, and nothing left. */
#include "vm_arm.h"

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

int main(void)
{
	sig_catch();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_panic),          cmocka_unit_test(test_hang),        cmocka_unit_test(test_stuck_qemu),
		cmocka_unit_test(test_rubbish_kernel), cmocka_unit_test(test_tiny_memory), cmocka_unit_test(test_guest_dies),
	};
	return cmocka_run_group_tests_name("vm failures", tests, make_session, end_session);
}

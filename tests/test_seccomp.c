/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filter: nothing in it that Docker's default profile refuses, and what it does when it is loaded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "env/seccomp.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_no_wider_than_docker(void **state)
{
	(void)state;
	cleanup_free char *text = NULL;
	assert_int_equal(fs_read("tests/data/docker-syscalls.txt", &text, NULL), 0);
	struct strv docker = { 0 }, words = { 0 };
	strv_split(&words, text, "\n");
	for (size_t i = 0; i < words.n; i++)
		if (*words.v[i] != '#')
			strv_split(&docker, words.v[i], " ");
	assert_true(docker.n > 250);
	for (size_t i = 0; i < seccomp_allowed_n; i++) {
		cleanup_free char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, seccomp_allowed[i]);
		assert_non_null(name);
		if (!strv_has(&docker, name))
			fail_msg("%s is allowed here and not in Docker's profile", name);
	}
	strv_free(&docker);
	strv_free(&words);
}

/* The errno of a system call under the filter, in a process of its own. */
static int under_filter(bool log_only, long nr, long a, long b)
{
	struct seccomp_filter f = { 0 };
	assert_int_equal(seccomp_filter_build(log_only, &f, NULL), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &f.program) < 0)
			_exit(255);
		_exit(syscall(nr, a, b, 0, 0, 0) < 0 ? errno : 0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	seccomp_filter_free(&f);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_refuses(void **state)
{
	(void)state;
	static const long refused[] = {
		SYS_mount, SYS_umount2, SYS_pivot_root, SYS_unshare, SYS_setns, SYS_ptrace, SYS_bpf, SYS_keyctl, SYS_add_key,
		SYS_perf_event_open, SYS_userfaultfd, SYS_init_module, SYS_kexec_load, SYS_reboot, SYS_chroot, SYS_open_by_handle_at,
		SYS_process_vm_readv, SYS_settimeofday, SYS_swapon, SYS_acct, SYS_quotactl, SYS_iopl, SYS_io_uring_setup, SYS_move_mount,
	};
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		assert_int_equal(under_filter(false, refused[i], 0, 0), EPERM);
}

static void test_allows(void **state)
{
	(void)state;
	assert_int_equal(under_filter(false, SYS_getppid, 0, 0), 0);
	assert_int_equal(under_filter(false, SYS_socket, AF_UNIX, SOCK_STREAM), 0);
	assert_int_equal(under_filter(false, SYS_socket, AF_INET, SOCK_STREAM), 0);
	assert_int_equal(under_filter(false, SYS_personality, 0xffffffff, 0), 0);
}

static void test_allows_in_part(void **state)
{
	(void)state;
	assert_int_equal(under_filter(false, SYS_socket, AF_VSOCK, SOCK_STREAM), EPERM);
	assert_int_equal(under_filter(false, SYS_socket, AF_ALG, SOCK_SEQPACKET), EPERM);
	assert_int_equal(under_filter(false, SYS_personality, 0x0040000, 0), EPERM);
	/* Any namespace, as in Docker's mask. */
	static const long namespaces[] = { CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET };
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(*namespaces); i++)
		assert_int_equal(under_filter(false, SYS_clone, namespaces[i] | SIGCHLD, 0), EPERM);
	assert_int_equal(under_filter(false, SYS_clone3, 0, 0), ENOSYS);
}

static void test_log_only_lets_pass(void **state)
{
	(void)state;
	/* Not the filter's answer, but the kernel's own to a bad key command. */
	assert_int_equal(under_filter(true, SYS_keyctl, 9999, 0), EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_wider_than_docker), cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_allows),               cmocka_unit_test(test_allows_in_part),
		cmocka_unit_test(test_log_only_lets_pass),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

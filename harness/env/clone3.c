/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clone3.c - clone3(2) with shared memory. The C library has no wrapper for it, and vfork(2) takes no flags. */
#include "env/clone3.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's struct clone_args, up to what 5.7 knows; <linux/sched.h> and <sched.h> don't get along everywhere. */
struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};
#define CLONE3_CLEAR_SIGHAND 0x100000000ULL
#define CLONE3_INTO_CGROUP 0x200000000ULL

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#if defined(__has_feature)
#if !__has_feature(address_sanitizer)
#define SHARES_MEMORY 1
#endif
#else
#define SHARES_MEMORY 1
#endif
#endif

#ifdef SHARES_MEMORY
/* The parent waits, but it keeps its frames: the child gets a piece of the same stack below them. */
#define STACK 32768

static long run(struct clone3_args *a, void (*fn)(void *), void *arg)
{
	_Alignas(16) char stack[STACK];
	a->flags |= CLONE_VM | CLONE_VFORK;
	a->stack = (uint64_t)(uintptr_t)stack;
	a->stack_size = sizeof(stack);
	long ret;
	register void (*start)(void *) __asm__("r8") = fn;
	register void *with __asm__("r9") = arg;
	/* The child comes back from the system call on its own stack, where there is nothing to return to. */
	__asm__ volatile("syscall\n\t"
	                 "testq %%rax, %%rax\n\t"
	                 "jnz 1f\n\t"
	                 "xorl %%ebp, %%ebp\n\t"
	                 "movq %%r9, %%rdi\n\t"
	                 "callq *%%r8\n\t"
	                 "hlt\n"
	                 "1:"
	                 : "=a"(ret)
	                 : "0"((long)SYS_clone3), "D"(a), "S"(sizeof(*a)), "r"(start), "r"(with)
	                 : "rcx", "r11", "memory");
	return ret;
}
#else
static long run(struct clone3_args *a, void (*fn)(void *), void *arg)
{
	long ret = syscall(SYS_clone3, a, sizeof(*a));
	if (ret < 0)
		return -errno;
	if (ret == 0) {
		fn(arg);
		_exit(125);
	}
	return ret;
}
#endif

long clone3_run(uint64_t flags, int cgroup_dir, int *ret_pidfd, void (*fn)(void *), void *arg)
{
	int pidfd = -1;
	struct clone3_args args = {
		.flags = flags | CLONE_PIDFD | CLONE3_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	if (cgroup_dir >= 0) {
		args.flags |= CLONE3_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup_dir;
	}
	long pid = run(&args, fn, arg);
	if (pid > 0)
		*ret_pidfd = pidfd;
	return pid;
}

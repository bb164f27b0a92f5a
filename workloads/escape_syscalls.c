/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape_syscalls.c - attempts to reach parts of the kernel that a workload has no need of, and ways around the filter. */
#include "escape_try.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf_map(const struct escape_facts *f)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
	(void)f;
	return escape_call(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int add_key(const struct escape_facts *f)
{
	(void)f;
	return escape_call(syscall(SYS_add_key, "user", "isocost-escape", "x", 1UL, KEY_SPEC_PROCESS_KEYRING));
}

static int request_key(const struct escape_facts *f)
{
	(void)f;
	int r = escape_call(syscall(SYS_request_key, "user", "isocost-no-such-key", NULL, 0));
	return r == -ENOKEY ? escape_got("the keyrings were searched") : r;
}

static int session_keyring(const struct escape_facts *f)
{
	(void)f;
	return escape_call(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_SESSION_KEYRING, 1));
}

/* Of all processes on one CPU. */
static int perf(const struct escape_facts *f)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_CPU_CLOCK };
	(void)f;
	return escape_call(syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC));
}

static int uffd(const struct escape_facts *f)
{
	(void)f;
	return escape_call(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
}

static int uring(const struct escape_facts *f)
{
	struct io_uring_params p = { 0 };
	(void)f;
	int r = escape_call(syscall(SYS_io_uring_setup, 1, &p));
	return r == -ENOSYS ? escape_na("this kernel has no io_uring") : r;
}

static int fanotify(const struct escape_facts *f)
{
	(void)f;
	int r = escape_call(fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY));
	return r == -ENOSYS ? escape_na("this kernel has no fanotify") : r;
}

static int no_randomization(const struct escape_facts *f)
{
	(void)f;
	return escape_call(personality(ADDR_NO_RANDOMIZE));
}

#ifdef __x86_64__

static int read_ldt(const struct escape_facts *f)
{
	char buf[8];
	(void)f;
	int r = escape_call(syscall(SYS_modify_ldt, 0, buf, sizeof(buf)));
	return r == -ENOSYS ? escape_na("this kernel has no modify_ldt") : r;
}

static int io_ports(const struct escape_facts *f)
{
	(void)f;
	return escape_call(syscall(SYS_ioperm, 0x80UL, 1UL, 1));
}

static int io_level(const struct escape_facts *f)
{
	(void)f;
	return escape_call(syscall(SYS_iopl, 3));
}

static void no_32_bit(int sig)
{
	(void)sig;
	_exit(escape_na("this kernel runs no 32-bit system calls"));
}

/* getpid by the numbers and the gate of i386. */
static int int80(const struct escape_facts *f)
{
	long r = 20;
	(void)f;
	signal(SIGSEGV, no_32_bit);
	__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
	return r == getpid() ? escape_got("getpid was answered") : r == -ENOSYS ? escape_na("this kernel has no i386 calls") : (int)r;
}

static int x32(const struct escape_facts *f)
{
	(void)f;
	int r = escape_call(syscall(0x40000000L | SYS_getpid));
	return r == -ENOSYS ? escape_na("this kernel has no x32 calls") : r;
}

#endif

const struct escape escape_syscalls[] = {
	{ "bpf", "make a BPF map", "filter, capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_BPF, .run = bpf_map },
	{ "add-key", "keep a key in the kernel", "filter", ESCAPE_KERNEL, { EPERM }, .run = add_key },
	{ "request-key", "search the keyrings", "filter", ESCAPE_KERNEL, { EPERM }, .run = request_key },
	{ "keyctl", "reach the user's session keyring", "filter", ESCAPE_KERNEL, { EPERM }, .run = session_keyring },
	{ "perf", "watch all processes of a CPU with perf events", "filter, capability", ESCAPE_KERNEL, { EPERM, EACCES },
	  .cap = CAP_PERFMON, .run = perf },
	{ "userfaultfd", "handle page faults itself", "filter", ESCAPE_KERNEL, { EPERM }, .run = uffd },
	{ "io-uring", "make system calls past the filter with io_uring", "filter", ESCAPE_KERNEL, { EPERM }, .run = uring },
	{ "fanotify", "decide on the file accesses of others", "filter, capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_SYS_ADMIN,
	  .run = fanotify },
	{ "personality", "switch off address randomization", "filter", ESCAPE_KERNEL, { EPERM }, .run = no_randomization },
#ifdef __x86_64__
	{ "modify-ldt", "reach the local descriptor table", "filter", ESCAPE_KERNEL, { EPERM }, .run = read_ldt },
	{ "ioperm", "reach an I/O port", "filter, capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_SYS_RAWIO, .run = io_ports },
	{ "iopl", "reach all I/O ports", "filter, capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_SYS_RAWIO, .run = io_level },
	{ "int80", "pass the filter by i386 system calls", "filter", ESCAPE_KERNEL, { -SIGSYS }, .run = int80 },
	{ "x32", "pass the filter by x32 system calls", "filter", ESCAPE_KERNEL, { -SIGSYS }, .run = x32 },
#endif
	{ 0 },
};

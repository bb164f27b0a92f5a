/* SPDX-License-Identifier: GPL-3.0-or-later */
/* syscall.c - the cheapest real system call: getppid, by syscall(2) so that no library can answer for the kernel. */
#include "load.h"

#include <sys/syscall.h>
#include <unistd.h>

enum { CHECKED = 1000 };

static int getppid_n(void *arg, uint64_t n)
{
	const long *parent = arg;
	long differ = 0;
	for (uint64_t i = 0; i < n; i++)
		differ |= syscall(SYS_getppid) ^ *parent;
	return differ ? -EIO : 0;
}

static int run(struct load *l)
{
	long parent = getppid();
	uint32_t right = 0;
	for (int i = 0; i < CHECKED; i++)
		right += syscall(SYS_getppid) == parent;
	if (right != CHECKED)
		return load_failf(l, EIO, "getppid gave %d different answers in %d calls", CHECKED - (int)right, CHECKED);
	load_digest(l, &right, sizeof(right));
	int r = load_loop(l, "time", getppid_n, &parent, 1);
	return r == -EIO ? load_failf(l, EIO, "getppid changed its answer: was the parent killed?") : r;
}

const struct workload workload_syscall = {
	.name = "syscall",
	.resource = "kernel",
	.what = "getppid system calls",
	.teaches = "The price of entering the kernel: a guest enters its own kernel and pays nothing more under hardware "
	           "virtualization; a container pays for its seccomp filter on every call.",
	.metrics = { { "time", "s", BETTER_LOWER, "one getppid system call" } },
	.params = { LOAD_LOOP_PARAMS },
	.run = run,
};

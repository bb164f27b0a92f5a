/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clone3.h - a child as cheap as the kernel makes one: it shares the memory of its parent, which waits until the child execs. */
#ifndef ISOCOST_CLONE3_H
#define ISOCOST_CLONE3_H

#include <stdint.h>

/* clone3(2) with CLONE_VM and CLONE_VFORK: no page table is copied, however large the harness has grown. fn(arg) runs in the child
 * and must end in execve or _exit; until then the calling thread stands still, its other threads don't. The child has all signals
 * at their default. fn only makes system calls: it runs in its parent's memory.
 *
 * flags: CLONE_NEW… and more; cgroup_dir: a v2 directory to be born in, or -1. Returns the pid, or -errno; *ret_pidfd is
 * close-on-exec and the caller's. Where there is no code for the architecture, or under AddressSanitizer, which can't follow a
 * change of stacks, the child gets a copy of the memory in place of the memory, as from fork(2). */
long clone3_run(uint64_t flags, int cgroup_dir, int *ret_pidfd, void (*fn)(void *), void *arg);

#endif

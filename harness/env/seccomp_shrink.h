/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seccomp_shrink.h - the same filter in fewer instructions: loading one costs by its length, at each launch. */
#ifndef ISOCOST_SECCOMP_SHRINK_H
#define ISOCOST_SECCOMP_SHRINK_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

/* Make a program that gives the same answer as `in` to every system call: a binary search over ranges of neighbouring numbers
 * that are treated alike, in place of one comparison a number. It is found by following `in` for each number, not by knowing what
 * it should say. arch: the AUDIT_ARCH_… that numbers are meant for. false: `in` does something with a number that can't be
 * followed; *ret is then untouched. ret->filter is the caller's to free. */
bool seccomp_shrink(const struct sock_fprog *in, uint32_t arch, struct sock_fprog *ret);

#endif

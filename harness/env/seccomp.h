/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seccomp.h - the container's system-call filter: an allow-list, compiled once and loaded at each launch. */
#ifndef ISOCOST_SECCOMP_H
#define ISOCOST_SECCOMP_H

#include "base/err.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

/* A compiled filter, ready for seccomp(SECCOMP_SET_MODE_FILTER). */
struct seccomp_filter {
	struct sock_fprog program;
	char *text;                     /* the filter as libseccomp's pseudo code, for the record */
};

/* What libseccomp makes of the rules, and its pseudo code; the filter and *ret_text are the caller's to free. */
int seccomp_filter_compile(bool log_only, struct sock_fprog *ret, char **ret_text, struct err *err);

/* The same, in as few instructions as it takes (seccomp_shrink.h). What is not allowed gives EPERM; with log_only it is allowed and logged by the kernel. The caller's seccomp_filter_free. */
int seccomp_filter_build(bool log_only, struct seccomp_filter *ret, struct err *err);
void seccomp_filter_free(struct seccomp_filter *f);

/* System calls that are allowed whatever their arguments; clone, personality and socket are allowed in part. */
extern const int seccomp_allowed[];
extern const size_t seccomp_allowed_n;

#endif

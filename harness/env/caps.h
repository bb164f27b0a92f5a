/* SPDX-License-Identifier: GPL-3.0-or-later */
/* caps.h - the capabilities that a contained process keeps: worked out before the launch, set by its child with bare
 * system calls. */
#ifndef ISOCOST_CAPS_H
#define ISOCOST_CAPS_H

#include "base/err.h"
#include "base/str.h"

#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>

struct caps {
	uint64_t keep;                  /* bit n: capability n */
	int last;                       /* the last capability that this kernel knows */
};

/* "none", or "docker" for what Docker gives by default. */
int caps_named(const char *name, struct caps *ret, struct err *err);
/* "chown, kill …" or "none". Owner frees. */
char *caps_text(const struct caps *c);
/* Drop the rest from every set (bounding, permitted, effective, inheritable, ambient). System calls only: for the child
 * between clone and exec. 0 or -errno. */
int caps_apply(const struct caps *c);
/* Whether this process has the capability in effect. */
bool caps_have(int cap);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* approot.h - the applications' root file system: Debian's own packages with a server in them, made by scripts/app-root in the cache.
 *
 * An arm shows it, read-only, to workloads that need it, and says where by ISOCOST_ROOT: the host as the directory that it is, a
 * container as a mount of that directory, a guest as a disk with the same files. */
#ifndef ISOCOST_APPROOT_H
#define ISOCOST_APPROOT_H

#include "base/err.h"
#include "base/str.h"
#include "registry.h"

#define APPROOT_VARIABLE "ISOCOST_ROOT"

struct approot {
	char *dir;                      /* absolute: the tree */
	char *disk;                     /* absolute: an ext4 image of it, for a guest */
	char *packages;                 /* what it was made of: "libc6=2.36-9 redis-server=5:7.0.15-1 …" */
};

/* The one in this cache; zeroed where none was made. The caller's approot_free. */
void approot_find(const char *cache, struct approot *ret);
void approot_free(struct approot *r);

/* For suits(): 0, or -ENOTSUP and what to do when the workload needs one and there is none. */
int approot_suits(const struct approot *r, const struct workload *w, struct err *err);
/* For start(): the same for a launch that wants it. */
int approot_need(const struct approot *r, bool wanted, struct err *err);

/* For an arm that can't show one: 0 when the workload needs none, or else -ENOTSUP with the reason. */
int approot_unfit(const struct workload *w, const char *why, struct err *err);

#endif

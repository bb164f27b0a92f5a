/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rootfs.h - the container's root: a small tree that is made once an arm, and the mounts that each launch makes on it. */
#ifndef ISOCOST_ROOTFS_H
#define ISOCOST_ROOTFS_H

#include "base/err.h"
#include "env/ns.h"

#define ROOTFS_PATH "/bin"              /* PATH inside; everything is there */
#define ROOTFS_SCRATCH "/scratch"

struct rootfs_plan {
	struct mount_op *v;
	size_t n;
};

/* Make the tree at root: isoload, busybox and its links in /bin, mount points, a minimal /etc. -ENOTSUP when there is no
 * static busybox here, -ENOENT when load_dir has no isoload. */
int rootfs_make(const char *root, const char *load_dir, const char *hostname, struct err *err);

/* A static busybox of the host, or NULL and why. Owner frees. */
char *rootfs_busybox(struct err *err);

/* Plan the mounts. scratch: host directory for /scratch, or NULL. memory_dir: cgroup directory to show read-only, or NULL.
 * terminal: with ptys. The caller's rootfs_plan_free. */
struct rootfs_request {
	const char *root, *scratch, *memory_dir;
	bool memory_v2, terminal;
};
void rootfs_plan(const struct rootfs_request *q, struct rootfs_plan *ret);
void rootfs_plan_free(struct rootfs_plan *p);
/* A line a mount. Owner frees. */
char *rootfs_plan_text(const struct rootfs_plan *p);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rootfs.h - the root tree that containers and sandboxes get: isoload, a static busybox, mount points, a minimal /etc. */
#ifndef ISOCOST_ROOTFS_H
#define ISOCOST_ROOTFS_H

#include "base/err.h"

#define ROOTFS_PATH "/bin"              /* PATH inside; everything is there */
#define ROOTFS_SCRATCH "/scratch"
#define ROOTFS_APP "/app"               /* the applications' root, for workloads that need it */
#define ROOTFS_HOSTNAME "isocost"

/* Make the tree at root: isoload, busybox and its links in /bin, mount points, a minimal /etc. -ENOTSUP when there is no
 * static busybox here, -ENOENT when load_dir has no isoload. */
int rootfs_make(const char *root, const char *load_dir, const char *hostname, struct err *err);

/* A static busybox of the host, or NULL and why. Owner frees. */
char *rootfs_busybox(struct err *err);

/* The only device nodes, by their names in /dev; ends at NULL. The tree has empty files to mount them on. */
extern const char *const rootfs_devices[];

#endif

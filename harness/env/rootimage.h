/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rootimage.h - a root file system in the form that an arm wants: made and mounted once an arm, taken by each launch as it is. */
#ifndef ISOCOST_ROOTIMAGE_H
#define ISOCOST_ROOTIMAGE_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum root_kind {
	ROOT_BIND,                      /* a directory of the host's disk */
	ROOT_OVERLAY,                   /* layers of it, stacked anew by each launch */
	ROOT_TMPFS,                     /* the same tree in memory */
	ROOT_SQUASHFS, ROOT_EROFS,      /* a compressed image over a loop device */
	ROOT_HOST,                      /* none: the harness's own root */
};

/* What a launch may write on top of a read-only root, in memory, when it may. */
#define ROOTIMAGE_UPPER_SIZE "64m"

struct rootimage {
	enum root_kind kind;
	bool writable;                  /* each launch has a layer in memory on top, gone with it */
	char *work;                     /* directory that the names below are in */
	char *point;                    /* absolute: the empty directory that launches mount their root on */
	char *tree;                     /* absolute: where the tree can be seen; of an overlay, its lowest layer */
	char *lower;                    /* of an overlay: "lowerdir=…", relative to work */
	char *upper;                    /* absolute: directory for a writable layer; NULL */
	uint64_t bytes;                 /* that it takes on the disk or in memory, once for all launches */
	bool mounted;                   /* tree is a mount of ours */
	int root_tree, dev_tree;        /* detached trees to clone: the root with its device nodes; /dev alone. -1: none */
};

/* Make it below work, under the arm's file name. layers: how many lower directories an overlay has. -ENOTSUP: it can't be had here,
 * err says why (no loop device, no mksquashfs, no right to mount). minimal_dev: prepare the six device nodes with it. All or nothing;
 * undone by rootimage_remove. Mounts are made in the mount namespace of the caller, which the harness has for itself. */
int rootimage_make(const char *work, const char *name, const char *load_dir, const char *hostname, enum root_kind kind,
                   unsigned layers, bool writable, bool minimal_dev, struct rootimage *ret, struct err *err);
void rootimage_remove(struct rootimage *image);         /* failures are logged; a zeroed one is a no-op */

/* Whether a launch stacks an overlay. */
bool rootimage_is_stacked(const struct rootimage *image);

/* Parts of it, in files of their own. */
int roottree_make(const char *dir, const char *dev, uint64_t attr, int *ret_fd);        /* roottree.c */
int loopimage_mount(const char *file, const char *type, const char *point, struct err *err);   /* loopimage.c */

#endif

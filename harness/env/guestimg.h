/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestimg.h - the guest's files: an initramfs without a distribution in it, and the disk for the scratch directory. */
#ifndef ISOCOST_GUESTIMG_H
#define ISOCOST_GUESTIMG_H

#include "base/err.h"
#include "env/guestkernel.h"

#include <stdbool.h>
#include <stdint.h>

struct guest_image {
	const char *isoinit;            /* becomes /init */
	const char *isoload;            /* becomes /bin/isoload, byte for byte; NULL: left out */
	const char *busybox;            /* static; becomes /bin/busybox, its applets links to it; NULL: left out */
	const struct strv *modules;     /* paths, in load order */
	bool scratch, root;             /* has a disk to mount there */
};

/* Write the initramfs (cpio newc, uncompressed: unpacking would be guest time) to path. The same input gives the same bytes. */
int guest_initramfs(const struct guest_image *g, const char *path, struct err *err);

/* Find a busybox that is statically linked. -ENOENT says which package has it. */
int guest_busybox(char **ret, struct err *err);

/* Make a disk image of size bytes at path with an ext4 on it; sparse: what mkfs did not write is a hole. content: a directory whose
 * files it holds, or NULL: it is empty. */
int guest_disk(const char *path, uint64_t size, const char *content, struct err *err);

/* Add to err, when the file system of dir is full, that it is and what to do. */
void guest_say_full(const char *dir, struct err *err);

#endif

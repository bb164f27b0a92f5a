/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestkernel.h - the guest's kernel: where it comes from, and its form that boots fastest. */
#ifndef ISOCOST_GUESTKERNEL_H
#define ISOCOST_GUESTKERNEL_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How to mend it, in errors. */
#define GUEST_KERNEL_OTHER "name another kernel with --guest-kernel FILE or ISOCOST_GUEST_KERNEL"

struct guest_kernel {
	char *source;           /* the file that was found or named */
	char *origin;           /* "named", "this host's", "Debian's linux-image-…", "own configuration of linux-source-…" */
	char *boot;             /* what QEMU loads: an uncompressed vmlinux where it can be entered by PVH, else the bzImage */
	bool pvh;
	bool bzimage;           /* source is one */
	char *release;          /* as uname -r says in the guest; "" when the file does not tell */
	char *modules;          /* directory of its modules (…/lib/modules/RELEASE), or NULL: none found */
	char hash[17];          /* of the file's bytes: names what is kept of it */
};
void guest_kernel_free(struct guest_kernel *k);

/* Use the kernel named (bzImage or vmlinux, also compressed), or else this host's, or else Debian's cloud kernel, which is
 * downloaded and unpacked under cache, not installed. -ENOTSUP, -EINVAL, -EIO with what to do. */
int guest_kernel_find(const char *named, const char *cache, struct guest_kernel *ret, struct err *err);

/* Use the kernel that `make guest-kernel` left under cache. -ENOTSUP: it was not built. */
int guest_kernel_tiny(const char *cache, struct guest_kernel *ret, struct err *err);

/* Look into a kernel's file and set all of *k but origin; what is unpacked of it goes under cache. -EINVAL, -ENOTSUP: no kernel for a
 * guest. */
int guest_kernel_file(const char *file, const char *cache, struct guest_kernel *k, struct err *err);

/* The kernel inside a bzImage, decompressed into ret (owner: str_free). -EINVAL when img is not a bzImage with a payload
 * that can be unpacked. */
int guest_kernel_payload(const void *img, size_t len, struct str *ret, struct err *err);

/* Whether the ELF file is an x86-64 kernel with the note by which it is entered as PVH. */
bool guest_kernel_is_pvh(const void *elf, size_t len);

/* Where the image ends in the guest's memory once it is loaded, in bytes from 0: the least memory that the guest must have, and more.
 * boot: as guest_kernel.boot or a bzImage. */
int guest_kernel_top(const char *boot, uint64_t *ret, struct err *err);

/* Decompress (gzip, xz, zstd, lz4, …; found out by content) data into ret. -EINVAL when it is not whole. */
int guest_unpack(const void *data, size_t len, struct str *ret, struct err *err);

/* The modules wanted and what they depend on, as paths, in the order to load them. A name that begins with '?' is
 * optional; one that is built in is left out. Without a modules directory all must be built in, and the list is empty.
 * -ENOENT names one that is neither there nor built in. */
int guest_modules(const struct guest_kernel *k, const char *const *wanted, struct strv *ret, struct err *err);

/* A name of 16 hex digits for what is kept in the cache of these bytes (FNV-1a): not a proof that they are the same. */
void guest_hash(const void *data, size_t len, char ret[17]);

#endif

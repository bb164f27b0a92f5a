/* SPDX-License-Identifier: GPL-3.0-or-later */
/* virtroot.h - the root directory of libvirt's embedded QEMU driver. */
#ifndef ISOCOST_VIRTROOT_H
#define ISOCOST_VIRTROOT_H

#include "base/err.h"

/* Make the root directory with its qemu.conf, and with what an earlier run learned of QEMU. */
int virtroot_make(const char *root, const char *cache, struct err *err);
/* Without root, libvirt also makes directories below the user's home, which may not exist and is not ours to fill: point
 * the XDG variables into root while libvirt opens its driver (it reads them once), then put them back. */
struct virtroot_xdg {
	char *saved[4];
};
void virtroot_xdg_enter(struct virtroot_xdg *x, const char *root);
void virtroot_xdg_leave(struct virtroot_xdg *x);

/* Keep for the next run what libvirt has learned of QEMU. Failures are logged: they cost seconds, not results. */
void virtroot_keep(const char *root, const char *cache);

#endif

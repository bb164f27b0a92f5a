/* SPDX-License-Identifier: GPL-3.0-or-later */
/* virtroot.h - the root directory of libvirt's embedded QEMU driver. */
#ifndef ISOCOST_VIRTROOT_H
#define ISOCOST_VIRTROOT_H

#include "base/err.h"

/* Make the root directory with its qemu.conf, and with what an earlier run learned of QEMU. */
int virtroot_make(const char *root, const char *cache, struct err *err);
/* Without root, libvirt also makes and reads directories below the user's home, which may not exist or be another's and
 * is not ours to fill: point this process's XDG variables into root, for good, since libvirt looks at them time and again. */
void virtroot_homeless(const char *root);

/* Keep for the next run what libvirt has learned of QEMU. Failures are logged: they cost seconds, not results. */
void virtroot_keep(const char *root, const char *cache);

#endif

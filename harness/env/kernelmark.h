/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernelmark.h - make a kernel say when it is entered: a few instructions in front of its PVH entry. Pure.
 *
 * They write one byte to an I/O port and jump to the kernel's own entry. They lie in bytes of a loaded segment that the kernel does
 * not use, behind its last one, and the note that names the PVH entry is made to name them. Nothing else is changed. */
#ifndef ISOCOST_KERNELMARK_H
#define ISOCOST_KERNELMARK_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* elf: an x86-64 vmlinux of len bytes, changed in place. -ENOENT with nothing changed: it has no PVH note, or no room behind a
 * segment. */
int kernelmark_entry(void *elf, size_t len, uint8_t port, char mark, struct err *err);

#endif

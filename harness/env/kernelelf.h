/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernelelf.h - what is looked for in a kernel's ELF file: its header, and the note that names its PVH entry. Pure. */
#ifndef ISOCOST_KERNELELF_H
#define ISOCOST_KERNELELF_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>

/* The header, when it is an x86-64 ELF file whose program headers have the size that they have here. */
bool kernelelf_header(const void *elf, size_t len, Elf64_Ehdr *ret);

/* Where in a PT_NOTE segment of len bytes the address of the PVH entry is, 4 or 8 bytes long. false: the segment has no such note. */
bool kernelelf_pvh_note(const void *segment, size_t len, size_t *ret_at);

#endif

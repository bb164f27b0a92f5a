/* SPDX-License-Identifier: GPL-3.0-or-later */
/* microelf.h - a whole guest in one ELF file: no operating system, a handful of instructions.
 *
 * It is entered by PVH, as an uncompressed Linux kernel is: 32-bit protected mode, no paging, no stack. It writes GUEST_MARK_INIT to
 * GUEST_MARK_PORT and halts for good. Assembled with the harness, which writes it out as a file for QEMU and never runs it. */
#ifndef ISOCOST_MICROELF_H
#define ISOCOST_MICROELF_H

extern const char microelf_start[], microelf_end[];

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* microelf.c - the ELF file of the guest without an operating system, byte by byte. */
#include "env/microelf.h"

#include "guestproto.h"

#define TEXT(x) #x
#define NUMBER(x) TEXT(x)
#define LOAD_AT "0x100000"              /* where x86 kernels are loaded: the first memory that no firmware uses */
#define PVH_NOTE "18"                   /* XEN_ELFNOTE_PHYS32_ENTRY: the note that makes it bootable by PVH */
/* The first sector's worth: QEMU looks for the header of a bzImage at 0x1f1 of whatever it is given. */
#define FILE_SIZE "1024"

__asm__(".pushsection .rodata\n"
        ".globl microelf_start, microelf_end\n"
        "	.balign 8\n"
        "microelf_start:\n"
        "	.byte 0x7f, 'E', 'L', 'F', 2, 1, 1, 0\n"                /* 64 bits, little-endian, version 1 */
        "	.quad 0\n"
        "	.short 2, 62\n"                                         /* ET_EXEC, EM_X86_64 */
        "	.long 1\n"
        "	.quad " LOAD_AT " + (micro_entry - microelf_start)\n"   /* e_entry */
        "	.quad micro_headers - microelf_start, 0\n"              /* e_phoff, e_shoff */
        "	.long 0\n"
        "	.short 64, 56, 2, 64, 0, 0\n"                           /* sizes and numbers of headers */
        "micro_headers:\n"
        "	.long 1, 7\n"                                           /* PT_LOAD of the whole file, read, write and execute */
        "	.quad 0, " LOAD_AT ", " LOAD_AT ", " FILE_SIZE ", " FILE_SIZE ", 4096\n"
        "	.long 4, 4\n"                                           /* PT_NOTE */
        "	.quad micro_note - microelf_start\n"
        "	.quad " LOAD_AT " + (micro_note - microelf_start), " LOAD_AT " + (micro_note - microelf_start)\n"
        "	.quad micro_entry - micro_note, micro_entry - micro_note, 4\n"
        "micro_note:\n"
        "	.long 4, 8, " PVH_NOTE "\n"
        "	.asciz \"Xen\"\n"
        "	.quad " LOAD_AT " + (micro_entry - microelf_start)\n"
        "	.code32\n"
        "micro_entry:\n"
        "	movb $" NUMBER(GUEST_MARK_INIT) ", %al\n"
        "	outb %al, $" NUMBER(GUEST_MARK_PORT) "\n"
        "	cli\n"
        "1:	hlt\n"
        "	jmp 1b\n"
        "	.code64\n"
        "	.fill " FILE_SIZE " - (. - microelf_start), 1, 0\n"
        "microelf_end:\n"
        "	.popsection\n");

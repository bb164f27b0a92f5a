/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernelelf.c - a kernel's ELF file: its header, and the note that names its PVH entry. */
#include "env/kernelelf.h"

#include <string.h>

#define PVH_NOTE 18                     /* XEN_ELFNOTE_PHYS32_ENTRY */

bool kernelelf_header(const void *elf, size_t len, Elf64_Ehdr *ret)
{
	if (len < sizeof(*ret) || memcmp(elf, ELFMAG, SELFMAG) != 0)
		return false;
	memcpy(ret, elf, sizeof(*ret));
	return ret->e_ident[EI_CLASS] == ELFCLASS64 && ret->e_machine == EM_X86_64 && ret->e_phentsize == sizeof(Elf64_Phdr) && ret->e_phoff <= len;
}

static size_t padded(Elf64_Word size)
{
	return ((size_t)size + 3) & ~(size_t)3;
}

bool kernelelf_pvh_note(const void *segment, size_t len, size_t *ret_at)
{
	const unsigned char *p = segment;
	Elf64_Nhdr n;
	for (size_t at = 0, next; at + sizeof(n) <= len; at = next) {
		memcpy(&n, p + at, sizeof(n));
		size_t name = at + sizeof(n), value = name + padded(n.n_namesz);
		next = value + padded(n.n_descsz);
		if (next > len)
			return false;
		if (n.n_type == PVH_NOTE && n.n_namesz == 4 && memcmp(p + name, "Xen", 4) == 0 && (n.n_descsz == 4 || n.n_descsz == 8)) {
			*ret_at = value;
			return true;
		}
	}
	return false;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernelmark.c - make a kernel say when it is entered. */
#include "env/kernelmark.h"

#include "env/kernelelf.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define STUB_SIZE 16
#define SEGMENTS_MAX 32

struct image {
	unsigned char *p;
	size_t len;
	Elf64_Phdr ph[SEGMENTS_MAX];
	size_t at[SEGMENTS_MAX];        /* of the header in the file */
	size_t n;
};

static bool read_headers(struct image *m)
{
	Elf64_Ehdr eh;
	if (!kernelelf_header(m->p, m->len, &eh) || eh.e_phnum > SEGMENTS_MAX || (m->len - eh.e_phoff) / sizeof(Elf64_Phdr) < eh.e_phnum)
		return false;
	for (m->n = 0; m->n < eh.e_phnum; m->n++) {
		m->at[m->n] = eh.e_phoff + m->n * sizeof(Elf64_Phdr);
		memcpy(&m->ph[m->n], m->p + m->at[m->n], sizeof(Elf64_Phdr));
		if (m->ph[m->n].p_offset > m->len || m->ph[m->n].p_filesz > m->len - m->ph[m->n].p_offset)
			return false;
	}
	return true;
}

/* The note's value, or NULL. */
static unsigned char *find_note(const struct image *m)
{
	for (size_t i = 0; i < m->n; i++) {
		size_t at;
		if (m->ph[i].p_type == PT_NOTE && kernelelf_pvh_note(m->p + m->ph[i].p_offset, m->ph[i].p_filesz, &at))
			return m->p + m->ph[i].p_offset + at;
	}
	return NULL;
}

static bool overlaps(uint64_t a, uint64_t len_a, uint64_t b, uint64_t len_b)
{
	return a < b + len_b && b < a + len_a;
}

/* Whether nothing else lies, in the file or in memory, in the stub's place behind segment i. */
static bool is_free(const struct image *m, size_t i, size_t offset, uint64_t paddr)
{
	if (offset + STUB_SIZE > m->len)
		return false;
	for (size_t k = 0; k < STUB_SIZE; k++)
		if (m->p[offset + k])
			return false;
	if (overlaps(offset, STUB_SIZE, 0, sizeof(Elf64_Ehdr)) || overlaps(offset, STUB_SIZE, m->at[0], m->n * sizeof(Elf64_Phdr)))
		return false;
	for (size_t k = 0; k < m->n; k++) {
		const Elf64_Phdr *o = &m->ph[k];
		if (k == i || (o->p_type != PT_LOAD && o->p_type != PT_NOTE))
			continue;
		if (overlaps(offset, STUB_SIZE, o->p_offset, o->p_filesz))
			return false;
		if (o->p_type == PT_LOAD && overlaps(paddr, STUB_SIZE, o->p_paddr, o->p_memsz))
			return false;
	}
	return true;
}

static bool find_room(const struct image *m, size_t *ret_segment)
{
	for (size_t i = 0; i < m->n; i++) {
		const Elf64_Phdr *p = &m->ph[i];
		if (p->p_type == PT_LOAD && p->p_filesz == p->p_memsz && p->p_filesz &&
		    is_free(m, i, p->p_offset + p->p_filesz, p->p_paddr + p->p_filesz)) {
			*ret_segment = i;
			return true;
		}
	}
	return false;
}

static void put32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int kernelmark_entry(void *elf, size_t len, uint8_t port, char mark, struct err *err)
{
	struct image m = { .p = elf, .len = len };
	if (!read_headers(&m))
		return err_setf(err, -ENOENT, "not an ELF file of x86-64");
	size_t seg;
	unsigned char *note = find_note(&m);
	if (!note)
		return err_setf(err, -ENOENT, "the kernel has no PVH entry");
	if (!find_room(&m, &seg))
		return err_setf(err, -ENOENT, "the kernel has no unused bytes behind any of its segments");
	Elf64_Phdr *p = &m.ph[seg];
	unsigned char *stub = m.p + p->p_offset + p->p_filesz;
	uint32_t here = (uint32_t)(p->p_paddr + p->p_filesz), entry = get32(note);
	/* mov $mark, %al; out %al, $port; jmp entry. At a PVH entry only ebx means something, and there is no stack. */
	const unsigned char code[] = { 0xb0, (unsigned char)mark, 0xe6, port, 0xe9 };
	memcpy(stub, code, sizeof(code));
	put32(stub + sizeof(code), entry - (here + sizeof(code) + 4));
	put32(note, here);
	p->p_filesz += STUB_SIZE;
	p->p_memsz += STUB_SIZE;
	memcpy(m.p + m.at[seg], p, sizeof(*p));
	return 0;
}

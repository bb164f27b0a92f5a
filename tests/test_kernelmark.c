/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_kernelmark.c - the few instructions in front of a kernel's PVH entry: where they go, and when there is no room. */
#include "env/kernelmark.h"

#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define PVH_NOTE 18
#define TEXT_AT 0x1000
#define NEXT_AT 0x2000
#define TEXT_PADDR 0x1000000u
#define ENTRY (TEXT_PADDR + 0x40)

/* A kernel of two segments and the note, which lies in the first. */
struct made {
	unsigned char file[0x3000];
	size_t note;                    /* offset of its value */
};

static Elf64_Phdr *headers(struct made *m)
{
	return (Elf64_Phdr *)(void *)(m->file + sizeof(Elf64_Ehdr));
}

static void make(struct made *m, size_t text_size, uint64_t next_paddr)
{
	memset(m, 0, sizeof(*m));
	Elf64_Ehdr eh = { .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_phoff = sizeof(eh), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 3 };
	memcpy(eh.e_ident, ELFMAG, SELFMAG);
	eh.e_ident[EI_CLASS] = ELFCLASS64;
	memcpy(m->file, &eh, sizeof(eh));
	headers(m)[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = TEXT_AT, .p_paddr = TEXT_PADDR, .p_filesz = text_size, .p_memsz = text_size };
	headers(m)[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = NEXT_AT, .p_paddr = next_paddr, .p_filesz = 0x100, .p_memsz = 0x200 };
	headers(m)[2] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = TEXT_AT, .p_paddr = TEXT_PADDR, .p_filesz = 20, .p_memsz = 20 };
	memset(m->file + TEXT_AT, 0x90, text_size);
	Elf64_Nhdr n = { .n_namesz = 4, .n_descsz = 4, .n_type = PVH_NOTE };
	uint32_t entry = ENTRY;
	memcpy(m->file + TEXT_AT, &n, sizeof(n));
	memcpy(m->file + TEXT_AT + 12, "Xen", 4);
	m->note = TEXT_AT + 16;
	memcpy(m->file + m->note, &entry, 4);
}

static uint32_t get32(const unsigned char *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return v;
}

static void test_code(void **state)
{
	(void)state;
	struct made m;
	struct err err = { 0 };
	make(&m, 0x123, 0x1200000);
	assert_int_equal(kernelmark_entry(m.file, sizeof(m.file), 0xe9, 'K', &err), 0);
	/* The note names the code, */
	assert_int_equal(get32(m.file + m.note), TEXT_PADDR + 0x123);
	/* which says it and goes on to the old entry, */
	const unsigned char *code = m.file + TEXT_AT + 0x123;
	assert_memory_equal(code, "\xb0K\xe6\xe9\xe9", 5);
	assert_int_equal(TEXT_PADDR + 0x123 + 9 + get32(code + 5), ENTRY);
	/* and is loaded. */
	assert_true(headers(&m)[0].p_filesz >= 0x123 + 9);
	assert_int_equal(headers(&m)[0].p_filesz, headers(&m)[0].p_memsz);
}

static void unchanged(struct made *m)
{
	struct made before = *m;
	struct err err = { 0 };
	assert_int_equal(kernelmark_entry(m->file, sizeof(m->file), 0xe9, 'K', &err), -ENOENT);
	assert_true(*err.msg);
	assert_memory_equal(&before, m, sizeof(before));
}

static void test_no_room(void **state)
{
	(void)state;
	struct made m;
	make(&m, NEXT_AT - TEXT_AT, 0x1200000);                 /* the next one's bytes follow in the file */
	unchanged(&m);
	make(&m, 0x123, TEXT_PADDR + 0x123 + 8);                /* … in memory */
	unchanged(&m);
	make(&m, 0x123, 0x1200000);
	m.file[TEXT_AT + 0x123 + 4] = 1;                        /* the bytes are somebody's */
	unchanged(&m);
	/* They are zero, but in the last of the headers. */
	make(&m, 0x123, 0x1200000);
	Elf64_Phdr *text = &headers(&m)[0];
	text->p_offset = sizeof(Elf64_Ehdr);
	text->p_filesz = text->p_memsz = 3 * sizeof(Elf64_Phdr) - 8;
	unchanged(&m);
	/* … in a note's descriptor. */
	make(&m, 0x123, 0x1200000);
	static const Elf64_Nhdr other = { .n_descsz = 24 };
	memcpy(m.file + TEXT_AT + 0x123 - sizeof(other), &other, sizeof(other));
	memcpy(m.file + TEXT_AT + 0x123 + 24, m.file + TEXT_AT, 20);
	headers(&m)[2].p_offset = TEXT_AT + 0x123 - sizeof(other);
	headers(&m)[2].p_filesz = sizeof(other) + 24 + 20;
	unchanged(&m);
}

static void test_no_entry(void **state)
{
	(void)state;
	struct made m;
	make(&m, 0x123, 0x1200000);
	headers(&m)[2].p_type = PT_NULL;
	unchanged(&m);
	make(&m, 0x123, 0x1200000);
	m.file[0] = 'x';
	unchanged(&m);
	make(&m, 0x123, 0x1200000);
	((Elf64_Ehdr *)(void *)m.file)->e_machine = EM_386;
	unchanged(&m);
	make(&m, 0x123, 0x1200000);
	headers(&m)[1].p_offset = sizeof(m.file);               /* reaches beyond the file */
	unchanged(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_no_entry),
	};
	return cmocka_run_group_tests_name("kernelmark", tests, NULL, NULL);
}

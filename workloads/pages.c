/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages.c - map memory for small or huge pages, and see in /proc/self/smaps which kind came. */
#include "pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define THP "/sys/kernel/mm/transparent_hugepage/"

/* 2 MiB where nobody says otherwise: that of x86 and of arm64 with pages of 4 KiB. */
static size_t huge_size(void)
{
	unsigned long long size = 0;
	FILE *f = fopen(THP "hpage_pmd_size", "re");
	if (f) {
		if (fscanf(f, "%llu", &size) != 1)
			size = 0;
		fclose(f);
	}
	return size ? size : 2 << 20;
}

size_t pages_size(const struct load *l)
{
	return load_is(l, "pages", "huge") ? huge_size() : (size_t)sysconf(_SC_PAGESIZE);
}

size_t pages_round(const struct load *l, size_t size)
{
	size_t page = pages_size(l);
	return (size + page - 1) / page * page;
}

void *pages_map(struct load *l, size_t size)
{
	bool huge = load_is(l, "pages", "huge");
	size_t page = pages_size(l), len = pages_round(l, size);
	if (len < size || len > SIZE_MAX / 2) {
		load_failf(l, ENOMEM, "no memory for %zu bytes", size);
		return NULL;
	}
	char *all = mmap(NULL, len + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED) {
		load_failf(l, errno, "no memory for %zu bytes: %s", size, strerror(errno));
		return NULL;
	}
	size_t before = (page - (uintptr_t)all % page) % page;
	if (before)
		munmap(all, before);
	munmap(all + before + len, page - before);
	/* A kernel without huge pages refuses both; then small ones are what there is, and pages_check() finds it out. */
	madvise(all + before, len, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	return all + before;
}

/* Bytes in huge pages of the mapping that begins with p or holds it; -errno. */
static int64_t huge_bytes(const void *p)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	if (!f)
		return -errno;
	int64_t found = -ENOENT;
	bool here = false;
	char *line = NULL;
	size_t room = 0;
	while (found < 0 && getline(&line, &room, f) > 0) {
		unsigned long long start, end, kib;
		if (sscanf(line, "%llx-%llx ", &start, &end) == 2)
			here = (uintptr_t)p >= start && (uintptr_t)p < end;
		else if (here && sscanf(line, "AnonHugePages: %llu", &kib) == 1)
			found = (int64_t)kib * 1024;
	}
	free(line);
	fclose(f);
	return found;
}

int pages_check(struct load *l, const void *p, size_t size)
{
	if (!load_is(l, "pages", "huge"))
		return 0;
	size_t len = pages_round(l, size);
	int64_t got = huge_bytes(p);
	if (got < 0)
		return load_cannotf(l, "can't see in /proc/self/smaps which pages the kernel gave: %s; take pages=small", strerror((int)-got));
	if ((uint64_t)got < len)
		return load_cannotf(l, "the kernel gave huge pages for %lld of %zu bytes, see " THP "enabled; take pages=small",
		                  (long long)got, len);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* procmem.c - memory and CPU time of processes. */
#include "env/procmem.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The value of "KEY:   123 kB" in a text of such lines, in bytes; false when no line has the key. */
static bool kib(const char *text, const char *key, uint64_t *ret)
{
	size_t len = strlen(key);
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		unsigned long long v;
		if (strncmp(line, key, len) != 0 || line[len] != ':')
			continue;
		if (sscanf(line + len + 1, " %llu kB", &v) != 1)
			return false;
		*ret = v << 10;
		return true;
	}
	return false;
}

int procmem_parse_rollup(const char *text, struct procmem_rollup *ret)
{
	struct procmem_rollup r = { 0 };
	uint64_t clean, dirty, own_huge = 0, shared_huge = 0;
	if (!kib(text, "Pss", &r.pss) || !kib(text, "Private_Clean", &clean) || !kib(text, "Private_Dirty", &dirty))
		return -EPROTO;
	/* Huge pages of a pool are in none of the others. */
	kib(text, "Private_Hugetlb", &own_huge);
	kib(text, "Shared_Hugetlb", &shared_huge);
	r.pss += own_huge + shared_huge;
	r.private = clean + dirty + own_huge;
	r.has_parts = kib(text, "Pss_Anon", &r.anon) && kib(text, "Pss_File", &r.file) && kib(text, "Pss_Shmem", &r.shmem);
	*ret = r;
	return 0;
}

int procmem_parse_page_tables(const char *text, uint64_t *ret)
{
	return kib(text, "VmPTE", ret) ? 0 : -EPROTO;
}

/* "7f1c00000000-7f1c20000000 rw-p 00000000 00:00 0   [name]": the size of a mapping that RAM can be in, or 0. */
static uint64_t ram_candidate(const char *line)
{
	uint64_t from, to;
	char perms[5];
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &from, &to, perms) != 3 || to <= from)
		return 0;
	return perms[0] == 'r' && perms[1] == 'w' && perms[2] == '-' ? to - from : 0;
}

/* What is resident or swapped out of the mapping whose head stands here. Its lines end where the next head begins. */
static uint64_t touched(const char *head)
{
	uint64_t sum = 0;
	for (const char *line = strchr(head, '\n'); line; line = strchr(line, '\n')) {
		unsigned long long v;
		uint64_t from, to;
		line++;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &from, &to) == 2)
			break;
		if (sscanf(line, "Rss: %llu kB", &v) == 1 || sscanf(line, "Swap: %llu kB", &v) == 1 ||
		    sscanf(line, "Private_Hugetlb: %llu kB", &v) == 1 || sscanf(line, "Shared_Hugetlb: %llu kB", &v) == 1)
			sum += (uint64_t)v << 10;
	}
	return sum;
}

int procmem_parse_guest(const char *text, uint64_t ram, uint64_t *ret)
{
	const char *best = NULL;
	uint64_t best_size = 0;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		uint64_t size = ram_candidate(line);
		if (size >= ram && (!best || size < best_size)) {
			best = line;
			best_size = size;
		}
	}
	if (!best)
		return -ENOENT;
	*ret = touched(best);
	return 0;
}

static char *read_of(pid_t pid, const char *file, int *ret_error)
{
	cleanup_free char *path = xasprintf("/proc/%d/%s", (int)pid, file);
	char *text = NULL;
	*ret_error = fs_read(path, &text, NULL);
	return *ret_error < 0 ? NULL : text;
}

/* A process that ends has no memory any more: its file is empty, or reading it gives ESRCH. */
static bool is_gone(const char *text, int error)
{
	return error == -ESRCH || error == -ENOENT || (error == 0 && !*text);
}

/* Not to be read, for all items that are of the same file. */
static void miss(struct footprint *f, const enum footprint_item *items, size_t n, pid_t pid, const char *file, int error)
{
	cleanup_free char *why = xasprintf("can't read /proc/%d/%s: %s", (int)pid, file, error == -EPROTO ? "it has an unknown form" :
	                                   strerror(-error));
	for (size_t i = 0; i < n; i++)
		footprint_miss(f, items[i], why);
}

static const enum footprint_item of_rollup[] = {
	FOOTPRINT_PSS, FOOTPRINT_PRIVATE, FOOTPRINT_PSS_ANON, FOOTPRINT_PSS_FILE, FOOTPRINT_PSS_SHMEM
};
#define OF_ROLLUP (sizeof(of_rollup) / sizeof(*of_rollup))
#define OF_ROLLUP_ALWAYS 2              /* the first of them; the others are parts that older kernels don't tell */

/* 0 read, 1 gone, or -errno. */
static int add_rollup(pid_t pid, struct procmem_rollup *sum)
{
	struct procmem_rollup r;
	int e;
	cleanup_free char *text = read_of(pid, "smaps_rollup", &e);
	if (is_gone(text, e))
		return 1;
	if (e == 0)
		e = procmem_parse_rollup(text, &r);
	if (e < 0)
		return e;
	*sum = (struct procmem_rollup){ sum->pss + r.pss, sum->anon + r.anon, sum->file + r.file, sum->shmem + r.shmem,
	                                sum->private + r.private, sum->has_parts && r.has_parts };
	return 0;
}

static void read_rollups(const pid_t *pids, size_t n, struct footprint *ret)
{
	struct procmem_rollup sum = { .has_parts = true };
	size_t read = 0;
	for (size_t i = 0; i < n; i++) {
		int r = add_rollup(pids[i], &sum);
		read += r == 0;
		if (r < 0) {
			miss(ret, of_rollup, OF_ROLLUP, pids[i], "smaps_rollup", r);
			return;
		}
	}
	for (size_t i = 0; i < OF_ROLLUP && !read; i++)
		footprint_miss(ret, of_rollup[i], "none of its processes lives");
	if (!read)
		return;
	const uint64_t v[OF_ROLLUP] = { sum.pss, sum.private, sum.anon, sum.file, sum.shmem };
	for (size_t i = 0; i < OF_ROLLUP; i++) {
		if (i < OF_ROLLUP_ALWAYS || sum.has_parts)
			footprint_set(ret, of_rollup[i], (double)v[i]);
		else
			footprint_miss(ret, of_rollup[i], "this kernel does not split Pss");
	}
}

static void read_page_tables(const pid_t *pids, size_t n, struct footprint *ret)
{
	const enum footprint_item item = FOOTPRINT_PAGE_TABLES;
	uint64_t sum = 0;
	size_t read = 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t v;
		int e;
		cleanup_free char *text = read_of(pids[i], "status", &e);
		/* A zombie's status has no memory in it. */
		if (is_gone(text, e) || (e == 0 && procmem_parse_page_tables(text, &v) < 0))
			continue;
		if (e < 0) {
			miss(ret, &item, 1, pids[i], "status", e);
			return;
		}
		sum += v;
		read++;
	}
	if (read)
		footprint_set(ret, item, (double)sum);
	else
		footprint_miss(ret, item, "none of its processes lives");
}

void procmem_read(const pid_t *pids, size_t n, struct footprint *ret)
{
	read_rollups(pids, n, ret);
	read_page_tables(pids, n, ret);
}

void procmem_read_guest(const pid_t *pids, size_t n, uint64_t ram, struct footprint *ret)
{
	const enum footprint_item item = FOOTPRINT_GUEST_PAGES;
	for (size_t i = 0; i < n; i++) {
		uint64_t v;
		int e;
		cleanup_free char *text = read_of(pids[i], "smaps", &e);
		if (e < 0 && !is_gone(text, e))
			miss(ret, &item, 1, pids[i], "smaps", e);
		if (e < 0 || procmem_parse_guest(text, ram, &v) < 0)
			continue;
		footprint_set(ret, item, (double)v);
		return;
	}
	footprint_miss(ret, item, "no mapping of its processes is as large as the guest's RAM");
}

int procmem_cpu_s(const pid_t *pids, size_t n, double *ret)
{
	double sum = 0;
	size_t read = 0;
	for (size_t i = 0; i < n; i++) {
		clockid_t clock;
		struct timespec ts;
		int e = clock_getcpuclockid(pids[i], &clock);
		if (e == 0 && clock_gettime(clock, &ts) < 0)
			e = errno == EINVAL ? ESRCH : errno;            /* it ended in between */
		if (e == ESRCH)
			continue;
		if (e)
			return -e;
		sum += (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
		read++;
	}
	if (!read)
		return -ESRCH;
	*ret = sum;
	return 0;
}

/* Behind the name in parentheses, which may hold anything: state, ten numbers, utime, stime, cutime, cstime. */
int procmem_parse_waited(const char *text, unsigned long long *ret_ticks)
{
	const char *paren = strrchr(text, ')');
	long long user, system;
	if (!paren || sscanf(paren + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %lld %lld", &user, &system) != 2 || user < 0 ||
	    system < 0)
		return -EPROTO;
	*ret_ticks = (unsigned long long)(user + system);
	return 0;
}

int procmem_waited_s(const pid_t *pids, size_t n, double *ret)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned long long ticks;
		int e;
		cleanup_free char *text = read_of(pids[i], "stat", &e);
		if (is_gone(text, e))
			continue;
		if (e == 0)
			e = procmem_parse_waited(text, &ticks);
		if (e < 0)
			return e;
		sum += (double)ticks / (double)sysconf(_SC_CLK_TCK);
	}
	*ret = sum;
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_fault.c - the first touch of memory, page by page: the kernel finds a page, clears it and enters it in the tables. */
#include "load.h"
#include "pages.h"

#include <sys/mman.h>
#include <sys/resource.h>

enum { PASSES_MAX = 5000 };

struct job {
	size_t size, page, n;
	uint64_t sum;                   /* of what was read from the pages of the last pass: fresh ones, then written ones */
};

static long faults(void)
{
	struct rusage u;
	return getrusage(RUSAGE_SELF, &u) == 0 ? u.ru_minflt : 0;
}

/* Read first: a page that is not fresh is found out; then write, so that it is no shared page of zeros. */
static uint64_t touch(volatile uint64_t *p, const struct job *j)
{
	uint64_t old = 0;
	for (size_t i = 0; i < j->n; i++) {
		volatile uint64_t *word = p + i * (j->page / sizeof(*p));
		*word += i + 1;
		old |= *word ^ (i + 1);
	}
	return old;
}

static int check(struct load *l, struct job *j, const volatile uint64_t *p, uint64_t old, long faulted)
{
	j->sum = 0;
	for (size_t i = 0; i < j->n; i++)
		j->sum = j->sum * 31 + p[i * (j->page / sizeof(*p))];
	if (old)
		return load_failf(l, EIO, "fresh memory was not zero");
	if (faulted < (long)j->n)
		return load_cannotf(l, "%ld faults for %zu pages: the kernel gives them by several at once", faulted, j->n);
	return pages_check(l, (const void *)p, j->size);
}

/* Nothing is timed but the touching; the mapping is made before and thrown away after it. */
static int one_pass(struct load *l, struct job *j, bool warmup, int64_t *ret_end)
{
	uint64_t *p = pages_map(l, j->size);
	if (!p)
		return -ENOMEM;
	long before = faults();
	int64_t start = load_now();
	uint64_t old = touch(p, j);
	int64_t end = load_now();
	int r = check(l, j, p, old, faults() - before);
	munmap(p, j->size);
	*ret_end = end;
	return r < 0 ? r : load_interval(l, "time", warmup, start, end, (double)j->n);
}

static int run(struct load *l)
{
	struct job j = { .page = pages_size(l), .size = pages_round(l, load_size(l, "size")) };
	j.n = j.size / j.page;
	int64_t end;
	int r = one_pass(l, &j, true, &end);
	load_digest(l, &j.sum, sizeof(j.sum));
	int64_t limit = load_now() + load_ns(load_seconds(l, "time"));
	for (int i = 0; r == 0 && i < PASSES_MAX && (i < LOAD_SAMPLES_MIN || end < limit); i++)
		r = one_pass(l, &j, false, &end);
	return r;
}

const struct workload workload_page_fault = {
	.name = "page-fault",
	.resource = "memory",
	.what = "the first touch of fresh memory, page by page",
	.teaches = "What growing costs: an exception, a page cleared and counted. In a container the memory cgroup counts it too; a guest may "
	           "fault twice, in its own tables and, where the host has not backed it yet, in the host's.",
	.metrics = { { "time", "s", BETTER_LOWER, "the first touch of one page" } },
	.params = {
		{ "size", PARAM_SIZE, "16MiB", NULL, "touched in a pass, one sample, 1MiB or more; rounded up to whole pages", .least = 1 << 20 },
		PAGES_PARAM,
		{ "time", PARAM_SECONDS, "300ms", NULL, "how long to measure, after one pass of warm-up; 3 to 5000 passes" },
	},
	.run = run,
};

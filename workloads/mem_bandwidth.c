/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mem_bandwidth.c - the four kernels of STREAM, by its rules: all four in turn, the first pass is warm-up, all checked. */
#include "load.h"

#include <stdlib.h>

/* The compiler would make a call of memcpy from the copy loop, and memcpy picks its code by the CPU it finds. */
#ifdef __clang__
#define PLAIN_LOOP __attribute__((noinline, no_builtin("memcpy")))
#else
#define PLAIN_LOOP __attribute__((noinline, optimize("no-tree-loop-distribute-patterns")))
#endif

enum { PASSES_MAX = 200 };              /* the numbers grow 15-fold in a pass and must stay finite */

static const double scalar = 3;

struct arrays {
	double *a, *b, *c;
	size_t n;
};

PLAIN_LOOP static void copy(const struct arrays *s)
{
	double *restrict c = s->c;
	const double *restrict a = s->a;
	for (size_t i = 0, n = s->n; i < n; i++)
		c[i] = a[i];
}

PLAIN_LOOP static void scale(const struct arrays *s)
{
	double *restrict b = s->b;
	const double *restrict c = s->c;
	for (size_t i = 0, n = s->n; i < n; i++)
		b[i] = scalar * c[i];
}

PLAIN_LOOP static void add(const struct arrays *s)
{
	double *restrict c = s->c;
	const double *restrict a = s->a, *restrict b = s->b;
	for (size_t i = 0, n = s->n; i < n; i++)
		c[i] = a[i] + b[i];
}

PLAIN_LOOP static void triad(const struct arrays *s)
{
	double *restrict a = s->a;
	const double *restrict b = s->b, *restrict c = s->c;
	for (size_t i = 0, n = s->n; i < n; i++)
		a[i] = b[i] + scalar * c[i];
}

static const struct kernel {
	const char *metric;
	void (*run)(const struct arrays *s);
	unsigned arrays;                /* that it reads and writes */
} kernels[] = { { "copy", copy, 2 }, { "scale", scale, 2 }, { "add", add, 3 }, { "triad", triad, 3 } };

static int one_pass(struct load *l, const struct arrays *s, bool warmup)
{
	int r = 0;
	for (const struct kernel *k = kernels; k < kernels + 4 && r == 0; k++) {
		int64_t start = load_now();
		k->run(s);
		int64_t end = load_now();
		r = load_interval(l, k->metric, warmup, start, end, (double)k->arrays * (double)s->n * sizeof(double));
	}
	return r;
}

/* Do with one number what was done with all, and compare: each operation rounds alike, so there is no tolerance. */
static int check(struct load *l, const struct arrays *s, int passes)
{
	double a = 1, b = 2, c = 0;     /* as they began */
	for (int pass = 0; pass < passes; pass++) {
		c = a;
		b = scalar * c;
		c = a + b;
		a = b + scalar * c;
	}
	for (size_t i = 0; i < s->n; i++)
		if (s->a[i] != a || s->b[i] != b || s->c[i] != c)
			return load_failf(l, EIO, "wrong result at element %zu after %d passes", i, passes);
	return 0;
}

static int measure(struct load *l, const struct arrays *s)
{
	int r = one_pass(l, s, true);
	if (r == 0)
		r = check(l, s, 1);
	if (r < 0)
		return r;
	load_digest(l, &s->a[s->n - 1], sizeof(double));        /* the others are equal; later values depend on the speed */
	load_digest(l, &s->b[s->n - 1], sizeof(double));
	load_digest(l, &s->c[s->n - 1], sizeof(double));
	int64_t end = load_now() + load_ns(load_seconds(l, "time"));
	int passes = 1;
	while (r == 0 && passes < PASSES_MAX && (passes <= LOAD_SAMPLES_MIN || load_now() < end)) {
		r = one_pass(l, s, false);
		passes++;
	}
	return r < 0 ? r : check(l, s, passes);
}

static int run(struct load *l)
{
	struct arrays s = { .n = load_size(l, "size") / sizeof(double) };
	size_t stride = s.n + 64 / sizeof(double) * 17; /* arrays a multiple of 4 KiB apart would get in each other's way */
	double *memory = s.n < SIZE_MAX / 64 ? aligned_alloc(64, (3 * stride * sizeof(double) + 63) / 64 * 64) : NULL;
	if (!memory)
		return load_failf(l, ENOMEM, "no memory for three arrays of %zu bytes", s.n * sizeof(double));
	s.a = memory;
	s.b = memory + stride;
	s.c = memory + 2 * stride;
	for (size_t i = 0; i < s.n; i++) {
		s.a[i] = 1;
		s.b[i] = 2;
		s.c[i] = 0;
	}
	int r = measure(l, &s);
	free(memory);
	return r;
}

const struct workload workload_mem_bandwidth = {
	.name = "mem-bandwidth",
	.resource = "memory",
	.what = "STREAM: copy, scale, add and triad over three arrays, one thread",
	.teaches = "Streaming through memory is limited by the memory, not by who manages it; nested page tables are hardly felt "
	           "where pages are used one after the other.",
	.metrics = {
		{ "copy", "B/s", BETTER_HIGHER, "c = a: bytes read and written by time" },
		{ "scale", "B/s", BETTER_HIGHER, "b = 3 c" },
		{ "add", "B/s", BETTER_HIGHER, "c = a + b" },
		{ "triad", "B/s", BETTER_HIGHER, "a = b + 3 c" },
	},
	.params = {
		{ "size", PARAM_SIZE, "32MiB", NULL, "of each of the three arrays; four times the last cache or more measures DRAM", .least = 8 },
		{ "time", PARAM_SECONDS, "300ms", NULL, "how long to measure, after one pass of warm-up; 3 to 199 passes" },
	},
	.run = run,
};

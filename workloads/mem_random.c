/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mem_random.c - HPCC's RandomAccess (GUPS), one thread: random numbers are put into random places of a table by xor. */
#include "gups.h"
#include "load.h"
#include "pages.h"

#include <string.h>
#include <sys/mman.h>

enum { STREAMS = 128, CHECKED = 2048 }; /* the streams are HPCC's, within the 1024 updates that may be under way */

struct job {
	uint64_t *table, words;         /* a power of two of them */
	uint64_t ran[STREAMS], steps;   /* of each stream */
};

/* n times x, where x and n are polynomials over two elements, modulo that of the register. */
static uint64_t multiply(uint64_t x, uint64_t n)
{
	uint64_t product = 0;
	for (; n; n >>= 1, x = gups_next(x))
		if (n & 1)
			product ^= x;
	return product;
}

uint64_t gups_start(uint64_t n)
{
	uint64_t power = 1, square = 2;         /* a step multiplies by 2 */
	for (n %= GUPS_PERIOD; n; n >>= 1, square = multiply(square, square))
		if (n & 1)
			power = multiply(power, square);
	return power;
}

static uint64_t stream_start(const struct job *j, uint64_t stream)
{
	return gups_start(4 * j->words / STREAMS * stream);     /* as for HPCC's 4 updates a word */
}

/* An update of each stream, n times. Unrolled, as hpcc is built: the fewer instructions between them, the more misses are under way at once. */
static int update_n(void *arg, uint64_t n)
{
	struct job *j = arg;
	uint64_t *table = j->table, mask = j->words - 1;
	for (uint64_t i = 0; i < n; i++)
#pragma GCC unroll 8
		for (int s = 0; s < STREAMS; s++) {
			uint64_t x = gups_next(j->ran[s]);
			j->ran[s] = x;
			table[x & mask] ^= x;
		}
	j->steps += n;
	return 0;
}

/* The same updates once more, one stream after the other, undo all; then the table is as it began. */
static uint64_t wrong_after_undo(struct job *j)
{
	uint64_t wrong = 0;
	for (uint64_t s = 0; s < STREAMS; s++) {
		uint64_t x = stream_start(j, s);
		for (uint64_t i = 0; i < j->steps; i++) {
			x = gups_next(x);
			j->table[x & (j->words - 1)] ^= x;
		}
	}
	for (uint64_t i = 0; i < j->words; i++)
		wrong += j->table[i] != i;
	return wrong;
}

static uint64_t sum_of(const struct job *j)
{
	uint64_t sum = 0;
	for (uint64_t i = 0; i < j->words; i++)
		sum = sum * 31 + j->table[i];
	return sum;
}

static int measure(struct load *l, struct job *j)
{
	for (uint64_t i = 0; i < j->words; i++)
		j->table[i] = i;
	for (uint64_t s = 0; s < STREAMS; s++)
		j->ran[s] = stream_start(j, s);
	int r = pages_check(l, j->table, j->words * sizeof(*j->table));
	if (r < 0)
		return r;
	update_n(j, CHECKED);
	uint64_t sum = sum_of(j);
	load_digest(l, &sum, sizeof(sum));
	r = load_loop(l, "updates", update_n, j, STREAMS);
	uint64_t wrong = r == 0 ? wrong_after_undo(j) : 0;      /* HPCC lets 1 % pass, for threads that meet; here is one */
	return wrong ? load_failf(l, EIO, "%llu of %llu words are wrong", (unsigned long long)wrong, (unsigned long long)j->words) : r;
}

static int run(struct load *l)
{
	static struct job j;
	size_t size = load_size(l, "size");
	if (size & (size - 1))
		return load_failf(l, EINVAL, "size=%zu: expected a power of two", size);
	memset(&j, 0, sizeof(j));
	j.words = size / sizeof(*j.table);
	j.table = pages_map(l, size);
	if (!j.table)
		return -ENOMEM;
	int r = measure(l, &j);
	munmap(j.table, pages_round(l, size));
	return r;
}

const struct workload workload_mem_random = {
	.name = "mem-random",
	.resource = "memory",
	.what = "RandomAccess (GUPS): random words of a table are read, changed and written",
	.teaches = "Many misses at once, of the cache and of the TLB: the worst case for nested page tables, which walk twice as far for each "
	           "of them.",
	.metrics = { { "updates", "1/s", BETTER_HIGHER, "updates by time; 10^9 of them are a GUPS" } },
	.params = {
		{ "size", PARAM_SIZE, "32MiB", NULL, "of the table, a power of two, 64KiB or more; HPCC takes half of the memory", .least = 64 << 10 },
		PAGES_PARAM,
		LOAD_LOOP_PARAMS
	},
	.run = run,
};

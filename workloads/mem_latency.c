/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mem_latency.c - one load after the other, each from where the last one said, over working sets from cache to memory. */
#include "chain.h"
#include "load.h"
#include "pages.h"

#include <sys/mman.h>

static const struct set {
	const char *metric;
	size_t size;
} sets[] = { { "16kib", 16 << 10 }, { "256kib", 256 << 10 }, { "4mib", 4 << 20 }, { "32mib", 32 << 20 } };

enum { SETS = sizeof(sets) / sizeof(*sets), MOST = 32 << 20 };

static int one_set(struct load *l, void *memory, const struct set *s)
{
	struct chain c = { .base = memory, .n = s->size / CHAIN_LINE, .stride = CHAIN_LINE, .lines = 1 };
	uint64_t order;
	chain_build(&c);
	int r = chain_check(&c, &order);
	if (r < 0)
		return load_failf(l, EIO, "%s: the places are not one cycle", s->metric);
	load_digest(l, &order, sizeof(order));
	r = load_loop(l, s->metric, chain_follow, &c, 1);
	return r == 0 && chain_arrived(&c) < 0 ? load_failf(l, EIO, "%s: a load gave a wrong place", s->metric) : r;
}

static int run(struct load *l)
{
	unsigned char *memory = pages_map(l, MOST);
	if (!memory)
		return -ENOMEM;
	for (size_t at = 0; at < MOST; at += 4096)
		memory[at] = 1;
	int r = pages_check(l, memory, MOST);
	for (int i = 0; i < SETS && r == 0; i++)
		r = one_set(l, memory, &sets[i]);
	munmap(memory, pages_round(l, MOST));
	return r;
}

const struct workload workload_mem_latency = {
	.name = "mem-latency",
	.resource = "memory",
	.what = "dependent loads in random order over working sets from 16 KiB to 32 MiB",
	.teaches = "Caches answer a guest as fast as a process; what misses them and the TLB as well waits longer where page tables are "
	           "nested.",
	.metrics = {
		{ "16kib", "s", BETTER_LOWER, "one load within 16 KiB: the first cache" },
		{ "256kib", "s", BETTER_LOWER, "one load within 256 KiB: the second cache" },
		{ "4mib", "s", BETTER_LOWER, "one load within 4 MiB: the last cache, and beyond the first TLB" },
		{ "32mib", "s", BETTER_LOWER, "one load within 32 MiB: memory where the last cache is smaller, and beyond most TLBs" },
	},
	.params = { PAGES_PARAM, LOAD_LOOP_PARAMS },
	.run = run,
};

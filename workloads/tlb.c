/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tlb.c - one line of each of many pages, in random order; and as many lines side by side, for what is not the TLB's. */
#include "chain.h"
#include "load.h"
#include "pages.h"

#include <sys/mman.h>

enum { PAGE = 4096 };

static int follow(struct load *l, const char *metric, struct chain *c)
{
	uint64_t order;
	c->base = pages_map(l, chain_bytes(c));
	if (!c->base)
		return -ENOMEM;
	chain_build(c);
	int r = chain_check(c, &order);
	load_digest(l, &order, sizeof(order));
	if (r < 0)
		load_failf(l, EIO, "%s: the places are not one cycle", metric);
	if (r == 0)
		r = pages_check(l, c->base, chain_bytes(c));
	if (r == 0)
		r = load_loop(l, metric, chain_follow, c, 1);
	if (r == 0 && chain_arrived(c) < 0)
		r = load_failf(l, EIO, "%s: a load gave a wrong place", metric);
	munmap(c->base, pages_round(l, chain_bytes(c)));
	return r;
}

static int run(struct load *l)
{
	size_t n = load_count(l, "count");
	struct chain packed = { .n = n, .stride = CHAIN_LINE, .lines = 1 },
	             spread = { .n = n, .stride = PAGE, .lines = PAGE / CHAIN_LINE };
	int r = follow(l, "packed", &packed);
	return r < 0 ? r : follow(l, "spread", &spread);
}

const struct workload workload_tlb = {
	.name = "tlb",
	.resource = "memory",
	.what = "dependent loads, one a page in random order, and as many lines side by side",
	.teaches = "The walk of the page tables alone: the same number of cache lines, on few pages and on many. Nested paging makes the walk "
	           "two-dimensional, up to 24 loads in place of 4.",
	.metrics = {
		{ "packed", "s", BETTER_LOWER, "one load, lines side by side: the cache's part" },
		{ "spread", "s", BETTER_LOWER, "one load, each line in a page of its own: that and the TLB's miss" },
	},
	.params = {
		{ "count", PARAM_COUNT, "8192", NULL, "lines, and pages when spread, 64 … 1048576; beyond the entries of the last TLB, and "
		  "lines within the second cache", .least = 64, .most = 1 << 20 },
		PAGES_PARAM,
		LOAD_LOOP_PARAMS
	},
	.run = run,
};

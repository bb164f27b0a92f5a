/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pairs.c - launches of two arms that ran side by side. */
#include "report/pairs.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "stats/paired.h"

#include <math.h>
#include <stdlib.h>

struct placed {
	unsigned block;
	double v;
};

static int by_block(const void *va, const void *vb)
{
	const struct placed *a = va, *b = vb;
	return a->block < b->block ? -1 : a->block > b->block;
}

/* By block; NULL: a block has two. */
static struct placed *place(const struct report_cell *c)
{
	struct placed *p = xcalloc(c->n + 1, sizeof(*p));
	for (size_t i = 0; i < c->n; i++)
		p[i] = (struct placed){ c->block[i], c->v[i] };
	qsort(p, c->n, sizeof(*p), by_block);
	for (size_t i = 1; i < c->n; i++)
		if (p[i].block == p[i - 1].block) {
			free(p);
			return NULL;
		}
	return p;
}

static void match(const struct placed *a, size_t n_a, const struct placed *b, size_t n_b, struct pairs *ret)
{
	for (size_t i = 0, k = 0; i < n_a && k < n_b;) {
		if (a[i].block != b[k].block) {
			*(a[i].block < b[k].block ? &i : &k) += 1;
			continue;
		}
		ret->v[0][ret->n] = a[i++].v;
		ret->v[1][ret->n++] = b[k++].v;
	}
}

struct pairs pairs_make(const struct report_cell *a, const struct report_cell *b)
{
	size_t most = a->n > b->n ? a->n : b->n;
	struct pairs p = { .n = 0 };
	struct placed *of_a = place(a), *of_b = place(b);
	for (int i = 0; i < 2; i++)
		p.v[i] = xcalloc(most + 1, sizeof(double));
	if (of_a && of_b)
		match(of_a, a->n, of_b, b->n, &p);
	free(of_a);
	free(of_b);
	if (p.n < STATS_LAUNCHES_MIN || (double)p.n < PAIRS_SHARE * (double)most)
		p.n = 0;
	return p;
}

void pairs_free(struct pairs *p)
{
	free(p->v[0]);
	free(p->v[1]);
	*p = (struct pairs){ .n = 0 };
}

void pairs_ratio(const struct report *r, const struct report_cell *top, const struct report_cell *below, const char *const names[],
                 struct report_cell *ret)
{
	if (!(top->s.median > 0) || !(below->s.median > 0))
		return;
	cleanup(pairs_free) struct pairs p = pairs_make(top, below);
	struct stats_paired by_block = stats_paired_ratio(p.v[0], p.v[1], p.n);
	if (isfinite(by_block.ratio)) {
		ret->pairs = p.n;
		ret->ratio = by_block.ratio;
		ret->ratio_ci = by_block.ci;
	} else {
		ret->ratio = top->s.median / below->s.median;
		ret->ratio_ci = stats_boot_ratio(top->v, top->n, below->v, below->n, stats_seed(r->run->seed, names));
	}
}

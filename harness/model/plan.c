/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan.c - the order of the launches. */
#include "model/plan.h"

#include "base/rng.h"

#include <stdlib.h>

static unsigned most_launches(const struct suite *s)
{
	unsigned most = 0;
	for (size_t w = 0; w < s->n_workloads; w++)
		if (s->workloads[w].launches > most)
			most = s->workloads[w].launches;
	return most;
}

void plan_make(const struct suite *s, uint64_t seed, struct plan *ret)
{
	struct plan p = { .seed = seed };
	struct rng *rng = rng_new(seed);
	unsigned blocks = most_launches(s);
	p.v = xcalloc((size_t)blocks * s->n_arms * s->n_workloads, sizeof(*p.v));
	for (unsigned b = 0; b < blocks; b++) {
		size_t first = p.n;
		for (size_t w = 0; w < s->n_workloads; w++)
			for (size_t a = 0; a < s->n_arms && b < s->workloads[w].launches; a++)
				p.v[p.n++] = (struct plan_item){ .arm = a, .workload = w, .number = b, .block = b };
		rng_shuffle(rng, p.v + first, p.n - first, sizeof(*p.v));
	}
	rng_free(rng);
	*ret = p;
}

void plan_free(struct plan *p)
{
	free(p->v);
	*p = (struct plan){ 0 };
}

char *plan_text(const struct suite *s, const struct plan *p)
{
	struct str b = { 0 };
	str_addf(&b, "# suite %s, seed %llu, %s%zu launches\n# block launch arm workload parameters\n", s->name,
	         (unsigned long long)p->seed, s->adaptive.on ? "adaptive: at most " : "", p->n);
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_item *it = &p->v[i];
		const struct suite_workload *w = &s->workloads[it->workload];
		str_addf(&b, "%u %u %s %s", it->block, it->number, s->arms[it->arm].name, w->name);
		for (size_t k = 0; k < w->params.n; k++)
			str_addf(&b, " %s=%s", w->params.v[k].key, w->params.v[k].val);
		str_addf(&b, "\n");
	}
	return b.s;
}

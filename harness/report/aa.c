/* SPDX-License-Identifier: GPL-3.0-or-later */
/* aa.c - the A/A control, computed: arms against their twins. */
#include "report/aa.h"

#include "base/cleanup.h"
#include "report/pairs.h"
#include "stats/paired.h"
#include "stats/rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t index_of(const struct run *run, const char *name)
{
	const struct run_arm *a = run_arm(run, name);
	return a ? (size_t)(a - run->arms) : REPORT_NONE;
}

static void add(struct report *r, size_t metric, size_t twin)
{
	const struct run *run = r->run;
	size_t arm = index_of(run, run->arms[twin].twin_of);
	const struct report_metric *m = &r->metrics[metric];
	if (arm == REPORT_NONE || !m->cells[arm].n || !m->cells[twin].n)
		return;
	const struct report_cell *a = &m->cells[arm], *b = &m->cells[twin];
	const char *const names[] = { run->arms[arm].name, run->arms[twin].name, m->label, "aa", NULL };
	struct pairs p = pairs_make(a, b);
	uint64_t seed = stats_seed(run->seed, names);
	struct stats_noise noise = stats_noise_paired(p.v[0], p.v[1], p.n, seed);
	if (isnan(noise.ratio))
		noise = stats_noise(a->v, a->n, b->v, b->n, seed);
	pairs_free(&p);
	r->aa[r->n_aa++] = (struct report_aa){ .metric = metric, .arm = arm, .twin = twin, .noise = noise };
}

void aa_fill(struct report *r)
{
	const struct run *run = r->run;
	r->aa = xcalloc(r->n_metrics * run->n_twins + 1, sizeof(*r->aa));
	for (size_t i = 0; i < r->n_metrics; i++)
		for (size_t k = 0; k < run->n_twins; k++)
			add(r, i, run->n_arms + k);
	cleanup_free double *p = xcalloc(r->n_aa + 1, sizeof(*p)), *adjusted = xcalloc(r->n_aa + 1, sizeof(*adjusted));
	for (size_t i = 0; i < r->n_aa; i++)
		p[i] = r->aa[i].noise.ci.ok ? r->aa[i].noise.p : NAN;
	stats_holm(p, r->n_aa, adjusted);
	for (size_t i = 0; i < r->n_aa; i++)
		r->aa[i].adjusted = adjusted[i];
}

/* The arm's own floor, or the largest one of the metric's for REPORT_NONE; NaN: there is none. */
static double floor_of(const struct report *r, size_t metric, size_t arm)
{
	double most = NAN;
	for (size_t i = 0; i < r->n_aa; i++)
		if (r->aa[i].metric == metric && (arm == REPORT_NONE || r->aa[i].arm == arm))
			most = fmax(most, r->aa[i].noise.floor);
	return most;
}

double report_floor(const struct report *r, const struct report_metric *m, size_t a, size_t b)
{
	size_t metric = (size_t)(m - r->metrics);
	double own = fmax(floor_of(r, metric, a), floor_of(r, metric, b));
	return isnan(own) ? floor_of(r, metric, REPORT_NONE) : own;
}

struct aa_count aa_count(const struct report *r)
{
	struct aa_count c = { 0 };
	for (size_t i = 0; i < r->n_aa; i++) {
		const struct report_aa *a = &r->aa[i];
		bool apart = a->noise.ci.ok && (a->noise.ci.lo > 1 || a->noise.ci.hi < 1);
		c.n += a->noise.ci.ok;
		c.alone += apart;
		c.corrected += apart && a->adjusted < AA_ALPHA;
	}
	return c;
}

void aa_note(const struct report *r, struct run *run)
{
	run_aa_free(run->aa, run->n_aa);
	run->aa = xcalloc(r->n_aa + 1, sizeof(*run->aa));
	run->n_aa = r->n_aa;
	for (size_t i = 0; i < r->n_aa; i++) {
		const struct report_aa *a = &r->aa[i];
		const struct report_metric *m = &r->metrics[a->metric];
		run->aa[i] = (struct run_aa){
			.arm = xstrdup(r->run->arms[a->arm].name), .twin = xstrdup(r->run->arms[a->twin].name),
			.workload = xstrdup(r->run->workloads[m->workload].name), .metric = xstrdup(m->label), .ratio = a->noise.ratio,
			.lo = a->noise.ci.lo, .hi = a->noise.ci.hi, .halves = a->noise.halves, .floor = a->noise.floor, .p = a->noise.p,
			.adjusted = a->adjusted,
		};
	}
}

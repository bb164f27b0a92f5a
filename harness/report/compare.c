/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compare.c - two runs cell by cell: cost ratios, their intervals, tests and words. */
#include "report/compare.h"

#include "base/cleanup.h"
#include "report/fmt.h"
#include "report/pairs.h"
#include "stats/noise.h"
#include "stats/rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct compare_ratio none = { .ratio = NAN, .ci = { false, NAN, NAN }, .floor = NAN, .p = NAN, .adjusted = NAN };

static struct stats_values values(const struct report_cell *c)
{
	return (struct stats_values){ c->v, c->n };
}

static uint64_t seed_of(const struct compare *c, const struct compare_cell *cell, const char *what)
{
	const char *const names[] = { cell->arm, cell->m->label, what, NULL };
	return stats_seed(c->r[0]->run->seed * 31 + c->r[1]->run->seed, names);
}

/* B over A where lower is better, A over B where higher is. */
static void fill_cost(const struct compare *c, struct compare_cell *cell)
{
	bool lower = cell->m->better == BETTER_LOWER;
	const struct report_cell *top = cell->c[lower], *below = cell->c[!lower];
	if (!(top->s.median > 0) || !(below->s.median > 0))
		return;
	cell->cost.ratio = top->s.median / below->s.median;
	cell->cost.ci = stats_boot_ratio(top->v, top->n, below->v, below->n, seed_of(c, cell, "compare"));
	cell->cost.p = stats_mann_whitney(top->v, top->n, below->v, below->n).p;
}

/* p of the launches' values over their host's median. What the host's median scatters is in the interval, which must agree. */
static double overhead_p(const struct report_cell *const c[2], const struct report_cell *const host[2])
{
	double *v[2];
	for (int k = 0; k < 2; k++) {
		v[k] = xcalloc(c[k]->n + 1, sizeof(double));
		for (size_t i = 0; i < c[k]->n; i++)
			v[k][i] = c[k]->v[i] / host[k]->s.median;
	}
	double p = stats_mann_whitney(v[0], c[0]->n, v[1], c[1]->n).p;
	free(v[0]);
	free(v[1]);
	return p;
}

/* The cost over its host's, block by block, in v[0]. Owner frees. */
static struct pairs costs(const struct report_cell *c, const struct report_cell *host, bool lower)
{
	struct pairs p = pairs_make(lower ? c : host, lower ? host : c);
	for (size_t i = 0; i < p.n; i++)
		p.v[0][i] /= p.v[1][i];
	return p;
}

/* Of two runs whose launches pair up with their hosts': the medians of blocks' ratios are what is compared. */
static void of_blocks(const struct compare *c, struct compare_cell *cell, const struct report_cell *const host[2], bool lower)
{
	struct pairs p[2];
	for (int k = 0; k < 2; k++)
		p[k] = costs(cell->c[k], host[k], lower);
	cell->overhead.ci = stats_boot_ratio(p[1].v[0], p[1].n, p[0].v[0], p[0].n, seed_of(c, cell, "overhead"));
	cell->overhead.p = stats_mann_whitney(p[1].v[0], p[1].n, p[0].v[0], p[0].n).p;
	for (int k = 0; k < 2; k++)
		pairs_free(&p[k]);
}

static void fill_overhead(const struct compare *c, struct compare_cell *cell, const struct report_cell *const host[2])
{
	bool lower = cell->m->better == BETTER_LOWER;
	int top = lower, below = !lower;
	if (cell->host || !report_has_ratio(cell->c[0]) || !report_has_ratio(cell->c[1]))
		return;
	cell->overhead.ratio = cell->c[1]->ratio / cell->c[0]->ratio;
	if (cell->c[0]->pairs && cell->c[1]->pairs) {
		of_blocks(c, cell, host, lower);
		return;
	}
	cell->overhead.ci = stats_boot_ratios(values(cell->c[top]), values(host[top]), values(cell->c[below]), values(host[below]),
	                                      seed_of(c, cell, "overhead"));
	cell->overhead.p = overhead_p(cell->c, host);
}

static void judge(struct compare_ratio *r, double margin)
{
	r->alone = r->verdict = stats_verdict(r->ci, margin);
	if (stats_says_difference(r->alone) && !(r->adjusted < COMPARE_ALPHA))
		r->verdict = VERDICT_NOT_DISTINGUISHABLE;
	r->verdict = stats_above_noise(r->verdict, r->ratio, r->floor);
}

/* Correct over all costs, and over all overheads. */
static void adjust(struct compare *c)
{
	cleanup_free double *p = xcalloc(2 * c->n + 1, sizeof(*p));
	cleanup_free double *adjusted = xcalloc(2 * c->n + 1, sizeof(*adjusted));
	for (size_t i = 0; i < c->n; i++) {
		p[i] = c->cells[i].cost.p;
		p[c->n + i] = c->cells[i].overhead.p;
	}
	stats_holm(p, c->n, adjusted);
	stats_holm(p + c->n, c->n, adjusted + c->n);
	for (size_t i = 0; i < c->n; i++) {
		c->cells[i].cost.adjusted = adjusted[i];
		c->cells[i].overhead.adjusted = adjusted[c->n + i];
		judge(&c->cells[i].cost, c->margin);
		judge(&c->cells[i].overhead, c->margin);
	}
}

static int rank(enum verdict v)
{
	static const enum verdict order[] = { VERDICT_SLOWER, VERDICT_SLOWER_OPEN, VERDICT_FASTER, VERDICT_FASTER_OPEN,
		                              VERDICT_WITHIN_FLOOR, VERDICT_NOT_DISTINGUISHABLE, VERDICT_NONE, VERDICT_WITHIN_MARGIN };
	int i = 0;
	while (order[i] != v)
		i++;
	return i;
}

static double size(double ratio)
{
	return isfinite(ratio) ? fabs(log(ratio)) : 0;
}

static int by_verdict(const void *va, const void *vb)
{
	const struct compare_cell *a = va, *b = vb;
	int d = rank(a->cost.verdict) - rank(b->cost.verdict);
	if (d)
		return d;
	double x = size(a->cost.ratio), y = size(b->cost.ratio);
	if (x != y)
		return x > y ? -1 : 1;
	d = strcmp(a->m->label, b->m->label);
	return d ? d : strcmp(a->arm, b->arm);
}

static const struct report_metric *metric(const struct report *r, const char *label)
{
	for (size_t i = 0; i < r->n_metrics; i++)
		if (strcmp(r->metrics[i].label, label) == 0)
			return &r->metrics[i];
	return NULL;
}

/* The arm's cell of the metric, or NULL when it holds nothing. */
static const struct report_cell *find(const struct report *r, const char *arm, const char *label)
{
	const struct report_metric *m = metric(r, label);
	const struct run_arm *a = run_arm(r->run, arm);
	const struct report_cell *c = m && a ? &m->cells[a - r->run->arms] : NULL;
	return c && c->n ? c : NULL;
}

static void add_cell(struct compare *c, const struct report_metric *m, size_t arm)
{
	const struct report *a = c->r[0], *b = c->r[1];
	const char *name = a->run->arms[arm].name;
	const struct report_cell *in_a = m->cells[arm].n ? &m->cells[arm] : NULL, *in_b = find(b, name, m->label);
	if (in_a && !in_b)
		strv_addf(&c->alone_in[0], "%s %s", a->arms[arm].label, m->label);
	if (!in_a || !in_b)
		return;
	struct compare_cell *cell = &c->cells[c->n++];
	*cell = (struct compare_cell){ .m = m, .c = { in_a, in_b }, .arm = a->arms[arm].label, .host = arm == a->host, .cost = none,
		                       .overhead = none };
	fill_cost(c, cell);
	const struct report_metric *other = metric(b, m->label);
	size_t arm_b = (size_t)(in_b - other->cells);
	cell->cost.floor = fmax(report_floor(a, m, arm, arm), report_floor(b, other, arm_b, arm_b));
	if (a->host == REPORT_NONE || b->host == REPORT_NONE)
		return;
	fill_overhead(c, cell, (const struct report_cell *[]){ &m->cells[a->host], &other->cells[b->host] });
	cell->overhead.floor = fmax(report_floor(a, m, arm, a->host), report_floor(b, other, arm_b, b->host));
	c->n_overheads += isfinite(cell->overhead.ratio);
}

static void find_alone_in_b(struct compare *c)
{
	const struct report *b = c->r[1];
	for (size_t i = 0; i < b->n_metrics; i++)
		for (size_t k = 0; k < b->run->n_arms; k++)
			if (b->metrics[i].cells[k].n && !find(c->r[0], b->run->arms[k].name, b->metrics[i].label))
				strv_addf(&c->alone_in[1], "%s %s", b->arms[k].label, b->metrics[i].label);
}

struct compare *compare_new(const struct report *a, const struct report *b, double margin)
{
	struct compare *c = xcalloc(1, sizeof(*c));
	*c = (struct compare){ .r = { a, b }, .margin = margin };
	c->cells = xcalloc(a->n_metrics * a->run->n_arms + 1, sizeof(*c->cells));
	for (size_t i = 0; i < a->n_metrics; i++)
		for (size_t k = 0; k < a->run->n_arms; k++)
			add_cell(c, &a->metrics[i], k);
	find_alone_in_b(c);
	adjust(c);
	qsort(c->cells, c->n, sizeof(*c->cells), by_verdict);
	return c;
}

void compare_free(struct compare *c)
{
	if (!c)
		return;
	strv_free(&c->alone_in[0]);
	strv_free(&c->alone_in[1]);
	free(c->cells);
	free(c);
}

static enum compare_gate gate_of(const struct compare_ratio *r, double limit)
{
	if (r->ci.ok && r->ci.lo > 1 + limit && r->adjusted < COMPARE_ALPHA && !stats_is_noise(r->ratio, r->floor))
		return GATE_FAILED;
	return r->ci.ok && r->ci.hi <= 1 + limit ? GATE_PASSED : GATE_OPEN;
}

enum compare_gate compare_gate(const struct compare *c, double limit, bool overheads, struct strv *ret)
{
	enum compare_gate worst = GATE_PASSED;
	for (size_t i = 0; i < c->n; i++) {
		const struct compare_cell *cell = &c->cells[i];
		const struct compare_ratio *r = overheads ? &cell->overhead : &cell->cost;
		bool nothing = cell->c[0]->s.median == 0 && cell->c[1]->s.median == 0;  /* of an amount: neither holds any */
		if (nothing || (overheads && cell->host))
			continue;
		enum compare_gate g = gate_of(r, limit);
		cleanup_free char *ratio = fmt_ratio(r->ratio, r->ci), *p = fmt_number(r->adjusted), *floor = fmt_percent(r->floor);
		if (g != GATE_PASSED)
			strv_addf(ret, "%s: %s %s %s, adjusted p %s%s%s", g == GATE_FAILED ? "costs more" : "open", cell->arm, cell->m->label, ratio,
			          p, isfinite(r->floor) ? ", noise floor " : "", isfinite(r->floor) ? floor : "");
		if (g == GATE_FAILED || (g == GATE_OPEN && worst == GATE_PASSED))
			worst = g;
	}
	return worst;
}

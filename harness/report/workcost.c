/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workcost.c - CPU time of the host by what is moved. */
#include "report/workcost.h"

#include "base/cleanup.h"
#include "report/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct scale {
	const char *unit, *per;
	double amount;
} scales[] = {
	{ "B", "GB", 1e9 },
	{ "request", "million requests", 1e6 },
	{ "connection", "million connections", 1e6 },
};

static const struct scale *scale_of(const struct workload *w)
{
	for (size_t i = 0; w && w->moves && i < sizeof(scales) / sizeof(*scales); i++)
		if (strcmp(scales[i].unit, w->moves) == 0)
			return &scales[i];
	return NULL;
}

/* One value a launch: it tells of all that it moved at once. */
static void fill(const struct run *run, const char *arm, const char *workload, double amount, struct report_cell *c, const char **ret_unknown)
{
	c->v = xcalloc(run->n_launches + 1, sizeof(*c->v));
	c->block = xcalloc(run->n_launches + 1, sizeof(*c->block));
	for (size_t i = 0; i < run->n_launches; i++) {
		const struct launch *l = &run->launches[i];
		if (!l->ok || !(l->result.worked > 0) || strcmp(l->arm, arm) != 0 || strcmp(l->workload, workload) != 0)
			continue;
		if (isfinite(l->work_cpu_s)) {
			c->block[c->n] = l->block;
			c->v[c->n++] = l->work_cpu_s / l->result.worked * amount;
		} else if (!*ret_unknown) {
			*ret_unknown = l->work_unknown;
		}
	}
	stats_summarize(c->v, c->n, &c->s);
	c->median_ci = stats_median_interval(c->v, c->n);
	c->ratio = NAN;
	c->ratio_ci = (struct stats_interval){ .lo = NAN, .hi = NAN };
}

bool work_cost_make(const struct report *r, size_t workload, struct work_cost *ret)
{
	const struct run *run = r->run;
	const struct run_workload *w = &run->workloads[workload];
	const struct scale *s = scale_of(w->workload);
	bool any = false;
	if (!s || r->workloads[workload].gate)
		return false;
	struct work_cost c = { .n_arms = run->n_arms, .per = s->per, .unit = s->unit, .cells = xcalloc(run->n_arms + 1, sizeof(*c.cells)),
		               .unknown = xcalloc(run->n_arms + 1, sizeof(*c.unknown)) };
	for (size_t a = 0; a < run->n_arms; a++) {
		fill(run, run->arms[a].name, w->name, s->amount, &c.cells[a], &c.unknown[a]);
		any = any || c.cells[a].n || c.unknown[a];
	}
	for (size_t a = 0; r->host != REPORT_NONE && a < run->n_arms; a++)
		if (a != r->host)
			pairs_ratio(r, &c.cells[a], &c.cells[r->host],
			            (const char *const[]){ run->arms[a].name, run->arms[r->host].name, w->name, "work", NULL }, &c.cells[a]);
	*ret = c;
	if (!any)
		work_cost_free(ret);
	return any;
}

void work_cost_free(struct work_cost *w)
{
	for (size_t a = 0; w->cells && a < w->n_arms; a++) {
		free(w->cells[a].v);
		free(w->cells[a].block);
	}
	free(w->cells);
	free(w->unknown);
	*w = (struct work_cost){ 0 };
}

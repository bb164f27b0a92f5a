/* SPDX-License-Identifier: GPL-3.0-or-later */
/* overheads.c - many runs: each arm's cost over the bare host of its own run, and where runs disagree. */
#include "report/compare.h"

#include "base/cleanup.h"
#include "stats/rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct overheads_row *row_of(struct overheads *o, const char *arm, const char *metric)
{
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->rows[i].arm, arm) == 0 && strcmp(o->rows[i].metric, metric) == 0)
			return &o->rows[i];
	o->rows = xrealloc(o->rows, o->n + 1, sizeof(*o->rows));
	struct overheads_row *row = &o->rows[o->n++];
	*row = (struct overheads_row){ .arm = xstrdup(arm), .metric = xstrdup(metric), .v = xcalloc(o->room + 1, sizeof(*row->v)) };
	for (size_t i = 0; i < o->room; i++)
		row->v[i].ratio = NAN;
	return row;
}

void overheads_add(struct overheads *o, const struct report *r)
{
	size_t at = o->ids.n;
	if (at == o->room)
		return;
	strv_add(&o->ids, r->run->id);
	o->margin = at == 0 ? r->run->margin : o->margin;
	if (r->host == REPORT_NONE)
		strv_addf(&o->notes, "run %zu has no bare host: no overheads", at + 1);
	for (size_t i = 0; i < r->n_metrics; i++)
		for (size_t a = 0; a < r->run->n_arms; a++) {
			const struct report_cell *c = &r->metrics[i].cells[a];
			if (!report_has_ratio(c))
				continue;
			struct overheads_row *row = row_of(o, r->arms[a].label, r->metrics[i].label);
			row->v[at] = (struct overhead){ c->ratio, c->ratio_ci };
		}
	for (size_t i = 0; i < r->run->n_workloads; i++)
		if (r->workloads[i].gate)
			strv_addf(&o->notes, "run %zu, no timing for %s: %s", at + 1, r->run->workloads[i].name, r->workloads[i].gate);
}

/* All intervals of a row overlap pairwise unless the highest begins above the end of the lowest. */
static void find_apart(const struct overheads *o, struct overheads_row *row)
{
	size_t low = o->ids.n, high = o->ids.n;
	for (size_t i = 0; i < o->ids.n; i++) {
		const struct overhead *v = &row->v[i];
		if (!isfinite(v->ratio) || !v->ci.ok)
			continue;
		low = low == o->ids.n || v->ci.hi < row->v[low].ci.hi ? i : low;
		high = high == o->ids.n || v->ci.lo > row->v[high].ci.lo ? i : high;
	}
	row->low = row->high = 0;
	if (low < o->ids.n && row->v[low].ci.hi < row->v[high].ci.lo) {
		row->low = low;
		row->high = high;
	}
}

static struct stats_hetero hetero_of(const struct overheads *o, const struct overheads_row *row)
{
	cleanup_free double *ratio = xcalloc(o->ids.n + 1, sizeof(*ratio));
	cleanup_free struct stats_interval *ci = xcalloc(o->ids.n + 1, sizeof(*ci));
	for (size_t i = 0; i < o->ids.n; i++) {
		ratio[i] = row->v[i].ratio;
		ci[i] = row->v[i].ci;
	}
	return stats_hetero_ratios(ratio, ci, o->ids.n);
}

void overheads_finish(struct overheads *o)
{
	cleanup_free double *p = xcalloc(o->n + 1, sizeof(*p));
	cleanup_free double *adjusted = xcalloc(o->n + 1, sizeof(*adjusted));
	for (size_t i = 0; i < o->n; i++) {
		find_apart(o, &o->rows[i]);
		o->rows[i].hetero = hetero_of(o, &o->rows[i]);
		p[i] = o->rows[i].hetero.p;
	}
	stats_holm(p, o->n, adjusted);
	for (size_t i = 0; i < o->n; i++)
		o->rows[i].adjusted = adjusted[i];
}

void overheads_free(struct overheads *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->rows[i].arm);
		free(o->rows[i].metric);
		free(o->rows[i].v);
	}
	free(o->rows);
	strv_free(&o->ids);
	strv_free(&o->notes);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spent.c - what launches an adaptive run spent on which cell. */
#include "report/spent.h"

#include "base/cleanup.h"
#include "report/fmt.h"
#include "report/scatter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static unsigned count(const struct run *run, const char *arm, const char *workload)
{
	unsigned n = 0;
	for (size_t i = 0; i < run->n_launches; i++)
		n += strcmp(run->launches[i].arm, arm) == 0 && strcmp(run->launches[i].workload, workload) == 0;
	return n;
}

static void find_widest(const struct report *r, struct spent *s)
{
	const struct report_workload *w = &r->workloads[s->workload];
	for (size_t i = w->first; i < w->first + w->n; i++) {
		const struct report_cell *c = &r->metrics[i].cells[s->arm];
		double h = r->metrics[i].detail ? NAN : stats_half_width(c->v, c->n);
		if (isnan(h) || h <= s->half_width)
			continue;
		s->half_width = h;
		s->widest = i;
	}
	if (s->widest != REPORT_NONE)
		s->within_share = report_scatter(r, &r->metrics[s->widest], s->arm).within_share;
}

size_t spent_make(const struct report *r, struct spent **ret)
{
	const struct run *run = r->run;
	size_t arms = run->n_arms + run->n_twins, n = 0;
	*ret = xcalloc(run->n_workloads * arms + 1, sizeof(**ret));
	for (size_t w = 0; w < run->n_workloads && run->adaptive.on; w++)
		for (size_t a = 0; a < arms; a++) {
			const char *arm = run->arms[a].name, *workload = run->workloads[w].name;
			struct spent s = { .arm = a, .workload = w, .launches = count(run, arm, workload), .widest = REPORT_NONE, .half_width = NAN,
				           .within_share = NAN };
			if (!s.launches)
				continue;
			s.end = run_cell_end(run, arm, workload);
			find_widest(r, &s);
			(*ret)[n++] = s;
		}
	return n;
}

const char *spent_end_text(enum cell_end end)
{
	return end == CELL_OPEN ? "killed" : cell_end_names[end];
}

char *spent_rule(const struct run *run)
{
	const struct adaptive *a = &run->adaptive;
	cleanup_free char *target = fmt_percent(a->half_width), *budget = a->budget_s > 0 ? xasprintf(", or the time of %.6g s is up (budget)", a->budget_s)
	                                                                                   : xstrdup("");
	return xasprintf("Adaptive: after a pilot of %u launches each arm and workload has more until the half-width of its median's interval is at most %s of "
	                 "the median (precision), it has all that it may have (cap)%s. The half-width is the 95 %% interval's, or the 99.5 %% interval's "
	                 "times 0.70 where that is more.", a->min_launches, target, budget);
}

char *spent_ends(const struct spent *v, size_t n)
{
	struct str b = { 0 };
	for (int end = 0; end < CELL_ENDS; end++) {
		size_t of = 0;
		for (size_t i = 0; i < n; i++)
			of += (int)v[i].end == end;
		if (of)
			str_addf(&b, "%s%zu by %s", b.len ? ", " : "", of, end == CELL_OPEN ? "a kill" : end == CELL_INTERRUPTED ? "an interruption" :
			                                                  end == CELL_FAILED ? "failures" : cell_end_names[end]);
	}
	return b.s ? b.s : xstrdup("no cell");
}

const char *spent_help(const struct spent *s)
{
	if (s->end == CELL_PRECISION || isnan(s->within_share))
		return NULL;
	return s->within_share > SCATTER_WITHIN ? "longer launches" : "more launches";
}

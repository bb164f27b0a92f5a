/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_spent.c - which launches an adaptive run spent, and what ended each cell. */
#include "report/md.h"

#include "base/cleanup.h"
#include "report/fmt.h"
#include "report/spent.h"

#include <stdlib.h>

static void row(const struct report *r, const struct spent *s, struct str *b)
{
	cleanup_free char *width = fmt_percent(s->half_width), *within = fmt_percent(s->within_share);
	str_addf(b, "| ");
	md_cell(b, r->run->workloads[s->workload].name);
	str_addf(b, " | ");
	md_cell(b, r->arms[s->arm].label);
	str_addf(b, " | %u | %s | %s | ", s->launches, spent_end_text(s->end), width);
	md_cell(b, s->widest == REPORT_NONE ? FMT_NONE : r->metrics[s->widest].label);
	str_addf(b, " | %s | %s |\n", within, spent_help(s) ? spent_help(s) : FMT_NONE);
}

void md_spent(const struct report *r, struct str *b)
{
	cleanup_free struct spent *v = NULL;
	size_t n = spent_make(r, &v);
	if (!n)
		return;
	cleanup_free char *rule = spent_rule(r->run), *ends = spent_ends(v, n);
	str_addf(b, "## Launches spent\n\n%s Ended: %s. The half-width is that of the metric that is named, the widest of the workload. Launches inherit a "
	            "part of their scatter from what happens within them: where that is most of it, longer launches would save some.\n\n"
	            "| workload | arm | launches | ended by | half-width | of | scatter from within | would help |\n|---|---|--:|---|--:|---|--:|---|\n",
	         rule, ends);
	for (size_t i = 0; i < n; i++)
		row(r, &v[i], b);
	str_addf(b, "\n");
}

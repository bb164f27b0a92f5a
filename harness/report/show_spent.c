/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show_spent.c - the launches of an adaptive run, for a terminal. */
#include "report/show_parts.h"

#include "base/cleanup.h"
#include "report/figures.h"
#include "report/fmt.h"
#include "report/spent.h"

#include <stdlib.h>

static int widest_name(const struct report *r, const struct spent *v, size_t n, bool arm)
{
	size_t most = 0;
	for (size_t i = 0; i < n; i++) {
		size_t len = text_columns(arm ? r->arms[v[i].arm].label : r->run->workloads[v[i].workload].name);
		most = len > most ? len : most;
	}
	return (int)most;
}

/* A line a cell: which rule ended it. Twins take launches too. */
static void add_row(const struct report *r, const struct spent *s, int workload, int arm, struct str *b)
{
	cleanup_free char *width = fmt_percent(s->half_width), *launches = xasprintf("%u", s->launches);
	str_addf(b, "%*s", SHOW_INDENT, "");
	show_padded(b, r->run->workloads[s->workload].name, workload + 2);
	show_padded(b, r->arms[s->arm].label, arm + 2);
	show_padded(b, launches, -5);
	str_addf(b, "  ");
	show_padded(b, spent_end_text(s->end), 13);
	str_addf(b, "± %s", width);
	if (spent_help(s))
		str_addf(b, "; %s would help", spent_help(s));
	str_addf(b, "\n");
}

void show_spent(const struct report *r, bool rows, bool colour, struct str *b)
{
	cleanup_free struct spent *v = NULL;
	size_t n = spent_make(r, &v);
	if (!n)
		return;
	cleanup_free char *rule = spent_rule(r->run), *ends = spent_ends(v, n);
	str_addf(b, "%slaunches spent%s  %s%zu cells ended: %s%s\n", colour ? SHOW_BOLD : "", colour ? SHOW_RESET : "", colour ? SHOW_DIM : "", n, ends,
	         colour ? SHOW_RESET : "");
	for (size_t i = 0; i < n && rows; i++)
		add_row(r, &v[i], widest_name(r, v, n, false), widest_name(r, v, n, true), b);
	str_addf(b, "%s\n\n", rule);
}

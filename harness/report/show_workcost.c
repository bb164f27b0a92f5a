/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show_workcost.c - the host's CPU time by what is moved, for a terminal. */
#include "report/show_parts.h"

#include "base/cleanup.h"
#include "report/figures.h"
#include "report/fmt.h"
#include "report/workcost.h"

#include <stdlib.h>
#include <string.h>

static void add_row(const struct report *r, const struct work_cost *w, size_t a, int label, struct str *b)
{
	const struct report_cell *c = &w->cells[a];
	cleanup_free char *value = fmt_interval(c->s.median, c->median_ci, "s"), *ratio = fmt_ratio(c->ratio, c->ratio_ci);
	str_addf(b, "%*s", SHOW_INDENT, "");
	show_padded(b, r->arms[a].label, label);
	str_addf(b, "%s%s%s\n", value, report_has_ratio(c) ? "  " : "", report_has_ratio(c) ? ratio : "");
}

void show_workcost(const struct report *r, int label, bool colour, struct str *b)
{
	for (size_t i = 0; i < r->run->n_workloads; i++) {
		cleanup(work_cost_free) struct work_cost w = { 0 };
		if (!work_cost_make(r, i, &w))
			continue;
		str_addf(b, "%s%s: host CPU per %s%s  %slower is better%s\n", colour ? SHOW_BOLD : "", r->run->workloads[i].name, w.per,
		         colour ? SHOW_RESET : "", colour ? SHOW_DIM : "", colour ? SHOW_RESET : "");
		for (size_t a = 0; a < w.n_arms; a++) {
			if (w.cells[a].n)
				add_row(r, &w, a, label, b);
			else if (w.unknown[a])
				str_addf(b, "%*s%s: not known: %s\n", SHOW_INDENT, "", r->arms[a].label, w.unknown[a]);
		}
		str_addf(b, "\n");
	}
}

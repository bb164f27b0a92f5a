/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_workcost.c - the host's CPU time by what a workload moves, beside its metrics. */
#include "report/md.h"

#include "base/cleanup.h"
#include "report/fmt.h"
#include "report/workcost.h"

#include <string.h>

static void row(const struct report *r, const struct work_cost *w, size_t a, struct str *b)
{
	const struct report_cell *c = &w->cells[a];
	cleanup_free char *median = fmt_interval(c->s.median, c->median_ci, "s"), *q1 = fmt_value(c->s.q1, "s"), *q3 = fmt_value(c->s.q3, "s");
	cleanup_free char *ratio = a == r->host ? xstrdup("1 (reference)") : fmt_ratio(c->ratio, c->ratio_ci);
	str_addf(b, "| ");
	md_cell(b, r->arms[a].label);
	str_addf(b, " | %zu | %s | %s … %s |", c->n, median, q1, q3);
	if (r->host != REPORT_NONE)
		str_addf(b, " %s |", ratio);
	str_addf(b, "\n");
}

static void unknown(const struct report *r, const struct work_cost *w, struct str *b)
{
	for (size_t a = 0; a < w->n_arms; a++) {
		if (!w->unknown[a])
			continue;
		str_addf(b, "Not known of %s", w->cells[a].n ? "some launches of " : "");
		md_cell(b, r->arms[a].label);
		str_addf(b, ": ");
		md_cell(b, w->unknown[a]);
		str_addf(b, ".\n\n");
	}
}

void md_workcost(const struct report *r, size_t workload, struct str *b)
{
	cleanup(work_cost_free) struct work_cost w = { 0 };
	bool any = false;
	if (!work_cost_make(r, workload, &w))
		return;
	for (size_t a = 0; a < w.n_arms; a++)
		any = any || w.cells[a].n;
	str_addf(b, "**host CPU per %s**: CPU time that the host spent for the arm while so much was moved; lower is better. A peer outside of the arm "
	            "is not in it%s.\n\n", w.per, md_has_driver(r, "vm") ? ", a guest's kernel, QEMU and its threads are" : "");
	if (any) {
		bool host = r->host != REPORT_NONE;
		str_addf(b, "| arm | n | median [95 %% interval] | quartiles |%s\n|---|--:|---|---|%s\n", host ? " times the host's |" : "",
		         host ? "---|" : "");
		for (size_t a = 0; a < w.n_arms; a++)
			if (w.cells[a].n)
				row(r, &w, a, b);
		str_addf(b, "\n");
	}
	unknown(r, &w, b);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_aa.c - how far the figures can be trusted: the A/A control. */
#include "report/md.h"

#include "base/cleanup.h"
#include "report/aa.h"
#include "report/fmt.h"

void md_trust(const struct report *r, struct str *b)
{
	cleanup(strv_free) struct strv said = { 0 };
	if (!r->run->n_twins) {
		str_addf(b, "**How far to trust the figures:** no arm ran against itself, so how far apart equal things lie on this host is not "
		            "known (no A/A control, no noise floor).\n\n");
		return;
	}
	aa_say(r, &said);
	if (!said.n)
		strv_add(&said, "the A/A control gave no figures.");
	str_addf(b, "**How far to trust the figures:**");
	for (size_t i = 0; i < said.n; i++) {
		str_addf(b, " ");
		md_cell(b, said.v[i]);
	}
	str_addf(b, "\n\n");
}

static void row(const struct report *r, const struct report_aa *a, struct str *b)
{
	const struct report_metric *m = &r->metrics[a->metric];
	cleanup_free char *ratio = fmt_ratio(a->noise.ratio, a->noise.ci), *halves = fmt_percent(a->noise.halves),
	                  *floor = fmt_percent(a->noise.floor), *p = fmt_number(a->adjusted);
	str_addf(b, "| ");
	md_cell(b, r->arms[a->arm].label);
	str_addf(b, " | ");
	md_cell(b, m->label);
	str_addf(b, " | %zu, %zu | %s | %s | %s | %s |\n", m->cells[a->arm].n, m->cells[a->twin].n, ratio, halves, floor, p);
}

void md_aa(const struct report *r, struct str *b)
{
	if (!r->n_aa)
		return;
	str_addf(b, "## A/A control\n\n%s\n\n| arm | metric | n | arm over its twin | random halves | noise floor | adjusted p |\n"
	            "|---|---|---|---|--:|--:|--:|\n", aa_source);
	for (size_t i = 0; i < r->n_aa; i++)
		row(r, &r->aa[i], b);
	str_addf(b, "\n");
}

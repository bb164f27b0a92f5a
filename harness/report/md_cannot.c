/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_cannot.c - what can't run where, and why: facts of the arms. */
#include "report/md.h"

#include "base/cleanup.h"

void md_cannot(const struct report *r, struct str *b)
{
	if (!r->cannot.n)
		return;
	str_addf(b, "## What can't run where\n\nFacts of the arms, not failures: these workloads were not launched there, or not again once "
	            "launches had shown it.\n\n| arm | can't run | because |\n|---|---|---|\n");
	for (size_t i = 0; i < r->cannot.n; i++) {
		cleanup_free char *names = cannots_names(&r->cannot, i);
		if (!names)
			continue;
		str_addf(b, "| ");
		md_cell(b, report_label(r, r->cannot.v[i].arm));
		str_addf(b, " | ");
		md_cell(b, names);
		str_addf(b, " | ");
		md_cell(b, r->cannot.v[i].reason);
		str_addf(b, " |\n");
	}
	str_addf(b, "\n");
}

void md_cannot_line(const struct report *r, size_t workload, struct str *b)
{
	bool any = false;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		const char *reason = report_cannot(r, a, workload);
		if (!reason)
			continue;
		str_addf(b, "- ");
		md_cell(b, r->arms[a].label);
		str_addf(b, " can't run it: ");
		md_cell(b, reason);
		str_addf(b, "\n");
		any = true;
	}
	str_addf(b, any ? "\n" : "");
}

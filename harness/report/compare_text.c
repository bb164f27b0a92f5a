/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compare_text.c - the comparison of two runs for a terminal and in Markdown. */
#include "report/compare_parts.h"

#include "base/cleanup.h"
#include "report/fmt.h"
#include "report/md.h"
#include "report/show_parts.h"

#define WIDTH_MIN 60

static const char *const names[] = { "A", "B" };

/* "39 cells, margin 2 %: 1 faster, 38 not distinguishable" */
static char *counted(const struct compare *c)
{
	static const enum verdict order[] = { VERDICT_SLOWER, VERDICT_SLOWER_OPEN, VERDICT_FASTER, VERDICT_FASTER_OPEN,
		                              VERDICT_WITHIN_FLOOR, VERDICT_NOT_DISTINGUISHABLE, VERDICT_WITHIN_MARGIN, VERDICT_NONE };
	size_t n[VERDICT_WITHIN_FLOOR + 1] = { 0 };
	struct str b = { 0 };
	for (size_t i = 0; i < c->n; i++)
		n[c->cells[i].cost.verdict]++;
	cleanup_free char *cells = fmt_count(c->n, "cell", "cells");
	str_addf(&b, "%s, margin %.3g %%", cells, 100 * c->margin);
	const char *separator = ": ";
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (n[order[i]]) {
			str_addf(&b, "%s%zu %s", separator, n[order[i]], stats_verdict_text(order[i]));
			separator = ", ";
		}
	return b.s;
}

/* Of which suite, when, and on which host; or where the figures are from. */
static char *origin_of(const struct run *r)
{
	if (run_is_imported(r)) {
		cleanup_free char *from = imported_from(r);
		return xasprintf("%s, %s on %s", r->suite, from, r->started);
	}
	const char *name = kvs_get(&r->host_before, "host.name"), *cpu = kvs_get(&r->host_before, "cpu.model");
	return xasprintf("suite %s, started %s, on %s, %s", r->suite, r->started, name ? name : "host without a name", cpu ? cpu : "unknown CPU");
}

static void add_lines(const struct strv *l, struct str *b)
{
	for (size_t i = 0; i < l->n; i++)
		str_addf(b, "  %s\n", l->v[i]);
}

char *compare_text(const struct compare *c, const struct strv *against, const struct strv *notes, int width, bool colour)
{
	struct str b = { 0 };
	struct strv said = { 0 };
	struct grid costs, overheads;
	width = width < WIDTH_MIN ? WIDTH_MIN : width;
	for (int k = 0; k < 2; k++) {
		const struct run *r = c->r[k]->run;
		cleanup_free char *origin = origin_of(r);
		str_addf(&b, "%s%s%s  %s  %s\n", colour ? SHOW_BOLD : "", names[k], colour ? SHOW_RESET : "", r->id, origin);
	}
	if (against->n)
		str_addf(&b, "\nFORCED: what can't be compared is compared. These differ, and the figures may be nothing but that:\n");
	add_lines(against, &b);
	cleanup_free char *sum = counted(c);
	str_addf(&b, "\n%s\n\n", sum);
	grid_costs(c, false, &costs);
	grid_text(&costs, width, colour, &b);
	grid_overheads(c, false, &overheads);
	if (overheads.n)
		str_addf(&b, "Overheads, each over the bare host of its own run\n");
	if (overheads.n)
		grid_text(&overheads, width, colour, &b);
	compare_say(c, &said);
	for (size_t i = 0; i < said.n; i++)
		str_addf(&b, "%s\n", said.v[i]);
	if (notes->n)
		str_addf(&b, "Also different, or to be known:\n");
	add_lines(notes, &b);
	strv_free(&said);
	grid_free(&costs);
	grid_free(&overheads);
	return b.s;
}

static void md_lines(const struct strv *l, struct str *b)
{
	for (size_t i = 0; i < l->n; i++) {
		str_addf(b, "- ");
		md_cell(b, l->v[i]);
		str_addf(b, "\n");
	}
	str_addf(b, l->n ? "\n" : "");
}

char *compare_md(const struct compare *c, const struct strv *against, const struct strv *notes)
{
	struct str b = { 0 };
	struct strv said = { 0 };
	struct grid costs, overheads;
	str_addf(&b, "# Two runs compared\n\n");
	for (int k = 0; k < 2; k++) {
		const struct run *r = c->r[k]->run;
		cleanup_free char *origin = origin_of(r);
		str_addf(&b, "- **%s**: `%s`, ", names[k], r->id);
		md_cell(&b, origin);
		str_addf(&b, "\n");
	}
	str_addf(&b, "\n");
	if (against->n)
		str_addf(&b, "> **Forced: what can't be compared is compared.** These differ, and the figures may be nothing but that:\n\n");
	md_lines(against, &b);
	compare_say(c, &said);
	md_lines(&said, &b);
	cleanup_free char *sum = counted(c);
	str_addf(&b, "## Costs, B over A\n\n%s. Above 1 × B costs more. In brackets 95 %% intervals; p of the Mann-Whitney test with Holm's "
	             "correction over all cells.\n\n", sum);
	grid_costs(c, true, &costs);
	grid_md(&costs, &b);
	grid_overheads(c, true, &overheads);
	if (overheads.n) {
		str_addf(&b, "## Overheads, each over the bare host of its own run\n\n");
		grid_md(&overheads, &b);
	}
	if (notes->n)
		str_addf(&b, "## Also different, or to be known\n\n");
	md_lines(notes, &b);
	strv_free(&said);
	grid_free(&costs);
	grid_free(&overheads);
	return b.s;
}

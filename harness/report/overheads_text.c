/* SPDX-License-Identifier: GPL-3.0-or-later */
/* overheads_text.c - the overheads of many runs for a terminal and in Markdown. */
#include "report/overheads_parts.h"

#include "base/cleanup.h"
#include "report/figures.h"
#include "report/fmt.h"
#include "report/md.h"
#include "report/show_parts.h"

#include <math.h>

char *overheads_apart(const struct overheads_row *row)
{
	return row->low == row->high ? xstrdup("") : xasprintf("differ: run %zu below run %zu", row->low + 1, row->high + 1);
}

static bool row_disagrees(const struct overheads_row *row)
{
	return row->adjusted < COMPARE_ALPHA;           /* NaN is not */
}

/* How much hosts disagree: "I² 92 %, p < 0.001", or "I² 92 % *" where p is below COMPARE_ALPHA. "" where fewer than two have an interval. */
static char *hetero_text(const struct overheads_row *row, bool p)
{
	if (!isfinite(row->adjusted))
		return xstrdup("");
	if (!p)
		return xasprintf("I² %.0f %%%s", 100 * row->hetero.i2, row_disagrees(row) ? " *" : "");
	if (row->adjusted < 0.001)
		return xasprintf("I² %.0f %%, p < 0.001", 100 * row->hetero.i2);
	return xasprintf("I² %.0f %%, p = %.3f", 100 * row->hetero.i2, row->adjusted);
}

static size_t count_disagreeing(const struct overheads *o)
{
	size_t n = 0;
	for (size_t i = 0; i < o->n; i++)
		n += row_disagrees(&o->rows[i]);
	return n;
}

#define HETERO_HELP                                                                                                                  \
	"Hosts disagree in %zu of %zu cells by Cochran's Q, on the logarithms of the ratios, with Holm's correction over all cells (p < %g). I² is the share of the " \
	"scatter between runs that is not chance within them; with few runs it is a rough figure."

static char *value_text(const struct overhead *v, bool interval)
{
	return fmt_ratio(v->ratio, interval ? v->ci : (struct stats_interval){ .ok = false });
}

static int wider(int a, const char *text)
{
	int n = (int)text_columns(text);
	return n > a ? n : a;
}

#define DIFFER_COLUMNS 28       /* of "differ: run 10 below run 12" */
#define HETERO_COLUMNS 10       /* of "I² 100 % *" */

struct columns {
	int label, value;
	bool intervals;
};

static void measure(const struct overheads *o, bool intervals, struct columns *c)
{
	*c = (struct columns){ .label = 4, .value = 8, .intervals = intervals };
	for (size_t i = 0; i < o->n; i++) {
		cleanup_free char *label = xasprintf("%s %s", o->rows[i].arm, o->rows[i].metric);
		c->label = wider(c->label, label);
		for (size_t k = 0; k < o->ids.n; k++) {
			cleanup_free char *value = value_text(&o->rows[i].v[k], intervals);
			c->value = wider(c->value, value);
		}
	}
}

static void text_row(const struct overheads *o, const struct overheads_row *row, const struct columns *c, struct str *b)
{
	cleanup_free char *label = xasprintf("%s %s", row->arm, row->metric), *apart = overheads_apart(row), *hetero = hetero_text(row, false);
	show_padded(b, label, c->label + 2);
	for (size_t k = 0; k < o->ids.n; k++) {
		cleanup_free char *value = value_text(&row->v[k], c->intervals);
		show_padded(b, value, c->value + 2);
	}
	show_padded(b, hetero, HETERO_COLUMNS + 2);
	str_addf(b, "%s", apart);
	while (b->s[b->len - 1] == ' ')
		b->s[--b->len] = '\0';
	str_addf(b, "\n");
}

static size_t count_apart(const struct overheads *o)
{
	size_t n = 0;
	for (size_t i = 0; i < o->n; i++)
		n += o->rows[i].low != o->rows[i].high;
	return n;
}

/* Of more runs than there are columns for, those that the table names. */
static void text_runs(const struct overheads *o, bool spread, struct str *b)
{
	cleanup_free bool *named = xcalloc(o->ids.n + 1, sizeof(*named));
	if (spread)
		overheads_named(o, named);
	for (size_t k = 0; k < o->ids.n; k++)
		if (!spread || named[k])
			str_addf(b, "  run %zu  %s\n", k + 1, o->ids.v[k]);
	if (spread)
		str_addf(b, "These of %zu runs are named below; -o FILE lists all.\n", o->ids.n);
}

static void text_table(const struct overheads *o, const struct columns *c, struct str *b)
{
	show_padded(b, "cell", c->label + 2);
	for (size_t k = 0; k < o->ids.n; k++) {
		cleanup_free char *head = xasprintf("run %zu", k + 1);
		show_padded(b, head, k + 1 == o->ids.n ? 0 : c->value + 2);
	}
	str_addf(b, "\n");
	for (size_t i = 0; i < o->n; i++)
		text_row(o, &o->rows[i], c, b);
}

char *overheads_text(const struct overheads *o, const struct strv *against, int width, bool colour)
{
	struct str b = { 0 };
	struct columns c;
	bool spread = o->ids.n > OVERHEADS_COLUMNS;
	measure(o, true, &c);
	if (c.label + 2 + (int)o->ids.n * (c.value + 2) + HETERO_COLUMNS + 2 + DIFFER_COLUMNS > width)
		measure(o, false, &c);
	str_addf(&b, "%sOverheads: cost over the bare host of the same run%s\n", colour ? SHOW_BOLD : "", colour ? SHOW_RESET : "");
	text_runs(o, spread, &b);
	if (against->n)
		str_addf(&b, "\nFORCED: what can't be compared is compared. These differ, and the figures may be nothing but that:\n");
	for (size_t i = 0; i < against->n; i++)
		str_addf(&b, "  %s\n", against->v[i]);
	str_addf(&b, "\n");
	if (spread)
		overheads_spread_text(o, &b);
	else
		text_table(o, &c, &b);
	str_addf(&b, "\nRuns disagree in %zu of %zu cells: two 95 %% intervals do not overlap. There is no correction for their number.\n",
	         count_apart(o), o->n);
	str_addf(&b, "*: " HETERO_HELP "\n", count_disagreeing(o), o->n, COMPARE_ALPHA);
	if (!spread && !c.intervals)
		str_addf(&b, "Intervals do not fit this terminal; -o FILE has them.\n");
	for (size_t i = 0; i < o->notes.n; i++)
		str_addf(&b, "%s\n", o->notes.v[i]);
	return b.s;
}

static void md_row(const struct overheads *o, const struct overheads_row *row, struct str *b)
{
	cleanup_free char *label = xasprintf("%s %s", row->arm, row->metric), *apart = overheads_apart(row), *hetero = hetero_text(row, true);
	str_addf(b, "| ");
	md_cell(b, label);
	for (size_t k = 0; k < o->ids.n; k++) {
		cleanup_free char *value = value_text(&row->v[k], true);
		str_addf(b, " | ");
		md_cell(b, value);
	}
	str_addf(b, " | %s | %s |\n", hetero, apart);
}

static void md_list(const struct strv *l, struct str *b)
{
	for (size_t i = 0; i < l->n; i++) {
		str_addf(b, "- ");
		md_cell(b, l->v[i]);
		str_addf(b, "\n");
	}
	str_addf(b, l->n ? "\n" : "");
}

static void md_table(const struct overheads *o, struct str *b)
{
	str_addf(b, "| cell |");
	for (size_t k = 0; k < o->ids.n; k++)
		str_addf(b, " run %zu |", k + 1);
	str_addf(b, " heterogeneity | intervals |\n|---|---|");
	for (size_t k = 0; k <= o->ids.n; k++)
		str_addf(b, "---|");
	str_addf(b, "\n");
	for (size_t i = 0; i < o->n; i++)
		md_row(o, &o->rows[i], b);
}

char *overheads_md(const struct overheads *o, const struct strv *against)
{
	struct str b = { 0 };
	str_addf(&b, "# Overheads of %zu runs\n\nCost over the bare host of the same run, with its 95 %% interval.\n\n", o->ids.n);
	for (size_t k = 0; k < o->ids.n; k++)
		str_addf(&b, "- run %zu: `%s`\n", k + 1, o->ids.v[k]);
	str_addf(&b, "\n");
	if (against->n)
		str_addf(&b, "> **Forced: what can't be compared is compared.** These differ, and the figures may be nothing but that:\n\n");
	md_list(against, &b);
	if (o->ids.n > OVERHEADS_COLUMNS)
		overheads_spread_md(o, &b);
	else
		md_table(o, &b);
	str_addf(&b, "\nRuns disagree in %zu of %zu cells: two intervals do not overlap. There is no correction for their number.\n\n",
	         count_apart(o), o->n);
	str_addf(&b, HETERO_HELP "\n\n", count_disagreeing(o), o->n, COMPARE_ALPHA);
	md_list(&o->notes, &b);
	return b.s;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* overheads_spread.c - the overheads of more runs than a table has room for: a row says how they spread, and which runs are at its ends. */
#include "report/overheads_parts.h"

#include "base/cleanup.h"
#include "report/fmt.h"
#include "report/md.h"
#include "report/show_parts.h"

#include <math.h>

#define COLUMNS 7

static const char *const heads[COLUMNS] = { "cell", "runs", "median", "half of the runs", "lowest", "highest", "intervals" };

struct spread {
	size_t n, lowest, highest;      /* runs that have it; which are at the ends */
	double quartile[3];
};

static void find_spread(const struct overheads *o, const struct overheads_row *row, struct spread *ret)
{
	cleanup_free double *v = xcalloc(o->ids.n + 1, sizeof(*v));
	*ret = (struct spread){ 0 };
	for (size_t i = 0; i < o->ids.n; i++) {
		double ratio = row->v[i].ratio;
		if (!isfinite(ratio))
			continue;
		if (!ret->n || ratio < row->v[ret->lowest].ratio)
			ret->lowest = i;
		if (!ret->n || ratio > row->v[ret->highest].ratio)
			ret->highest = i;
		v[ret->n++] = ratio;
	}
	stats_quantiles(v, ret->n, (const double[]){ 0.25, 0.5, 0.75 }, 3, ret->quartile);
}

static char *ratio_text(double v)
{
	return fmt_ratio(v, (struct stats_interval){ .ok = false });
}

static char *end_text(const struct overheads_row *row, size_t run)
{
	cleanup_free char *ratio = ratio_text(row->v[run].ratio);
	return xasprintf("%s (run %zu)", ratio, run + 1);
}

static void fill_cells(const struct overheads *o, const struct overheads_row *row, char *cell[COLUMNS])
{
	struct spread s;
	find_spread(o, row, &s);
	cleanup_free char *q1 = ratio_text(s.quartile[0]), *q3 = ratio_text(s.quartile[2]);
	char *all[COLUMNS] = { xasprintf("%s %s", row->arm, row->metric), xasprintf("%zu", s.n), ratio_text(s.quartile[1]),
		               xasprintf("%s … %s", q1, q3), end_text(row, s.lowest), end_text(row, s.highest), overheads_apart(row) };
	for (size_t k = 0; k < COLUMNS; k++)
		cell[k] = all[k];
}

struct table {
	char *(*rows)[COLUMNS];
	size_t n;
};

static void table_fill(const struct overheads *o, struct table *t)
{
	*t = (struct table){ .rows = xcalloc(o->n + 1, sizeof(*t->rows)), .n = o->n };
	for (size_t i = 0; i < o->n; i++)
		fill_cells(o, &o->rows[i], t->rows[i]);
}

static void table_free(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < COLUMNS; k++)
			free(t->rows[i][k]);
	free(t->rows);
}

static void text_row(char *const cell[COLUMNS], const int width[COLUMNS], struct str *b)
{
	for (size_t k = 0; k < COLUMNS; k++)
		show_padded(b, cell[k], k == 1 ? -width[k] : width[k] + (k ? 2 : 0)), str_addf(b, k < 2 ? "  " : "");
	while (b->s[b->len - 1] == ' ')
		b->s[--b->len] = '\0';
	str_addf(b, "\n");
}

void overheads_spread_text(const struct overheads *o, struct str *b)
{
	cleanup(table_free) struct table t;
	int width[COLUMNS] = { 0 };
	table_fill(o, &t);
	for (size_t k = 0; k < COLUMNS; k++) {
		width[k] = (int)text_columns(heads[k]);
		for (size_t i = 0; i < t.n; i++) {
			int n = (int)text_columns(t.rows[i][k]);
			width[k] = n > width[k] ? n : width[k];
		}
	}
	text_row((char *const *)heads, width, b);
	for (size_t i = 0; i < t.n; i++)
		text_row(t.rows[i], width, b);
}

static void md_row(char *const cell[COLUMNS], struct str *b)
{
	for (size_t k = 0; k < COLUMNS; k++) {
		str_addf(b, "| ");
		md_cell(b, cell[k]);
		str_addf(b, " ");
	}
	str_addf(b, "|\n");
}

void overheads_spread_md(const struct overheads *o, struct str *b)
{
	cleanup(table_free) struct table t;
	table_fill(o, &t);
	md_row((char *const *)heads, b);
	str_addf(b, "|---|--:|---|---|---|---|---|\n");
	for (size_t i = 0; i < t.n; i++)
		md_row(t.rows[i], b);
}

void overheads_named(const struct overheads *o, bool *ret)
{
	for (size_t i = 0; i < o->n; i++) {
		struct spread s;
		find_spread(o, &o->rows[i], &s);
		ret[s.lowest] = ret[s.highest] = true;
		if (o->rows[i].low != o->rows[i].high)
			ret[o->rows[i].low] = ret[o->rows[i].high] = true;
	}
}

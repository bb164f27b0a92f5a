/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needed_text.c - how many launches it takes, as a table for the terminal and as JSON. */
#include "report/needed.h"

#include "base/cleanup.h"
#include "report/figures.h"
#include "report/fmt.h"
#include "report/show_parts.h"

#include <math.h>
#include <stdlib.h>

#define NEEDED_SCHEMA 1
#define LAUNCHES_MOST 10000             /* that -n takes */
#define COLUMNS 8

struct row {
	char *cell[COLUMNS];
};

static void row_freep(struct row *row)
{
	for (size_t i = 0; i < COLUMNS; i++)
		free(row->cell[i]);
}

static char *count(double v)
{
	return isfinite(v) ? xasprintf("%.0f", v) : xstrdup(FMT_NONE);
}

static void fill(const struct needed *n, struct row *ret)
{
	*ret = (struct row){ .cell = {
		xstrdup(n->cell.m->label), xstrdup(n->cell.label), xasprintf("%zu", n->cell.c->n), fmt_percent(n->scatter.sd), fmt_percent(n->scatter.within_share),
		isfinite(n->launches) ? xasprintf("%.0f (%.0f to %.0f)", n->launches, n->from, n->to) : xstrdup(FMT_NONE), count(n->against_host),
		fmt_percent(n->found),
	} };
}

static void add_table(const struct needed *v, size_t n, struct str *b)
{
	static const char *const head[COLUMNS] = { "metric", "arm", "n", "scatter", "of it within", "launches", "against host", "found with n" };
	int width[COLUMNS];
	for (size_t k = 0; k < COLUMNS; k++)
		width[k] = (int)text_columns(head[k]);
	/* Twice: how wide, and then the text. The head goes before the first row. */
	for (size_t i = 0; i < 2 * n; i++) {
		cleanup(row_freep) struct row row = { { 0 } };
		fill(&v[i % n], &row);
		for (size_t k = 0; k < COLUMNS && i < n; k++)
			width[k] = (int)text_columns(row.cell[k]) > width[k] ? (int)text_columns(row.cell[k]) : width[k];
		for (size_t k = 0; k < COLUMNS && i == n; k++)
			show_padded(b, head[k], k + 1 < COLUMNS ? width[k] + 2 : 0);
		str_addf(b, i == n ? "\n" : "");
		for (size_t k = 0; k < COLUMNS && i >= n; k++)
			show_padded(b, row.cell[k], k + 1 < COLUMNS ? width[k] + 2 : 0);
		str_addf(b, i >= n ? "\n" : "");
	}
}

/* Where longer launches would save some. */
static void say_within(const struct needed *v, size_t n, struct str *b)
{
	size_t longer = 0, known = 0;
	for (size_t i = 0; i < n; i++) {
		known += isfinite(v[i].scatter.within_share);
		longer += v[i].scatter.within_share > SCATTER_WITHIN;
	}
	if (known)
		str_addf(b, "In %zu of the %zu cells with samples enough to tell, most of the scatter comes from within launches: longer launches would save "
		            "some there. In the others nothing but more launches helps.\n", longer, known);
}

/* NaN: not of an imported run. */
static double time_of(const struct needed *v, size_t n, double launches)
{
	double s = isfinite(launches) ? needed_time(v, n, launches) : NAN;
	return s > 0 ? s : NAN;
}

static void say_all(const struct needed *v, size_t n, struct str *b)
{
	double most = needed_most(v, n);
	if (!isfinite(most)) {
		str_addf(b, "No cell has the %d launches with figures above 0 that it takes to tell.\n", STATS_LAUNCHES_MIN);
		return;
	}
	double s = time_of(v, n, most);
	cleanup_free char *time = s < 60 ? fmt_value(s, "s") : s < 3600 ? xasprintf("%.0f min", s / 60) : xasprintf("%.1f h", s / 3600);
	if (most > LAUNCHES_MOST)
		str_addf(b, "The cell that needs most needs %.0f, more than the %d that a run can have of a cell.\n", most, LAUNCHES_MOST);
	else if (isfinite(s))
		str_addf(b, "The cell that needs most needs %.0f: isocost run -n %.0f, about %s for all cells of a run.\n", most, most, time);
	else
		str_addf(b, "The cell that needs most needs %.0f.\n", most);
}

char *needed_text(const struct report *r, const struct needed_conf *c, const struct needed *v, size_t n)
{
	struct str b = { 0 };
	cleanup_free char *cells = c->cells > 1 ? xasprintf("in one of %u cells, corrected for their number", c->cells) : xstrdup("in a cell alone");
	str_addf(&b, "%s: launches that find a change of %g %% with a power of %g %%, %s\n\n", r->run->id, 100 * c->detect, 100 * c->power, cells);
	add_table(v, n, &b);
	str_addf(&b, "\nlaunches: of this arm in either of two runs that are compared, and within brackets for the 95 %% interval of the scatter, "
	             "which a few launches tell badly.\nagainst host: of the arm and of the host in one run, by how the ratios of its blocks scatter. found with n: "
	             "the least change that the run's own launches find.\n");
	say_within(v, n, &b);
	say_all(v, n, &b);
	return b.s;
}

static json_t *whole(double v)
{
	return isfinite(v) ? json_integer((json_int_t)v) : json_null();
}

static json_t *cell_json(const struct needed *n)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:I}", "arm", n->cell.arm, "workload", n->cell.workload, "metric", n->cell.metric, "n",
	                      (json_int_t)n->cell.c->n);
	json_object_set_new(o, "sd", export_real(n->scatter.sd));
	json_object_set_new(o, "sd_between", export_real(n->scatter.spread.between));
	json_object_set_new(o, "sd_within", export_real(n->scatter.spread.within));
	json_object_set_new(o, "samples", export_real(n->scatter.spread.samples));
	json_object_set_new(o, "within_share", export_real(n->scatter.within_share));
	json_object_set_new(o, "launches", whole(n->launches));
	json_object_set_new(o, "launches_ci95", isfinite(n->from) ? json_pack("[o, o]", whole(n->from), whole(n->to)) : json_null());
	json_object_set_new(o, "sd_of_blocks", export_real(n->pairs_sd));
	json_object_set_new(o, "launches_against_host", whole(n->against_host));
	json_object_set_new(o, "found", export_real(n->found));
	json_object_set_new(o, "wall_s", export_real(n->wall_s));
	return o;
}

json_t *needed_json(const struct report *r, const struct needed_conf *c, const struct needed *v, size_t n)
{
	json_t *cells = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(cells, cell_json(&v[i]));
	double most = needed_most(v, n);
	return json_pack("{s:i, s:s, s:f, s:f, s:f, s:i, s:o, s:o, s:o}", "power_schema", NEEDED_SCHEMA, "run", r->run->id, "detect", c->detect, "power",
	                 c->power, "alpha", needed_alpha(c), "compared_cells", (int)c->cells, "launches", whole(most), "time_s",
	                 export_real(time_of(v, n, most)), "cells", cells);
}

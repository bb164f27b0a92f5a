/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_openmetrics.c - OpenMetrics 1.0 text, for Prometheus: a family of summaries a unit, and gauges beside it.
 *
 * A family must stand in one piece, so that each walks over the cells again. */
#include "report/export.h"

#include <math.h>
#include <string.h>

/* The registry's units, and how names end that have them. */
static const struct {
	const char *unit, *name;
} units[] = {
	{ "s", "seconds" }, { "B", "bytes" }, { "1/s", "per_second" }, { "B/s", "bytes_per_second" }, { "FLOP/s", "flop_per_second" },
};
#define UNITS (sizeof(units) / sizeof(*units))

static bool takes(const struct report_metric *m, size_t doc)
{
	(void)doc;
	for (size_t i = 0; i < UNITS; i++)
		if (strcmp(m->unit, units[i].unit) == 0)
			return true;
	return false;
}

static void put_label(FILE *to, const char *key, const char *value, char before)
{
	fprintf(to, "%c%s=\"", before, key);
	for (; *value; value++)
		if (*value == '\n')
			fputs("\\n", to);
		else
			fprintf(to, strchr("\\\"", *value) ? "\\%c" : "%c", *value);
	fputc('"', to);
}

static void put_family(FILE *to, const char *name, const char *type, const char *unit, const char *help)
{
	fprintf(to, "# TYPE %s %s\n", name, type);
	if (unit)
		fprintf(to, "# UNIT %s %s\n", name, unit);
	fprintf(to, "# HELP %s %s\n", name, help);
}

/* Opens the braces; the caller closes them. */
static void put_cell(FILE *to, const char *name, const char *suffix, const struct export_cell *cell)
{
	fprintf(to, "%s%s", name, suffix);
	put_label(to, "workload", cell->workload, '{');
	put_label(to, "metric", cell->metric, ',');
	put_label(to, "arm", cell->label, ',');
	put_label(to, "better", export_better(cell->m), ',');
}

static void put_value(FILE *to, double v)
{
	fputs("} ", to);
	export_number(to, v);
	fputc('\n', to);
}

static void put_summary(FILE *to, const char *name, const struct export_cell *cell)
{
	const struct stats_summary *s = &cell->c->s;
	const char *const quantiles[] = { "0.0", "0.25", "0.5", "0.75", "1.0" };
	const double values[] = { s->min, s->q1, s->median, s->q3, s->max };
	double sum = 0;
	for (size_t i = 0; i < 5; i++) {
		put_cell(to, name, "", cell);
		put_label(to, "quantile", quantiles[i], ',');
		put_value(to, values[i]);
	}
	for (size_t i = 0; i < cell->c->n; i++)
		sum += cell->c->v[i];
	put_cell(to, name, "_count", cell);
	put_value(to, (double)cell->c->n);
	put_cell(to, name, "_sum", cell);
	put_value(to, sum);
}

/* One end of the interval of the median, or of the cost ratio where unit is NULL. */
static void put_bound(FILE *to, const char *name, const struct export_cell *cell, bool ratio, bool high)
{
	struct stats_interval i = ratio ? cell->c->ratio_ci : cell->c->median_ci;
	double v = high ? i.hi : i.lo;
	if (!i.ok || !isfinite(v))
		return;
	put_cell(to, name, "", cell);
	put_value(to, v);
}

static bool any(const struct report *r, const char *unit)
{
	for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);)
		if (strcmp(cell.m->unit, unit) == 0)
			return true;
	return false;
}

static void put_bounds(const struct report *r, size_t u, bool high, FILE *to)
{
	char name[80];
	snprintf(name, sizeof(name), "isocost_median_%s_%s", high ? "high" : "low", units[u].name);
	put_family(to, name, "gauge", units[u].name, high ? "Upper end of the 95 % interval of the median over launches." :
	                                                  "Lower end of the 95 % interval of the median over launches.");
	for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);)
		if (strcmp(cell.m->unit, units[u].unit) == 0)
			put_bound(to, name, &cell, false, high);
}

static void put_unit(const struct report *r, size_t u, FILE *to)
{
	char name[80];
	if (!any(r, units[u].unit))
		return;
	snprintf(name, sizeof(name), "isocost_launch_%s", units[u].name);
	put_family(to, name, "summary", units[u].name, "Quantiles over launches; the value of a launch is the median of its samples.");
	for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);)
		if (strcmp(cell.m->unit, units[u].unit) == 0)
			put_summary(to, name, &cell);
	put_bounds(r, u, false, to);
	put_bounds(r, u, true, to);
}

static void put_ratios(const struct report *r, FILE *to)
{
	put_family(to, "isocost_cost_ratio", "gauge", "ratio", "Times the cost of the host: above 1 is worse.");
	for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);)
		if (takes(cell.m, 0) && report_has_ratio(cell.c)) {
			put_cell(to, "isocost_cost_ratio", "", &cell);
			put_value(to, cell.c->ratio);
		}
	for (int high = 0; high < 2; high++) {
		const char *name = high ? "isocost_cost_high_ratio" : "isocost_cost_low_ratio";
		put_family(to, name, "gauge", "ratio", high ? "Upper end of the 95 % interval of the cost ratio." :
		                                              "Lower end of the 95 % interval of the cost ratio.");
		for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);)
			if (takes(cell.m, 0))
				put_bound(to, name, &cell, true, high);
	}
}

static void put_count(FILE *to, const struct report *r, size_t arm, size_t workload, const char *status, size_t n)
{
	fputs("isocost_launches", to);
	put_label(to, "workload", r->run->workloads[workload].name, '{');
	put_label(to, "arm", r->arms[arm].label, ',');
	put_label(to, "status", status, ',');
	put_value(to, (double)n);
}

static void put_launches(const struct report *r, FILE *to)
{
	put_family(to, "isocost_launches", "gauge", NULL, "Launches by how they ended; those that are marked are counted under ok too.");
	for (size_t w = 0; w < r->run->n_workloads; w++)
		for (size_t a = 0; a < r->run->n_arms; a++) {
			size_t ok, failed, marked;
			export_count(r, a, w, &ok, &failed, &marked);
			put_count(to, r, a, w, "ok", ok);
			put_count(to, r, a, w, "failed", failed);
			put_count(to, r, a, w, "marked", marked);
		}
}

static void put_infos(const struct report *r, FILE *to)
{
	put_family(to, "isocost_run", "info", NULL, "The run that these figures are of.");
	fputs("isocost_run_info", to);
	put_label(to, "run", r->run->id, '{');
	put_label(to, "suite", r->run->suite, ',');
	put_label(to, "started", r->run->started, ',');
	put_value(to, 1);
	put_family(to, "isocost_cannot", "info", NULL, "What an arm can't run, and why.");
	for (size_t i = 0; i < r->cannot.n; i++) {
		fputs("isocost_cannot_info", to);
		put_label(to, "workload", r->cannot.v[i].workload, '{');
		put_label(to, "arm", report_label(r, r->cannot.v[i].arm), ',');
		put_label(to, "reason", r->cannot.v[i].reason, ',');
		put_value(to, 1);
	}
}

static void write_openmetrics(const struct report *r, size_t doc, FILE *to)
{
	(void)doc;
	put_infos(r, to);
	put_launches(r, to);
	for (size_t u = 0; u < UNITS; u++)
		put_unit(r, u, to);
	put_ratios(r, to);
	fputs("# EOF\n", to);
}

const struct export_format export_openmetrics = {
	.name = "openmetrics", .what = "OpenMetrics text: summaries, intervals, ratios",
	.takes = takes, .write = write_openmetrics,
};

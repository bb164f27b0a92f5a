/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_gbench.c - the JSON of Google Benchmark, as its compare.py reads it: an iteration a launch, and aggregates.
 *
 * It knows times and rates. A rate is shown as the time of one unit, 1 / rate, beside bytes_per_second or items_per_second. */
#include "report/export.h"

#include "base/cleanup.h"

#include <gsl/gsl_statistics_double.h>
#include <string.h>

static bool is_rate(const struct report_metric *m)
{
	size_t n = strlen(m->unit);
	return n > 2 && strcmp(m->unit + n - 2, "/s") == 0;
}

static bool takes(const struct report_metric *m, size_t doc)
{
	(void)doc;
	return strcmp(m->unit, "s") == 0 || is_rate(m);
}

static double as_time(const struct report_metric *m, double v)
{
	return is_rate(m) ? 1 / v : v;
}

static void put_rate(json_t *o, const struct report_metric *m, double v)
{
	if (is_rate(m))
		json_object_set_new(o, strcmp(m->unit, "B/s") == 0 ? "bytes_per_second" : "items_per_second", export_real(v));
}

struct family {
	size_t index;
	char *name;
	size_t n;                       /* launches */
};

static json_t *entry(const struct family *f, const char *name, const char *type)
{
	return json_pack("{s:s, s:I, s:i, s:s, s:s, s:I, s:i}", "name", name, "family_index", (json_int_t)f->index,
	                 "per_family_instance_index", 0, "run_name", f->name, "run_type", type, "repetitions", (json_int_t)f->n, "threads", 1);
}

/* Time of the CPU alone is not measured; readers want the field. */
static void put_times(json_t *o, double s)
{
	json_object_set_new(o, "real_time", export_real(s));
	json_object_set_new(o, "cpu_time", export_real(s));
	json_object_set_new(o, "time_unit", json_string("s"));
}

static void add_launches(const struct report *r, const struct export_cell *cell, const struct family *f, json_t *list)
{
	size_t k = 0;
	for (struct export_launch at = { 0 }; export_next_launch(r, cell, &at); k++) {
		json_t *o = entry(f, f->name, "iteration");
		json_object_set_new(o, "repetition_index", json_integer((json_int_t)k));
		json_object_set_new(o, "iterations", json_integer((json_int_t)at.known));
		put_times(o, as_time(cell->m, at.value));
		put_rate(o, cell->m, at.value);
		cleanup_free char *marks = export_marks(at.l->marks);
		if (*marks)
			json_object_set_new(o, "label", json_string(marks));
		json_array_append_new(list, o);
	}
}

static void add_aggregate(const struct export_cell *cell, const struct family *f, const char *what, double time, json_t *list)
{
	cleanup_free char *name = xasprintf("%s_%s", f->name, what);
	json_t *o = entry(f, name, "aggregate");
	json_object_set_new(o, "aggregate_name", json_string(what));
	json_object_set_new(o, "aggregate_unit", json_string("time"));
	json_object_set_new(o, "iterations", json_integer((json_int_t)f->n));
	put_times(o, time);
	if (strcmp(what, "median") == 0)
		put_rate(o, cell->m, cell->c->s.median);
	json_object_set_new(o, "launches_failed", json_real((double)cell->failed));
	json_object_set_new(o, "launches_marked", json_real((double)cell->marked));
	json_array_append_new(list, o);
}

static void add_aggregates(const struct export_cell *cell, const struct family *f, json_t *list)
{
	size_t n = cell->c->n;
	cleanup_free double *v = xcalloc(n, sizeof(*v));
	for (size_t i = 0; i < n; i++)
		v[i] = as_time(cell->m, cell->c->v[i]);
	add_aggregate(cell, f, "mean", gsl_stats_mean(v, 1, n), list);
	add_aggregate(cell, f, "median", stats_median(v, n), list);
	if (n > 1)
		add_aggregate(cell, f, "stddev", gsl_stats_sd(v, 1, n), list);
}

static json_t *context(const struct report *r)
{
	const struct run *run = r->run;
	const char *host = kvs_get(&run->host_before, "host.name");
	json_t *o = json_pack("{s:s, s:s, s:s, s:i, s:i, s:b, s:[], s:[], s:s}", "date", run->started, "host_name", host ? host : "",
	                      "executable", "isocost", "num_cpus", (int)run->cpus, "mhz_per_cpu", 0, "cpu_scaling_enabled", 0, "caches",
	                      "load_avg", "library_build_type", "release");
	json_object_set_new(o, "isocost_run", json_string(run->id));
	json_object_set_new(o, "isocost_suite", json_string(run->suite));
	json_object_set_new(o, "isocost_cpu_time", json_string("as real_time: not measured apart"));
	json_object_set_new(o, "isocost_launches_failed", json_integer((json_int_t)r->n_failed));
	json_t *list = json_array();
	for (size_t i = 0; i < r->cannot.n; i++) {
		cleanup_free char *text = xasprintf("%s in %s: %s", r->cannot.v[i].workload, report_label(r, r->cannot.v[i].arm),
		                                    r->cannot.v[i].reason);
		json_array_append_new(list, json_string(text));
	}
	json_object_set_new(o, "isocost_cannot", list);
	return o;
}

static void write_gbench(const struct report *r, size_t doc, FILE *to)
{
	(void)doc;
	json_t *list = json_array();
	size_t index = 0;
	for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);) {
		if (!takes(cell.m, 0))
			continue;
		cleanup_free char *name = xasprintf("%s/%s/%s", cell.workload, cell.metric, cell.label);
		struct family f = { index++, name, cell.c->n };
		add_launches(r, &cell, &f, list);
		add_aggregates(&cell, &f, list);
	}
	export_json(json_pack("{s:o, s:o}", "context", context(r), "benchmarks", list), to);
}

const struct export_format export_gbench = {
	.name = "gbench", .what = "Google Benchmark's JSON: times and rates, with aggregates",
	.takes = takes, .write = write_gbench,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_json.c - everything in one JSON document: run.json, and the cells with their summary and the samples of each launch. */
#include "report/export.h"

#include "store/json.h"

#include <math.h>

#define EXPORT_SCHEMA 1

static json_t *marks_json(unsigned marks)
{
	json_t *a = json_array();
	for (size_t k = 0; k < MARK_COUNT; k++)
		if (marks & (1u << k))
			json_array_append_new(a, json_string(launch_mark_names[k]));
	return a;
}

static json_t *launches_json(const struct report *r, const struct export_cell *cell)
{
	json_t *a = json_array();
	for (struct export_launch at = { 0 }; export_next_launch(r, cell, &at);) {
		json_t *samples = json_array();
		for (size_t i = 0; i < at.n; i++)
			json_array_append_new(samples, export_real(at.v[i]));
		json_t *histogram = at.histogram ? json_from_histogram(at.histogram) : json_null();
		json_array_append_new(a, json_pack("{s:i, s:i, s:s, s:o, s:f, s:o, s:o}", "launch", (int)at.l->number, "block", (int)at.l->block,
		                                   "started", *at.l->started ? at.l->started : NULL, "marks", marks_json(at.l->marks), "value", at.value,
		                                   "samples", samples, "histogram", histogram));
	}
	return a;
}

static json_t *percentiles_json(const struct report_cell *c)
{
	static const char *const names[REPORT_PERCENTILES] = { "p50", "p90", "p99", "p99.9" };
	json_t *o = json_object();
	for (size_t i = 0; i < REPORT_PERCENTILES; i++)
		json_object_set_new(o, names[i], export_real(c->percentile[i]));
	json_object_set_new(o, "max", export_real(c->max));
	return o;
}

static json_t *summary_json(const struct report_metric *m, const struct report_cell *c)
{
	json_t *o = json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:I}", "n", (json_int_t)c->n, "samples", (json_int_t)c->samples, "min",
	                      c->s.min, "q1", c->s.q1, "median", c->s.median, "q3", c->s.q3, "max", c->s.max, "outliers",
	                      (json_int_t)c->s.outliers);
	json_object_set_new(o, "median_ci95", export_interval(c->median_ci));
	json_object_set_new(o, "cost_ratio", export_real(c->ratio));
	json_object_set_new(o, "cost_ratio_ci95", export_interval(c->ratio_ci));
	json_object_set_new(o, "cost_ratio_blocks", isfinite(c->ratio) ? json_integer((json_int_t)c->pairs) : json_null());
	json_object_set_new(o, "verdict", isfinite(c->ratio) ? json_string(report_verdict_text(m, c)) : json_null());
	json_object_set_new(o, "percentiles", m->latency ? percentiles_json(c) : json_null());
	return o;
}

static json_t *cell_json(const struct report *r, const struct export_cell *cell)
{
	json_t *o = json_object();
	json_object_set_new(o, "arm", json_string(cell->arm));
	json_object_set_new(o, "label", json_string(cell->label));
	json_object_set_new(o, "accel", cell->accel ? json_string(cell->accel) : json_null());
	json_object_set_new(o, "workload", json_string(cell->workload));
	json_object_set_new(o, "metric", json_string(cell->metric));
	json_object_set_new(o, "unit", json_string(cell->m->unit));
	json_object_set_new(o, "better", json_string(export_better(cell->m)));
	json_object_set_new(o, "launches_failed", json_integer((json_int_t)cell->failed));
	json_object_set_new(o, "launches_marked", json_integer((json_int_t)cell->marked));
	json_object_set_new(o, "summary", summary_json(cell->m, cell->c));
	json_object_set_new(o, "launches", launches_json(r, cell));
	return o;
}

static json_t *cannots_json(const struct report *r)
{
	json_t *a = json_array();
	for (size_t i = 0; i < r->cannot.n; i++)
		json_array_append_new(a, json_pack("{s:s, s:s, s:s}", "arm", r->cannot.v[i].arm, "workload", r->cannot.v[i].workload,
		                                   "reason", r->cannot.v[i].reason));
	return a;
}

static json_t *gates_json(const struct report *r)
{
	json_t *a = json_array();
	for (size_t i = 0; i < r->run->n_workloads; i++)
		if (r->workloads[i].gate)
			json_array_append_new(a, json_pack("{s:s, s:s}", "workload", r->run->workloads[i].name, "reason",
			                                   r->workloads[i].gate));
	return a;
}

static json_t *failed_json(const struct report *r)
{
	json_t *a = json_array();
	for (size_t i = 0; i < r->run->n_launches; i++) {
		const struct launch *l = &r->run->launches[i];
		if (!launch_failed(l))
			continue;
		json_t *error = l->error ? json_string(l->error) : json_null();
		json_array_append_new(a, json_pack("{s:s, s:s, s:i, s:o}", "arm", l->arm, "workload", l->workload, "launch",
		                                   (int)l->number, "error", error ? error : json_null()));
	}
	return a;
}

static void write_json(const struct report *r, size_t doc, FILE *to)
{
	(void)doc;
	json_t *o = json_object(), *cells = json_array();
	for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);)
		json_array_append_new(cells, cell_json(r, &cell));
	json_object_set_new(o, "export_schema", json_integer(EXPORT_SCHEMA));
	json_object_set_new(o, "run", json_from_run(r->run));
	json_object_set_new(o, "launches_ok", json_integer((json_int_t)r->n_ok));
	json_object_set_new(o, "failed", failed_json(r));
	json_object_set_new(o, "cannot", cannots_json(r));
	json_object_set_new(o, "withheld", gates_json(r));
	json_object_set_new(o, "cells", cells);
	export_json(o, to);
}

const struct export_format export_run_json = {
	.name = "json", .what = "one document: the run, summaries, the samples of each launch", .write = write_json,
};

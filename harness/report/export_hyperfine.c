/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_hyperfine.c - the JSON of hyperfine --export-json: startup and time metrics, one time a launch. */
#include "report/export.h"

#include "base/cleanup.h"

#include <gsl/gsl_statistics_double.h>
#include <string.h>

static bool takes(const struct report_metric *m, size_t doc)
{
	(void)doc;
	return strcmp(m->unit, "s") == 0;
}

static json_t *result(const struct export_cell *cell)
{
	const struct report_cell *c = cell->c;
	cleanup_free char *command = xasprintf("%s [%s]", cell->m->label, cell->label);
	json_t *times = json_array(), *codes = json_array(), *o = json_object();
	for (size_t i = 0; i < c->n; i++) {
		json_array_append_new(times, export_real(c->v[i]));
		json_array_append_new(codes, json_integer(0));  /* launches that failed are not here */
	}
	json_object_set_new(o, "command", json_string(command));
	json_object_set_new(o, "mean", export_real(gsl_stats_mean(c->v, 1, c->n)));
	json_object_set_new(o, "stddev", c->n > 1 ? export_real(gsl_stats_sd(c->v, 1, c->n)) : json_null());
	json_object_set_new(o, "median", export_real(c->s.median));
	json_object_set_new(o, "user", json_null());    /* not measured apart */
	json_object_set_new(o, "system", json_null());
	json_object_set_new(o, "min", export_real(c->s.min));
	json_object_set_new(o, "max", export_real(c->s.max));
	json_object_set_new(o, "times", times);
	json_object_set_new(o, "exit_codes", codes);
	json_object_set_new(o, "parameters", json_pack("{s:s, s:s, s:s}", "arm", cell->label, "workload", cell->workload, "metric",
	                                               cell->metric));
	return o;
}

static void write_hyperfine(const struct report *r, size_t doc, FILE *to)
{
	(void)doc;
	json_t *results = json_array();
	for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);)
		if (takes(cell.m, 0))
			json_array_append_new(results, result(&cell));
	export_json(json_pack("{s:o}", "results", results), to);
}

const struct export_format export_hyperfine = {
	.name = "hyperfine", .what = "hyperfine's JSON: startup and times, one a launch",
	.lacks = EXPORT_NO_CANNOT | EXPORT_NO_FAILED | EXPORT_NO_MARKS, .takes = takes, .write = write_hyperfine,
};

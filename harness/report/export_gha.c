/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_gha.c - the custom JSON of github-action-benchmark: one document of what is better smaller, one of what is better bigger. */
#include "report/export.h"

#include "base/cleanup.h"

static bool takes(const struct report_metric *m, size_t doc)
{
	return m->better == (doc == 0 ? BETTER_LOWER : BETTER_HIGHER);
}

static char *extra(const struct report *r, const struct export_cell *cell)
{
	return xasprintf("median of %zu launches; %zu failed, %zu marked; run %s", cell->c->n, cell->failed, cell->marked, r->run->id);
}

static json_t *bench(const struct report *r, const struct export_cell *cell)
{
	cleanup_free char *name = xasprintf("%s [%s]", cell->m->label, cell->label), *more = extra(r, cell);
	json_t *o = json_object();
	json_object_set_new(o, "name", json_string(name));
	json_object_set_new(o, "unit", json_string(cell->m->unit));
	json_object_set_new(o, "value", export_real(cell->c->s.median));
	if (cell->c->median_ci.ok) {
		cleanup_free char *range = xasprintf("[%.6g, %.6g]", cell->c->median_ci.lo, cell->c->median_ci.hi);
		json_object_set_new(o, "range", json_string(range));
	}
	json_object_set_new(o, "extra", json_string(more));
	return o;
}

static void write_gha(const struct report *r, size_t doc, FILE *to)
{
	json_t *list = json_array();
	for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);)
		if (takes(cell.m, doc))
			json_array_append_new(list, bench(r, &cell));
	export_json(list, to);
}

const struct export_format export_gha = {
	.name = "gha", .what = "two files for github-action-benchmark",
	.doc = { "customSmallerIsBetter", "customBiggerIsBetter" },
	.lacks = EXPORT_NO_CANNOT | EXPORT_NO_FAILED, .takes = takes, .write = write_gha,
};

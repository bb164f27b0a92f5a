/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_adaptive.c - the rule of an adaptive run and how it ended each cell, as JSON and back. */
#include "store/json.h"

#include <math.h>

json_t *json_from_adaptive(const struct run *r)
{
	json_t *cells = json_array();
	for (size_t i = 0; i < r->n_ends; i++) {
		const struct run_end *e = &r->ends[i];
		json_array_append_new(cells, json_pack("{s:s, s:s, s:i, s:s, s:o}", "arm", e->arm, "workload", e->workload, "launches",
		                                       (int)e->launches, "ended_by", cell_end_names[e->end], "half_width",
		                                       isfinite(e->half_width) ? json_real(e->half_width) : json_null()));
	}
	return json_pack("{s:f, s:i, s:o, s:o}", "half_width", r->adaptive.half_width, "min_launches", (int)r->adaptive.min_launches,
	                 "budget_s", r->adaptive.budget_s > 0 ? json_real(r->adaptive.budget_s) : json_null(), "cells", cells);
}

static void read_end(const json_t *o, struct run *r)
{
	const char *arm, *workload, *by;
	json_int_t launches;
	if (json_unpack((json_t *)o, "{s:s, s:s, s:I, s:s}", "arm", &arm, "workload", &workload, "launches", &launches, "ended_by", &by) < 0)
		return;
	const json_t *width = json_object_get(o, "half_width");
	r->ends[r->n_ends++] = (struct run_end){ .arm = xstrdup(arm), .workload = xstrdup(workload), .launches = (unsigned)launches,
		                                 .end = cell_end_find(by),
		                                 .half_width = json_is_number(width) ? json_number_value(width) : NAN };
}

void json_to_adaptive(const json_t *o, struct run *r)
{
	const json_t *cells = json_object_get(o, "cells");
	size_t i;
	json_t *v;
	if (!json_is_object(o))
		return;
	double target = json_number_value(json_object_get(o, "half_width"));
	json_int_t least = json_integer_value(json_object_get(o, "min_launches"));
	/* A file that someone edited must not crash the reader, nor end cells before they have an interval. */
	r->adaptive = (struct adaptive){
		.on = true, .half_width = target > 0 ? target : ADAPTIVE_HALF_WIDTH,
		.min_launches = least >= ADAPTIVE_MIN && least <= ADAPTIVE_MOST ? (unsigned)least : ADAPTIVE_MIN,
		.budget_s = json_number_value(json_object_get(o, "budget_s")),
	};
	r->ends = xcalloc(json_array_size(cells) + 1, sizeof(*r->ends));
	json_array_foreach((json_t *)cells, i, v)
		read_end(v, r);
}

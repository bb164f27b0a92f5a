/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_aa.c - what the A/A control of a run found, as JSON and back. */
#include "store/json.h"

#include <math.h>

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *interval(double lo, double hi)
{
	return isfinite(lo) && isfinite(hi) ? json_pack("[f, f]", lo, hi) : json_null();
}

json_t *json_from_aa(const struct run_aa *v, size_t n)
{
	json_t *a = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(a, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "arm", v[i].arm, "twin", v[i].twin,
		                                   "workload", v[i].workload, "metric", v[i].metric, "ratio", number(v[i].ratio),
		                                   "ratio_ci95", interval(v[i].lo, v[i].hi), "halves", number(v[i].halves), "floor",
		                                   number(v[i].floor), "p", number(v[i].p), "adjusted_p", number(v[i].adjusted)));
	return a;
}

static double number_at(const json_t *v)
{
	return json_is_number(v) ? json_number_value(v) : NAN;
}

void json_to_aa(const json_t *a, struct run *r)
{
	size_t i;
	json_t *v;
	r->aa = xcalloc(json_array_size(a), sizeof(*r->aa));
	json_array_foreach(a, i, v) {
		const char *arm, *twin, *workload, *metric;
		if (json_unpack(v, "{s:s, s:s, s:s, s:s}", "arm", &arm, "twin", &twin, "workload", &workload, "metric", &metric) < 0)
			continue;
		const json_t *ci = json_object_get(v, "ratio_ci95");
		r->aa[r->n_aa++] = (struct run_aa){
			.arm = xstrdup(arm), .twin = xstrdup(twin), .workload = xstrdup(workload), .metric = xstrdup(metric),
			.ratio = number_at(json_object_get(v, "ratio")), .lo = number_at(json_array_get(ci, 0)),
			.hi = number_at(json_array_get(ci, 1)), .halves = number_at(json_object_get(v, "halves")),
			.floor = number_at(json_object_get(v, "floor")), .p = number_at(json_object_get(v, "p")),
			.adjusted = number_at(json_object_get(v, "adjusted_p")),
		};
	}
}

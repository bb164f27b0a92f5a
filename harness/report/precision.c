/* SPDX-License-Identifier: GPL-3.0-or-later */
/* precision.c - how precise a cell's figures are after some launches. */
#include "report/precision.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A value a launch, as the tables of a report take it; metric NULL: its startup. NaN: the launch has none. */
static double value_of(const struct launch *l, const char *metric)
{
	const struct series *s = l->ok && metric ? result_series(&l->result, metric) : NULL;
	struct series_sum sum = { 0 };
	if (l->ok && !metric)
		return launch_startup_s(l);
	if (s)
		report_sum_series(s, &sum);
	return sum.n ? sum.quantile[SERIES_MEDIAN] : NAN;
}

/* Negative: no launch has the metric. */
static double half_width(const char *metric, const struct launch *const *v, size_t n)
{
	cleanup_free double *values = xcalloc(n + 1, sizeof(*values));
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		values[k] = value_of(v[i], metric);
		k += isfinite(values[k]);
	}
	return k ? stats_half_width(values, k) : -1;
}

double report_half_width(const struct workload *w, const struct launch *const *v, size_t n)
{
	double widest = -1;
	if (strcmp(w->resource, "startup") == 0)
		widest = half_width(NULL, v, n);
	for (size_t i = 0; i < METRICS_MAX && w->metrics[i].name && strcmp(w->resource, "startup") != 0; i++) {
		double h = report_is_detail(w, &w->metrics[i]) ? -1 : half_width(w->metrics[i].name, v, n);
		if (isnan(h))
			return NAN;
		widest = fmax(widest, h);
	}
	return widest < 0 ? NAN : widest;
}

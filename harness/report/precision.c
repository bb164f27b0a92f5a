/* SPDX-License-Identifier: GPL-3.0-or-later */
/* precision.c - a cell's figures while its run goes on. */
#include "report/precision.h"

#include "base/cleanup.h"
#include "report/fmt.h"

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

static bool is_startup(const struct workload *w)
{
	return strcmp(w->resource, "startup") == 0;
}

double report_half_width(const struct workload *w, const struct launch *const *v, size_t n)
{
	double widest = -1;
	if (is_startup(w))
		widest = half_width(NULL, v, n);
	for (size_t i = 0; i < METRICS_MAX && w->metrics[i].name && !is_startup(w); i++) {
		double h = report_is_detail(w, &w->metrics[i]) ? -1 : half_width(w->metrics[i].name, v, n);
		if (isnan(h))
			return NAN;
		widest = fmax(widest, h);
	}
	return widest < 0 ? NAN : widest;
}

double report_launch_value(const struct workload *w, const struct launch *l, const struct metric **ret_metric)
{
	*ret_metric = NULL;
	if (is_startup(w))
		return value_of(l, NULL);
	for (size_t i = 0; i < METRICS_MAX && w->metrics[i].name; i++) {
		double v = report_is_detail(w, &w->metrics[i]) ? NAN : value_of(l, w->metrics[i].name);
		*ret_metric = &w->metrics[i];
		if (isfinite(v))
			return v;
	}
	return NAN;
}

char *report_cell_text(const struct metric *m, const double *v, size_t n)
{
	cleanup_free char *value = fmt_interval(stats_median(v, n), stats_median_interval(v, n), m ? m->unit : "s");
	return xasprintf("%s%s", n > 1 ? "median " : "", value);
}

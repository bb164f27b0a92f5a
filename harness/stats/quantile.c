/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quantile.c - order statistics of a sample. */
#include "stats/quantile.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

#define FENCE 1.5                       /* interquartile ranges beyond the quartiles */
#define BEYOND 10.0                     /* values wanted beyond a quantile */

void stats_sort(double *v, size_t n)
{
	gsl_sort(v, 1, n);
}

double stats_quantile(const double *sorted, size_t n, double p)
{
	return n ? gsl_stats_quantile_from_sorted_data(sorted, 1, n, p) : NAN;
}

/* What lies before `from` is not above what lies behind; selects there. */
static double quantile_from(double *v, size_t n, size_t from, double p, size_t *ret_at)
{
	double at = (double)(n - 1) * p;
	size_t k = (size_t)at;
	double low = gsl_stats_select(v + from, 1, n - from, k - from);
	*ret_at = k;
	if (at == (double)k)
		return low;
	/* The next one is the least of those behind. */
	double next = v[k + 1], share = at - (double)k;
	for (size_t i = k + 2; i < n; i++)
		next = v[i] < next ? v[i] : next;
	return (1 - share) * low + share * next;        /* as gsl_stats_quantile_from_sorted_data has it */
}

void stats_quantiles(double *v, size_t n, const double *p, size_t n_p, double *ret)
{
	size_t from = 0;
	for (size_t i = 0; i < n_p; i++)
		ret[i] = n ? quantile_from(v, n, from, p[i], &from) : NAN;
}

static double *sorted_copy(const double *v, size_t n)
{
	double *s = xcalloc(n + 1, sizeof(*s));
	if (n)
		memcpy(s, v, n * sizeof(*s));
	stats_sort(s, n);
	return s;
}

double stats_median(const double *v, size_t n)
{
	cleanup_free double *s = sorted_copy(v, n);
	return stats_quantile(s, n, 0.5);
}

bool stats_is_outlier(const struct stats_summary *s, double x)
{
	double reach = FENCE * (s->q3 - s->q1);
	return x < s->q1 - reach || x > s->q3 + reach;
}

void stats_summarize(const double *v, size_t n, struct stats_summary *ret)
{
	cleanup_free double *s = sorted_copy(v, n);
	struct stats_summary sum = {
		.n = n,
		.min = n ? s[0] : NAN,
		.q1 = stats_quantile(s, n, 0.25),
		.median = stats_quantile(s, n, 0.5),
		.q3 = stats_quantile(s, n, 0.75),
		.max = n ? s[n - 1] : NAN,
	};
	for (size_t i = 0; i < n; i++)
		sum.outliers += stats_is_outlier(&sum, s[i]);
	*ret = sum;
}

bool stats_can_quantile(size_t n, double p)
{
	/* 1 - 0.99 is a little more than 0.01 in binary: without the slack 1000 values would not carry a p99 */
	return (double)n * (1 - p) >= BEYOND * (1 - 1e-9);
}

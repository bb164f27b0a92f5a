/* SPDX-License-Identifier: GPL-3.0-or-later */
/* order.c - the interval of a median from the order of its values. */
#include "stats/order.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "stats/quantile.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#define GUARD_LEVEL 0.995
#define GUARD_TO_95 0.6982284734376912  /* normal quantiles: 0.975 over 0.9975 */

/* The probability that the median lies between the k-th smallest and the k-th largest of n; k from 1. */
static double level(size_t k, size_t n)
{
	return 1 - 2 * gsl_cdf_binomial_P((unsigned)(k - 1), 0.5, (unsigned)n);
}

/* The interval at this level; not ok where n values have none. */
static struct stats_interval interval_at(const double *v, size_t n, double wanted)
{
	if (n < 2 || level(1, n) < wanted)
		return (struct stats_interval){ .ok = false, .lo = NAN, .hi = NAN };
	cleanup_free double *s = xcalloc(n, sizeof(*s));
	memcpy(s, v, n * sizeof(*s));
	stats_sort(s, n);
	/* Begin with a pair that reaches the level: with the first one, or far out. The innermost one never does. */
	double out = (double)n / 2 - 1.5 * sqrt((double)n) - 1;
	size_t k = out > 1 ? (size_t)out : 1;
	double here = level(k, n), within;
	while ((within = level(k + 1, n)) >= wanted) {
		here = within;
		k++;
	}
	double share = (here - wanted) / (here - within);
	return (struct stats_interval){
		.ok = true,
		.lo = s[k - 1] + share * (s[k] - s[k - 1]),
		.hi = s[n - k] - share * (s[n - k] - s[n - k - 1]),
	};
}

struct stats_interval stats_median_interval(const double *v, size_t n)
{
	return interval_at(v, n, STATS_LEVEL);
}

static double relative(struct stats_interval i, double median)
{
	return i.hi > i.lo ? (i.hi - i.lo) / 2 / fabs(median) : 0;
}

double stats_half_width(const double *v, size_t n)
{
	struct stats_interval i = interval_at(v, n, STATS_LEVEL), guard = interval_at(v, n, GUARD_LEVEL);
	double median = stats_median(v, n);
	return guard.ok ? fmax(relative(i, median), GUARD_TO_95 * relative(guard, median)) : NAN;
}

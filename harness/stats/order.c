/* SPDX-License-Identifier: GPL-3.0-or-later */
/* order.c - the interval of a median from the order of its values. */
#include "stats/order.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "stats/quantile.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

/* The probability that the median lies between the k-th smallest and the k-th largest of n; k from 1. */
static double level(size_t k, size_t n)
{
	return 1 - 2 * gsl_cdf_binomial_P((unsigned)(k - 1), 0.5, (unsigned)n);
}

struct stats_interval stats_median_interval(const double *v, size_t n)
{
	if (n < STATS_LAUNCHES_MIN)
		return (struct stats_interval){ .ok = false, .lo = NAN, .hi = NAN };
	cleanup_free double *s = xcalloc(n, sizeof(*s));
	memcpy(s, v, n * sizeof(*s));
	stats_sort(s, n);
	/* Begin with a pair that reaches the level: with the first one, or 2.2 standard deviations out. The innermost one never does. */
	double out = (double)n / 2 - 1.1 * sqrt((double)n) - 1;
	size_t k = out > 1 ? (size_t)out : 1;
	double here = level(k, n), within;
	while ((within = level(k + 1, n)) >= STATS_LEVEL) {
		here = within;
		k++;
	}
	double share = (here - STATS_LEVEL) / (here - within);
	return (struct stats_interval){
		.ok = true,
		.lo = s[k - 1] + share * (s[k] - s[k - 1]),
		.hi = s[n - k] - share * (s[n - k] - s[n - k - 1]),
	};
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paired.c - a ratio from launches that ran side by side. */
#include "stats/paired.h"

#include "base/cleanup.h"
#include "base/rng.h"
#include "base/str.h"
#include "stats/order.h"
#include "stats/quantile.h"
#include "stats/rank.h"

#include <math.h>

static void rng_freep(struct rng **r)
{
	rng_free(*r);
}

/* false: one of the values is not above 0. */
static bool log_ratios(const double *a, const double *b, size_t n, double *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (!(a[i] > 0) || !(b[i] > 0))
			return false;
		ret[i] = log(a[i] / b[i]);
	}
	return n > 0;
}

static struct stats_paired of_logs(const double *d, size_t n)
{
	struct stats_interval i = stats_median_interval(d, n);
	return (struct stats_paired){ exp(stats_median(d, n)), { i.ok, exp(i.lo), exp(i.hi) } };
}

struct stats_paired stats_paired_ratio(const double *a, const double *b, size_t n)
{
	cleanup_free double *d = xcalloc(n + 1, sizeof(*d));
	if (!log_ratios(a, b, n, d))
		return (struct stats_paired){ NAN, { false, NAN, NAN } };
	return of_logs(d, n);
}

/* What 95 % of |median| stay below when each one's sign is drawn. */
static double of_random_signs(const double *d, size_t n, uint64_t seed)
{
	cleanup(rng_freep) struct rng *r = rng_new(seed);
	cleanup_free double *v = xcalloc(n, sizeof(*v)), *m = xcalloc(STATS_RESAMPLES, sizeof(*m));
	for (size_t i = 0; i < STATS_RESAMPLES; i++) {
		for (size_t k = 0; k < n; k++)
			v[k] = rng_uniform(r) < 0.5 ? d[k] : -d[k];
		m[i] = fabs(stats_median(v, n));
	}
	stats_sort(m, STATS_RESAMPLES);
	return stats_quantile(m, STATS_RESAMPLES, STATS_LEVEL);
}

struct stats_noise stats_noise_paired(const double *a, const double *b, size_t n, uint64_t seed)
{
	struct stats_noise r = { .ratio = NAN, .ci = { .lo = NAN, .hi = NAN }, .halves = NAN, .floor = NAN, .p = stats_sign_test(a, b, n) };
	cleanup_free double *d = xcalloc(n + 1, sizeof(*d));
	if (!log_ratios(a, b, n, d))
		return r;
	struct stats_paired p = of_logs(d, n);
	r.ratio = p.ratio;
	r.ci = p.ci;
	if (!r.ci.ok)
		return r;
	double swapped = of_random_signs(d, n, seed);
	r.halves = expm1(swapped);
	r.floor = stats_noise_floor(swapped, r.ci);
	return r;
}

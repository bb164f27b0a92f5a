/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nested.c - bootstrap intervals that resample launches and the samples within each. */
#include "stats/nested.h"

#include "base/cleanup.h"
#include "base/rng.h"
#include "base/str.h"
#include "stats/quantile.h"

#include <math.h>

static void rng_freep(struct rng **r)
{
	rng_free(*r);
}

static double looked_up(const struct stats_launch *l, double u)
{
	size_t i = (size_t)(u * (double)l->n);
	return l->sorted[i < l->n ? i : l->n - 1];
}

/* The type 7 quantile of as many draws with replacement as there are samples. */
static double resampled_quantile(struct rng *r, const struct stats_launch *l, double p)
{
	if (l->n == 1)
		return l->sorted[0];
	double at = (double)(l->n - 1) * p, k = floor(at), above = (double)l->n - k - 1;
	double u = rng_beta(r, k + 1, above + 1), low = looked_up(l, u);
	if (at == k)
		return low;
	/* The next one is the least of those that remain, which lie between u and 1. */
	double next = looked_up(l, u + (1 - u) * (1 - pow(1 - rng_uniform(r), 1 / above)));
	return low + (at - k) * (next - low);
}

static double resampled_median(struct rng *r, const struct stats_launch *v, size_t n, double p, double *tmp)
{
	for (size_t i = 0; i < n; i++)
		tmp[i] = resampled_quantile(r, &v[rng_below(r, n)], p);
	stats_sort(tmp, n);
	return stats_quantile(tmp, n, 0.5);
}

static struct stats_interval interval(double *stat)
{
	stats_sort(stat, STATS_RESAMPLES);
	return (struct stats_interval){
		.ok = true, .lo = stats_quantile(stat, STATS_RESAMPLES, 0.025), .hi = stats_quantile(stat, STATS_RESAMPLES, 0.975),
	};
}

static const struct stats_interval suppressed = { .ok = false, .lo = NAN, .hi = NAN };

struct stats_interval stats_nested_median(const struct stats_launch *v, size_t n, double p, uint64_t seed)
{
	if (n < STATS_LAUNCHES_MIN)
		return suppressed;
	cleanup(rng_freep) struct rng *r = rng_new(seed);
	cleanup_free double *tmp = xcalloc(n, sizeof(*tmp)), *stat = xcalloc(STATS_RESAMPLES, sizeof(*stat));
	for (size_t i = 0; i < STATS_RESAMPLES; i++)
		stat[i] = resampled_median(r, v, n, p, tmp);
	return interval(stat);
}

struct stats_interval stats_nested_ratio(const struct stats_launch *a, size_t n_a, const struct stats_launch *b, size_t n_b, double p,
                                         uint64_t seed)
{
	if (n_a < STATS_LAUNCHES_MIN || n_b < STATS_LAUNCHES_MIN)
		return suppressed;
	cleanup(rng_freep) struct rng *r = rng_new(seed);
	cleanup_free double *tmp = xcalloc(n_a > n_b ? n_a : n_b, sizeof(*tmp)), *stat = xcalloc(STATS_RESAMPLES, sizeof(*stat));
	for (size_t i = 0; i < STATS_RESAMPLES; i++) {
		double top = resampled_median(r, a, n_a, p, tmp), below = resampled_median(r, b, n_b, p, tmp);
		if (!(top > 0) || !(below > 0))
			return suppressed;
		stat[i] = top / below;
	}
	return interval(stat);
}

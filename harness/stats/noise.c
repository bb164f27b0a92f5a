/* SPDX-License-Identifier: GPL-3.0-or-later */
/* noise.c - how far apart equal things lie. */
#include "stats/noise.h"

#include "base/cleanup.h"
#include "base/rng.h"
#include "base/str.h"
#include "stats/quantile.h"
#include "stats/rank.h"

#include <math.h>
#include <string.h>

#define LEVEL 0.95

static void rng_freep(struct rng **r)
{
	rng_free(*r);
}

/* |ln| of the ratio of the medians of v's first n_a values and of the others, which are put in order. */
static double apart(double *v, size_t n_a, size_t n)
{
	stats_sort(v, n_a);
	stats_sort(v + n_a, n - n_a);
	return fabs(log(stats_quantile(v, n_a, 0.5) / stats_quantile(v + n_a, n - n_a, 0.5)));
}

/* What LEVEL of random halves, as large as a and b, stay below. All values are above 0. */
static double halves(const double *a, size_t n_a, const double *b, size_t n_b, uint64_t seed)
{
	size_t n = n_a + n_b;
	cleanup(rng_freep) struct rng *r = rng_new(seed);
	cleanup_free double *v = xcalloc(n, sizeof(*v)), *d = xcalloc(STATS_RESAMPLES, sizeof(*d));
	memcpy(v, a, n_a * sizeof(*v));
	memcpy(v + n_a, b, n_b * sizeof(*v));
	for (size_t i = 0; i < STATS_RESAMPLES; i++) {
		rng_shuffle(r, v, n, sizeof(*v));
		d[i] = apart(v, n_a, n);
	}
	stats_sort(d, STATS_RESAMPLES);
	return stats_quantile(d, STATS_RESAMPLES, LEVEL);
}

static bool all_above_0(const double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(v[i] > 0))
			return false;
	return true;
}

struct stats_noise stats_noise(const double *a, size_t n_a, const double *b, size_t n_b, uint64_t seed)
{
	struct stats_noise r = { .ratio = NAN, .ci = { .lo = NAN, .hi = NAN }, .halves = NAN, .floor = NAN };
	double m_a = stats_median(a, n_a), m_b = stats_median(b, n_b);
	r.p = stats_mann_whitney(a, n_a, b, n_b).p;
	if (!(m_a > 0) || !(m_b > 0))
		return r;
	r.ratio = m_a / m_b;
	r.ci = stats_boot_ratio(a, n_a, b, n_b, seed);
	if (!r.ci.ok || !all_above_0(a, n_a) || !all_above_0(b, n_b))
		return r;
	double by_halves = halves(a, n_a, b, n_b, seed);
	r.halves = expm1(by_halves);
	r.floor = stats_noise_floor(by_halves, r.ci);
	return r;
}

double stats_noise_floor(double halves, struct stats_interval ci)
{
	return expm1(fmax(halves, fmax(fabs(log(ci.lo)), fabs(log(ci.hi)))));
}

bool stats_is_noise(double ratio, double floor)
{
	return fabs(log(ratio)) <= log1p(floor);
}

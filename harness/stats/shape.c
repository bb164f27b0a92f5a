/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shape.c - what may be wrong with a set of launches. */
#include "stats/shape.h"

#include "base/cleanup.h"
#include "base/rng.h"
#include "base/str.h"
#include "stats/boot.h"
#include "stats/quantile.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

#define MAD_TO_SD 1.4826022185056018    /* 1 / the 0.75 quantile of the standard normal distribution */
#define TREND_MIN 4
#define STEP_MIN 6
#define MODES_MIN 8
#define MODES_SHARE 5                   /* a part is at least one in so many */
#define MODES_SAMPLES 1999

double stats_mad(const double *v, size_t n)
{
	cleanup_free double *d = xcalloc(n + 1, sizeof(*d));
	double m = stats_median(v, n);
	for (size_t i = 0; i < n; i++)
		d[i] = fabs(v[i] - m);
	return MAD_TO_SD * stats_median(d, n);
}

/* ---- order ---- */

static int sign(double x)
{
	return (x > 0) - (x < 0);
}

/* The sum of t (t - 1) (2 t + 5) over groups of t equal values. */
static double trend_ties(const double *v, size_t n)
{
	cleanup_free double *s = xcalloc(n + 1, sizeof(*s));
	memcpy(s, v, n * sizeof(*s));
	stats_sort(s, n);
	double sum = 0;
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && s[end] == s[i]; end++)
			;
		double t = (double)(end - i);
		sum += t * (t - 1) * (2 * t + 5);
	}
	return sum;
}

struct stats_trend stats_trend(const double *v, size_t n)
{
	if (n < TREND_MIN)
		return (struct stats_trend){ .slope = NAN, .p = NAN };
	cleanup_free double *slopes = xcalloc(n * (n - 1) / 2, sizeof(*slopes));
	size_t k = 0;
	double s = 0, m = (double)n;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n; j++) {
			slopes[k++] = (v[j] - v[i]) / (double)(j - i);
			s += sign(v[j] - v[i]);
		}
	}
	double variance = (m * (m - 1) * (2 * m + 5) - trend_ties(v, n)) / 18;
	double p = variance > 0 ? 2 * gsl_cdf_ugaussian_Q(fabs(s) / sqrt(variance)) : 1;
	return (struct stats_trend){ .slope = stats_median(slopes, k), .p = fmin(1, p) };
}

struct stats_step_found stats_find_step(const double *v, size_t n)
{
	struct stats_step_found r = { .at = 0, .p = NAN };
	if (n < STEP_MIN)
		return r;
	double u = 0, most = 0, m = (double)n;
	/* U(t) = U(t - 1) + the sum of sign(v[t - 1] - v[j]) over all j */
	for (size_t t = 1; t < n; t++) {
		for (size_t j = 0; j < n; j++)
			u += sign(v[t - 1] - v[j]);
		if (fabs(u) > most) {
			most = fabs(u);
			r.at = t;
		}
	}
	r.p = fmin(1, 2 * exp(-6 * most * most / (m * m * m + m * m)));
	return r;
}

/* ---- modes ---- */

static size_t least_part(size_t n)
{
	return (n + MODES_SHARE - 1) / MODES_SHARE;
}

/* The largest between/within ratio over all places to cut the sorted values, and the place. */
static double cluster_ratio(const double *s, size_t n, size_t *ret_at)
{
	double all = 0, squares = 0, left = 0, best = 0;
	size_t least = least_part(n);
	for (size_t i = 0; i < n; i++)
		all += s[i];
	double mean = all / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (s[i] - mean) * (s[i] - mean);
	for (size_t i = 1; i <= n - least; i++) {
		left += s[i - 1] - mean;
		/* The sum of the right part is minus that of the left one. */
		double between = left * left / (double)i + left * left / (double)(n - i);
		double ratio = between / fmax(squares - between, 1e-12 * squares);
		if (i < least || !(ratio > best))
			continue;
		best = ratio;
		*ret_at = i;
	}
	return best;
}

static void rng_freep(struct rng **r)
{
	rng_free(*r);
}

/* The share of normal samples that look as divided as that, or more. */
static double share_above(double found, size_t n, double alpha, uint64_t seed)
{
	cleanup(rng_freep) struct rng *r = rng_new(seed);
	cleanup_free double *s = xcalloc(n, sizeof(*s));
	unsigned above = 0, k = 0;
	size_t at;
	while (k < MODES_SAMPLES && above + 1.0 <= alpha * (MODES_SAMPLES + 1.0)) {
		for (size_t i = 0; i < n; i++)
			s[i] = rng_normal(r);
		stats_sort(s, n);
		above += cluster_ratio(s, n, &at) >= found;
		k++;
	}
	return k < MODES_SAMPLES ? (double)above / k : (above + 1.0) / (k + 1.0);
}

struct stats_modes stats_two_modes(const double *v, size_t n, double alpha, uint64_t seed)
{
	struct stats_modes m = { .p = NAN, .lower = NAN, .upper = NAN };
	if (n < MODES_MIN)
		return m;
	cleanup_free double *s = xcalloc(n, sizeof(*s)), *shown = xcalloc(n, sizeof(*shown));
	memcpy(shown, v, n * sizeof(*s));
	stats_sort(shown, n);
	m.p = 1;
	if (!(shown[n - 1] > shown[0]))
		return m;
	for (size_t i = 0; i < n; i++)
		s[i] = shown[0] > 0 ? log(shown[i]) : shown[i];
	double found = cluster_ratio(s, n, &m.below);
	m.p = share_above(found, n, alpha, seed);
	m.lower = stats_quantile(shown, m.below, 0.5);
	m.upper = stats_quantile(shown + m.below, n - m.below, 0.5);
	return m;
}

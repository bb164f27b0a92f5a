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
#define MODES_SAMPLES 999

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

/* The largest between/within ratio over all places to cut the sorted values. */
static double cluster_ratio(const double *s, size_t n)
{
	double all = 0, squares = 0, left = 0, best = 0;
	for (size_t i = 0; i < n; i++)
		all += s[i];
	double mean = all / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (s[i] - mean) * (s[i] - mean);
	for (size_t i = 1; i < n; i++) {
		left += s[i - 1] - mean;
		/* The sum of the right part is minus that of the left one. */
		double between = left * left / (double)i + left * left / (double)(n - i);
		best = fmax(best, between / fmax(squares - between, 1e-12 * squares));
	}
	return best;
}

static void rng_freep(struct rng **r)
{
	rng_free(*r);
}

double stats_two_modes(const double *v, size_t n, uint64_t seed)
{
	if (n < MODES_MIN)
		return NAN;
	cleanup_free double *s = xcalloc(n, sizeof(*s));
	memcpy(s, v, n * sizeof(*s));
	stats_sort(s, n);
	if (!(s[n - 1] > s[0]))
		return 1;
	for (size_t i = 0; s[0] > 0 && i < n; i++)
		s[n - 1 - i] = log(s[n - 1 - i]);       /* the smallest one last: it decides */
	double found = cluster_ratio(s, n);
	cleanup(rng_freep) struct rng *r = rng_new(seed);
	unsigned above = 0;
	for (unsigned k = 0; k < MODES_SAMPLES; k++) {
		for (size_t i = 0; i < n; i++)
			s[i] = rng_normal(r);
		stats_sort(s, n);
		above += cluster_ratio(s, n) >= found;
	}
	return (above + 1.0) / (MODES_SAMPLES + 1.0);
}

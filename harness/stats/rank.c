/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rank.c - what the order of values tells. */
#include "stats/rank.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "stats/quantile.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>

#define EXACT_MAX 50

/* The rank sum of a in both together, mid-ranks for ties; *ret_ties is the sum of t^3 - t over groups of t equal values. */
static double rank_sum(const double *a, size_t n_a, const double *b, size_t n_b, double *ret_ties)
{
	size_t n = n_a + n_b;
	cleanup_free double *v = xcalloc(n, sizeof(*v));
	cleanup_free size_t *at = xcalloc(n, sizeof(*at));
	for (size_t i = 0; i < n; i++)
		v[i] = i < n_a ? a[i] : b[i - n_a];
	gsl_sort_index(at, v, 1, n);
	double sum = 0;
	*ret_ties = 0;
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && v[at[end]] == v[at[i]]; end++)
			;
		double t = (double)(end - i), rank = (double)(i + 1 + end) / 2;
		*ret_ties += t * t * t - t;
		for (size_t k = i; k < end; k++)
			sum += at[k] < n_a ? rank : 0;
	}
	return sum;
}

/* P(U <= u) without ties: the number of ways to reach each u, one value of a after the other (Mann and Whitney's recurrence as the
 * product of Gaussian binomials). */
static double exact_cdf(size_t n_a, size_t n_b, size_t u)
{
	size_t max = n_a * n_b;
	cleanup_free double *ways = xcalloc(max + 1, sizeof(*ways));
	ways[0] = 1;
	for (size_t i = 1; i <= n_a; i++) {
		/* times (1 - q^(n_b + i)) / (1 - q^i) */
		for (size_t k = max; k + 1 > n_b + i; k--)
			ways[k] -= ways[k - n_b - i];
		for (size_t k = i; k <= max; k++)
			ways[k] += ways[k - i];
	}
	double below = 0, all = 0;
	for (size_t k = 0; k <= max; k++) {
		all += ways[k];
		below += k <= u ? ways[k] : 0;
	}
	return below / all;
}

static double normal_p(double u, double n_a, double n_b, double ties)
{
	double n = n_a + n_b, variance = n_a * n_b / 12 * (n + 1 - ties / (n * (n - 1)));
	if (!(variance > 0))
		return 1;
	double z = (fmax(u, n_a * n_b - u) - n_a * n_b / 2 - 0.5) / sqrt(variance);
	return fmin(1, 2 * gsl_cdf_ugaussian_Q(z));
}

struct stats_mann_whitney stats_mann_whitney(const double *a, size_t n_a, const double *b, size_t n_b)
{
	struct stats_mann_whitney r = { .u = NAN, .p = NAN };
	if (!n_a || !n_b)
		return r;
	double ties, sum = rank_sum(a, n_a, b, n_b, &ties);
	r.u = sum - (double)n_a * (double)(n_a + 1) / 2;
	r.exact = ties == 0 && n_a <= EXACT_MAX && n_b <= EXACT_MAX;
	double smaller = fmin(r.u, (double)(n_a * n_b) - r.u);
	r.p = r.exact ? fmin(1, 2 * exact_cdf(n_a, n_b, (size_t)smaller)) : normal_p(r.u, (double)n_a, (double)n_b, ties);
	return r;
}

double stats_sign_test(const double *a, const double *b, size_t n)
{
	unsigned above = 0, below = 0;
	for (size_t i = 0; i < n; i++) {
		above += a[i] > b[i];
		below += a[i] < b[i];
	}
	unsigned fewer = above < below ? above : below;
	return n ? fmin(1, 2 * gsl_cdf_binomial_P(fewer, 0.5, above + below)) : NAN;
}

double stats_hodges_lehmann(const double *a, size_t n_a, const double *b, size_t n_b)
{
	cleanup_free double *d = xcalloc(n_a * n_b + 1, sizeof(*d));
	for (size_t i = 0; i < n_a; i++)
		for (size_t k = 0; k < n_b; k++)
			d[i * n_b + k] = a[i] - b[k];
	stats_sort(d, n_a * n_b);
	return stats_quantile(d, n_a * n_b, 0.5);
}

void stats_holm(const double *p, size_t n, double *adjusted)
{
	cleanup_free size_t *at = xcalloc(n + 1, sizeof(*at));
	cleanup_free double *v = xcalloc(n + 1, sizeof(*v));
	size_t m = 0;
	for (size_t i = 0; i < n; i++) {
		adjusted[i] = NAN;
		m += !isnan(p[i]);
		v[i] = isnan(p[i]) ? INFINITY : p[i];
	}
	if (n)
		gsl_sort_index(at, v, 1, n);
	double last = 0;
	for (size_t i = 0; i < m; i++) {
		last = fmax(last, fmin(1, (double)(m - i) * v[at[i]]));
		adjusted[at[i]] = last;
	}
}

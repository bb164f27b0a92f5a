/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resample.c - medians of a sample drawn again with replacement. */
#include "stats/resample.h"

#include "base/str.h"
#include "stats/quantile.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values are known by their place in the sorted sample. low is the (n + 1) / 2-th of the draws in order; where n is even the median is
 * halfway from it to the next one. */
struct resample {
	size_t n;
	double *sorted;
	double *at_most;                /* probability that low's place is at most this one */
	double *apart;                  /* for even n: probability that the next one is of a later place, given low's */
	size_t *guide;                  /* for i of n: the first place whose at_most exceeds i / n */
};

/* P(low's place is j and the next one's is later): exactly half of the draws are up to j, and not all of these below it. */
static double log_apart(double n, double j, double log_ways)
{
	double m = n / 2;
	return log_ways + m * log((j + 1) / n) + log1p(-exp(m * log(j / (j + 1)))) + m * log((n - 1 - j) / n);
}

static void fill_apart(struct resample *s)
{
	int sign;
	double n = (double)s->n, log_ways = lgamma_r(n + 1, &sign) - 2 * lgamma_r(n / 2 + 1, &sign);
	for (size_t j = 0; j + 1 < s->n; j++) {
		double here = s->at_most[j] - (j ? s->at_most[j - 1] : 0);
		s->apart[j] = here > 0 ? fmin(1, exp(log_apart(n, (double)j, log_ways)) / here) : 0;
	}
}

struct resample *resample_new(const double *v, size_t n)
{
	struct resample *s = xcalloc(1, sizeof(*s));
	*s = (struct resample){ .n = n, .sorted = xcalloc(n, sizeof(double)), .at_most = xcalloc(n, sizeof(double)),
		                .apart = xcalloc(n, sizeof(double)), .guide = xcalloc(n, sizeof(size_t)) };
	memcpy(s->sorted, v, n * sizeof(*v));
	stats_sort(s->sorted, n);
	double low = (double)((n + 1) / 2);
	for (size_t j = 0; j < n; j++)
		s->at_most[j] = j + 1 < n ? gsl_cdf_beta_P((double)(j + 1) / (double)n, low, (double)n + 1 - low) : 1;
	if (n % 2 == 0)
		fill_apart(s);
	for (size_t i = 0, j = 0; i < n; i++) {
		while (s->at_most[j] <= (double)i / (double)n)
			j++;
		s->guide[i] = j;
	}
	return s;
}

void resample_free(struct resample *s)
{
	if (!s)
		return;
	free(s->sorted);
	free(s->at_most);
	free(s->apart);
	free(s->guide);
	free(s);
}

/* The least of the other half of the draws, which are all of places behind low. u is uniform. */
static size_t place_of_next(size_t n, size_t low, double u)
{
	size_t behind = n - 1 - low;
	size_t i = (size_t)((1 - pow(1 - u, 2 / (double)n)) * (double)behind);
	return low + 1 + (i < behind ? i : behind - 1);
}

double resample_median(const struct resample *s, struct rng *r)
{
	double u = rng_uniform(r);
	size_t low = s->guide[(size_t)(u * (double)s->n)];
	while (s->at_most[low] <= u)
		low++;
	if (s->n % 2)
		return s->sorted[low];
	u = rng_uniform(r);
	if (u >= s->apart[low])
		return s->sorted[low];
	return (s->sorted[low] + s->sorted[place_of_next(s->n, low, u / s->apart[low])]) / 2;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* coverage.c - how often the intervals of reports hold what they are of, in simulated experiments whose truth is known.
 *
 * Usage: coverage DATA LAUNCHES EXPERIMENTS. One line: the shares, in percent, of experiments in which the truth lies within the interval of
 * a median, a ratio, a difference and a ratio of ratios; and of those in which `compare` would call two equal arms different. */
#include "base/rng.h"
#include "stats/boot.h"
#include "stats/order.h"
#include "stats/quantile.h"
#include "stats/rank.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAUNCHES_MAX 1000
#define SAMPLES 25                      /* odd: the median of launches' medians is then that of the launches, whatever the samples' spread */
#define MODE 100.0
#define APART 1.15                      /* the second mode over the first; each scatters with a standard deviation of 1 */

static double normal(struct rng *r)
{
	return 100 + 2 * rng_normal(r);
}

static double lognormal(struct rng *r)
{
	return exp(0.5 * rng_normal(r));
}

static double two_modes(struct rng *r, double first)
{
	return (rng_uniform(r) < first ? MODE : MODE * APART) + rng_normal(r);
}

static double bimodal(struct rng *r)
{
	return two_modes(r, 0.7);
}

static double halves(struct rng *r)
{
	return two_modes(r, 0.5);
}

/* The median of samples that share what their launch is: 5 % from launch to launch, 20 % from sample to sample. */
static double correlated(struct rng *r)
{
	double v[SAMPLES], launch = 10 * exp(0.05 * rng_normal(r));
	for (size_t i = 0; i < SAMPLES; i++)
		v[i] = launch * exp(0.2 * rng_normal(r));
	return stats_median(v, SAMPLES);
}

/* Where the distribution of two_modes() is at one half, by bisection. */
static double median_of_modes(double first)
{
	double lo = MODE, hi = MODE * APART;
	for (int i = 0; i < 100; i++) {
		double x = (lo + hi) / 2, below = first * gsl_cdf_ugaussian_P(x - MODE) + (1 - first) * gsl_cdf_ugaussian_P(x - MODE * APART);
		*(below < 0.5 ? &lo : &hi) = x;
	}
	return lo;
}

static const struct kind {
	const char *name;
	double (*launch)(struct rng *r);
	double median, first;           /* first, of modes: the median is to be found */
} kinds[] = {
	{ "normal", normal, 100, 0 },
	{ "lognormal", lognormal, 1, 0 },
	{ "bimodal", bimodal, 0, 0.7 },
	{ "halves", halves, 0, 0.5 },
	{ "correlated", correlated, 10, 0 },
};

struct counts {
	unsigned median, ratio, diff, ratios, different;
};

static bool holds(struct stats_interval i, double x)
{
	return i.ok && i.lo <= x && x <= i.hi;
}

static void experiment(const struct kind *k, struct rng *r, size_t n, double median, uint64_t seed, struct counts *c)
{
	static double v[4][LAUNCHES_MAX];
	struct stats_values a[4];
	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < n; j++)
			v[i][j] = k->launch(r);
		a[i] = (struct stats_values){ v[i], n };
	}
	struct stats_interval ratio = stats_boot_ratio(v[0], n, v[1], n, seed);
	c->median += holds(stats_median_interval(v[0], n), median);
	c->ratio += holds(ratio, 1);
	c->diff += holds(stats_boot_diff(v[0], n, v[1], n, seed), 0);
	c->ratios += holds(stats_boot_ratios(a[0], a[1], a[2], a[3], seed), 1);
	c->different += ratio.ok && !holds(ratio, 1) && stats_mann_whitney(v[0], n, v[1], n).p < 1 - STATS_LEVEL;
}

int main(int argc, char **argv)
{
	const struct kind *k = NULL;
	for (size_t i = 0; argc == 4 && i < sizeof(kinds) / sizeof(*kinds); i++)
		k = strcmp(argv[1], kinds[i].name) == 0 ? &kinds[i] : k;
	long n = argc == 4 ? strtol(argv[2], NULL, 10) : 0, experiments = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
	if (!k || n < STATS_LAUNCHES_MIN || n > LAUNCHES_MAX || experiments < 1) {
		fprintf(stderr, "usage: coverage normal|lognormal|bimodal|halves|correlated LAUNCHES EXPERIMENTS (%d to %d launches)\n",
		        STATS_LAUNCHES_MIN, LAUNCHES_MAX);
		return 2;
	}
	struct rng *r = rng_new(stats_seed((uint64_t)n, (const char *const[]){ k->name, NULL }));
	struct counts c = { 0 };
	for (long e = 0; e < experiments; e++)
		experiment(k, r, (size_t)n, k->first > 0 ? median_of_modes(k->first) : k->median, (uint64_t)e, &c);
	rng_free(r);
	double percent = 100.0 / (double)experiments;
	printf("%s\t%ld\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\n", k->name, n, c.median * percent, c.ratio * percent, c.diff * percent,
	       c.ratios * percent, c.different * percent);
	return 0;
}

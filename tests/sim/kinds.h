/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kinds.h - launches that are made up, of distributions whose median is known: what the simulations draw from. */
#ifndef ISOCOST_SIM_KINDS_H
#define ISOCOST_SIM_KINDS_H

#include "base/rng.h"
#include "stats/quantile.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SAMPLES 25                      /* odd: the median of launches' medians is then that of the launches, whatever the samples' spread */
#define MODE 100.0
#define APART 1.15                      /* the second mode over the first */

/* One launch. spread: of the launches, as a fraction. */
typedef double kind_launch(struct rng *r, double spread);

static double kind_normal(struct rng *r, double spread)
{
	return 100 * (1 + spread * rng_normal(r));
}

static double kind_lognormal(struct rng *r, double spread)
{
	return exp(spread * rng_normal(r));
}

static double kind_modes(struct rng *r, double first, double spread)
{
	return (rng_uniform(r) < first ? MODE : MODE * APART) + MODE * spread * rng_normal(r);
}

static double kind_bimodal(struct rng *r, double spread)
{
	return kind_modes(r, 0.7, spread);
}

static double kind_halves(struct rng *r, double spread)
{
	return kind_modes(r, 0.5, spread);
}

/* The median of samples that share what their launch is, and scatter four times as much. */
static double kind_correlated(struct rng *r, double spread)
{
	double v[SAMPLES], launch = 10 * exp(spread * rng_normal(r));
	for (size_t i = 0; i < SAMPLES; i++)
		v[i] = launch * exp(4 * spread * rng_normal(r));
	return stats_median(v, SAMPLES);
}

static const struct kind {
	const char *name;
	kind_launch *launch;
	double spread;                  /* unless another is asked for */
	double median, first;           /* first, of modes: the median is to be found */
} kinds[] = {
	{ "normal", kind_normal, 0.02, 100, 0 },
	{ "lognormal", kind_lognormal, 0.5, 1, 0 },
	{ "bimodal", kind_bimodal, 0.01, 0, 0.7 },
	{ "halves", kind_halves, 0.01, 0, 0.5 },
	{ "correlated", kind_correlated, 0.05, 10, 0 },
};
#define KINDS "normal|lognormal|bimodal|halves|correlated"

static inline const struct kind *kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(name, kinds[i].name) == 0)
			return &kinds[i];
	return NULL;
}

/* Where the distribution is at one half; of modes by bisection. */
static inline double kind_median(const struct kind *k, double spread)
{
	double lo = MODE, hi = MODE * APART;
	if (!(k->first > 0))
		return k->median;
	for (int i = 0; i < 100; i++) {
		double x = (lo + hi) / 2, below = k->first * gsl_cdf_ugaussian_P((x - MODE) / (MODE * spread)) +
		                                  (1 - k->first) * gsl_cdf_ugaussian_P((x - MODE * APART) / (MODE * spread));
		*(below < 0.5 ? &lo : &hi) = x;
	}
	return lo;
}

#endif

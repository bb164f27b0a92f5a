/* SPDX-License-Identifier: GPL-3.0-or-later */
/* power.c - how often a slow-down is found by as many launches as the calculation asks for, in simulated experiments.
 *
 * Usage: power BETWEEN WITHIN SAMPLES EFFECT POWER EXPERIMENTS: launches scatter by BETWEEN percent, the SAMPLES samples of each by WITHIN
 * percent, and the second arm costs EFFECT percent more. One line: these, the launches asked for, and the share, in percent, of experiments in
 * which a comparison of this one cell says that there is a difference, by the interval and by the test. */
#include "base/rng.h"
#include "stats/boot.h"
#include "stats/power.h"
#include "stats/quantile.h"
#include "stats/rank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LAUNCHES_MAX 2000
#define SAMPLES_MAX 10000

static double launch(struct rng *r, const struct stats_spread *s, double median)
{
	static double v[SAMPLES_MAX];
	double mid = median * exp(s->between * rng_normal(r));
	for (size_t i = 0; i < (size_t)s->samples; i++)
		v[i] = mid * exp(s->within * rng_normal(r));
	return stats_median(v, (size_t)s->samples);
}

static bool found(struct rng *r, const struct stats_spread *s, double effect, size_t n, uint64_t seed)
{
	static double a[LAUNCHES_MAX], b[LAUNCHES_MAX];
	for (size_t i = 0; i < n; i++) {
		a[i] = launch(r, s, 1);
		b[i] = launch(r, s, 1 + effect);
	}
	return stats_boot_ratio(b, n, a, n, seed).lo > 1 && stats_mann_whitney(a, n, b, n).p < 1 - STATS_LEVEL;
}

static int usage(void)
{
	fprintf(stderr, "usage: power BETWEEN%% WITHIN%% SAMPLES EFFECT%% POWER%% EXPERIMENTS\n");
	return 2;
}

int main(int argc, char **argv)
{
	double v[6];
	for (int i = 0; i < 6; i++) {
		v[i] = argc == 7 ? strtod(argv[i + 1], NULL) : 0;
		if (!(v[i] > 0))
			return usage();
	}
	struct stats_spread s = { v[0] / 100, v[1] / 100, v[2] };
	double effect = v[3] / 100, power = v[4] / 100, n = 0;
	if (s.samples > SAMPLES_MAX || power >= 1 ||
	    (n = stats_launches_needed(stats_spread_of_launches(&s), effect, 1 - STATS_LEVEL, power)) > LAUNCHES_MAX)
		return usage();
	struct rng *r = rng_new(1);
	unsigned hits = 0;
	for (uint64_t e = 0; e < (uint64_t)v[5]; e++)
		hits += found(r, &s, effect, (size_t)n, e);
	rng_free(r);
	printf("%g\t%g\t%g\t%g\t%g\t%g\t%.1f\n", v[0], v[1], v[2], v[3], v[4], n, 100 * hits / v[5]);
	return 0;
}

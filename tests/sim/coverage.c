/* SPDX-License-Identifier: GPL-3.0-or-later */
/* coverage.c - how often the intervals of reports hold what they are of, in simulated experiments whose truth is known.
 *
 * Usage: coverage DATA LAUNCHES EXPERIMENTS. One line: the shares, in percent, of experiments in which the truth lies within the interval of
 * a median, a ratio, a difference and a ratio of ratios; of those in which `compare` would call two equal arms different; and of those in which it
 * lies within the interval of a ratio by blocks: of launches like the others, but that the two of each block are slower together by up to some 20 %. */
#include "kinds.h"
#include "stats/boot.h"
#include "stats/order.h"
#include "stats/paired.h"
#include "stats/rank.h"

#include <stdlib.h>

#define LAUNCHES_MAX 1000
#define BLOCKS 0.1                      /* standard deviation of the logarithm of what the launches of a block have in common */

struct counts {
	unsigned median, ratio, diff, ratios, different, paired;
};

static bool holds(struct stats_interval i, double x)
{
	return i.ok && i.lo <= x && x <= i.hi;
}

static void experiment(const struct kind *k, struct rng *r, struct rng *blocks, size_t n, double median, uint64_t seed,
                       struct counts *c)
{
	static double v[4][LAUNCHES_MAX];
	struct stats_values a[4];
	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < n; j++)
			v[i][j] = k->launch(r, k->spread);
		a[i] = (struct stats_values){ v[i], n };
	}
	struct stats_interval ratio = stats_boot_ratio(v[0], n, v[1], n, seed);
	c->median += holds(stats_median_interval(v[0], n), median);
	c->ratio += holds(ratio, 1);
	c->diff += holds(stats_boot_diff(v[0], n, v[1], n, seed), 0);
	c->ratios += holds(stats_boot_ratios(a[0], a[1], a[2], a[3], seed), 1);
	for (size_t j = 0; j < n; j++) {
		double block = exp(BLOCKS * rng_normal(blocks));
		v[2][j] *= block;
		v[3][j] *= block;
	}
	c->paired += holds(stats_paired_ratio(v[2], v[3], n).ci, 1);
	c->different += ratio.ok && !holds(ratio, 1) && stats_mann_whitney(v[0], n, v[1], n).p < 1 - STATS_LEVEL;
}

int main(int argc, char **argv)
{
	const struct kind *k = argc == 4 ? kind_find(argv[1]) : NULL;
	long n = argc == 4 ? strtol(argv[2], NULL, 10) : 0, experiments = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
	if (!k || n < STATS_LAUNCHES_MIN || n > LAUNCHES_MAX || experiments < 1) {
		fprintf(stderr, "usage: coverage " KINDS " LAUNCHES EXPERIMENTS (%d to %d launches)\n",
		        STATS_LAUNCHES_MIN, LAUNCHES_MAX);
		return 2;
	}
	struct rng *r = rng_new(stats_seed((uint64_t)n, (const char *const[]){ k->name, NULL }));
	struct rng *blocks = rng_new((uint64_t)n);
	struct counts c = { 0 };
	for (long e = 0; e < experiments; e++)
		experiment(k, r, blocks, (size_t)n, kind_median(k, k->spread), (uint64_t)e, &c);
	rng_free(r);
	rng_free(blocks);
	double percent = 100.0 / (double)experiments;
	printf("%s\t%ld\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\n", k->name, n, c.median * percent, c.ratio * percent, c.diff * percent,
	       c.ratios * percent, c.different * percent, c.paired * percent);
	return 0;
}

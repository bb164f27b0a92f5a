/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flags.c - how often launches are flagged that drift or have two modes, and how often those that don't, in simulated experiments.
 *
 * Usage: flags DATA LAUNCHES ALPHA EXPERIMENTS. One line: data, launches, and the shares, in percent, of experiments in which a drift and two modes
 * are found. Launches scatter by 2 % but where it is said: normal, lognormal, tail (lognormal by 50 %), outlier (normal, one launch in ten 30 % above the others);
 * drift2, drift3 and drift4 (normal, and as many standard deviations from the first launch to the last); modes30 and modes50 (30 % or 50 % of them
 * six standard deviations above the others), far30 and far50 (twelve). */
#include "base/rng.h"
#include "stats/boot.h"
#include "stats/shape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAUNCHES_MAX 1000
#define SPREAD 0.02

static const struct kind {
	const char *name;
	double tail, outliers, drift, second, apart;
} kinds[] = {
	{ "normal", 0, 0, 0, 0, 0 },      { "lognormal", SPREAD, 0, 0, 0, 0 }, { "tail", 0.5, 0, 0, 0, 0 },
	{ "outlier", 0, 0.1, 0, 0, 0 },   { "drift2", 0, 0, 2, 0, 0 },         { "drift3", 0, 0, 3, 0, 0 },
	{ "drift4", 0, 0, 4, 0, 0 },      { "modes30", 0, 0, 0, 0.3, 6 },      { "modes50", 0, 0, 0, 0.5, 6 },
	{ "far30", 0, 0, 0, 0.3, 12 },    { "far50", 0, 0, 0, 0.5, 12 },
};

static void draw(const struct kind *k, struct rng *r, double *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double x = rng_normal(r), at = (double)i / (double)(n - 1);
		v[i] = k->tail > 0 ? exp(k->tail * x) : 1 + SPREAD * (x + k->drift * at);
		if (k->second > 0 && rng_uniform(r) < k->second)
			v[i] += k->apart * SPREAD;
		if (k->outliers > 0 && rng_uniform(r) < k->outliers)
			v[i] *= 1.3;
	}
}

int main(int argc, char **argv)
{
	const struct kind *k = NULL;
	for (size_t i = 0; argc == 5 && i < sizeof(kinds) / sizeof(*kinds); i++)
		k = strcmp(argv[1], kinds[i].name) == 0 ? &kinds[i] : k;
	long n = k ? strtol(argv[2], NULL, 10) : 0, experiments = k ? strtol(argv[4], NULL, 10) : 0;
	double alpha = k ? strtod(argv[3], NULL) : 0;
	if (n < 8 || n > LAUNCHES_MAX || experiments < 1 || !(alpha > 0 && alpha < 1)) {
		fprintf(stderr, "usage: flags normal|lognormal|tail|outlier|drift2|drift3|drift4|modes30|modes50|far30|far50 LAUNCHES ALPHA EXPERIMENTS\n");
		return 2;
	}
	struct rng *r = rng_new(stats_seed((uint64_t)n, (const char *const[]){ k->name, NULL }));
	unsigned drift = 0, modes = 0;
	for (long e = 0; e < experiments; e++) {
		double v[LAUNCHES_MAX];
		draw(k, r, v, (size_t)n);
		drift += stats_trend(v, (size_t)n).p <= alpha;
		modes += stats_two_modes(v, (size_t)n, alpha, (uint64_t)e).p <= alpha;
	}
	rng_free(r);
	printf("%s\t%ld\t%.2f\t%.2f\n", k->name, n, 100.0 * drift / (double)experiments, 100.0 * modes / (double)experiments);
	return 0;
}

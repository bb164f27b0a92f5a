/* SPDX-License-Identifier: GPL-3.0-or-later */
/* adaptive.c - how often intervals hold the truth when the launches that they are from were ended by their width, in simulated experiments.
 *
 * Usage: adaptive DATA SPREAD PILOT TARGET CAP EXPERIMENTS: launches scatter by SPREAD percent; each of two arms has PILOT launches, then
 * more until half its interval is at most TARGET percent of the median, at most CAP. One line: these but the experiments, the launches of an
 * arm (mean), and the shares, in percent, of arms that were ended by precision; whose interval of the median holds the truth; of experiments in which
 * that of the ratio does, by blocks where the arms have about as many launches, as in reports; and in which `compare` would call the two equal arms different. */
#include "kinds.h"
#include "model/adaptive.h"
#include "report/pairs.h"
#include "stats/boot.h"
#include "stats/order.h"
#include "stats/paired.h"
#include "stats/rank.h"

#include <stdlib.h>

#define LAUNCHES_MAX 1000

struct conf {
	const struct kind *kind;
	struct adaptive rule;
	double spread, median;
	unsigned cap;
};

struct counts {
	double launches, precision, median, ratio, different;
};

static bool holds(struct stats_interval i, double x)
{
	return i.ok && i.lo <= x && x <= i.hi;
}

/* The launches of one arm, ended by the rule of sessions. */
static size_t arm(const struct conf *c, struct rng *r, double *v, struct counts *counts)
{
	enum cell_end end = CELL_OPEN;
	size_t n = 0;
	while (end == CELL_OPEN) {
		v[n++] = c->kind->launch(r, c->spread);
		end = adaptive_decide(&c->rule, (unsigned)n, (unsigned)n, c->cap, stats_half_width(v, n));
	}
	counts->launches += (double)n / 2;
	counts->precision += end == CELL_PRECISION ? 0.5 : 0;
	counts->median += holds(stats_median_interval(v, n), c->median) ? 0.5 : 0;
	return n;
}

static void experiment(const struct conf *c, struct rng *r, uint64_t seed, struct counts *counts)
{
	static double a[LAUNCHES_MAX], b[LAUNCHES_MAX];
	size_t n_a = arm(c, r, a, counts), n_b = arm(c, r, b, counts);
	size_t fewer = n_a < n_b ? n_a : n_b, more = n_a < n_b ? n_b : n_a;
	struct stats_interval ratio = stats_boot_ratio(a, n_a, b, n_b, seed);
	counts->ratio += holds((double)fewer < PAIRS_SHARE * (double)more ? ratio : stats_paired_ratio(a, b, fewer).ci, 1);
	counts->different += ratio.ok && !holds(ratio, 1) && stats_mann_whitney(a, n_a, b, n_b).p < 1 - STATS_LEVEL;
}

static int usage(void)
{
	fprintf(stderr, "usage: adaptive " KINDS " SPREAD%% PILOT TARGET%% CAP EXPERIMENTS (launches: %d to %d)\n", STATS_LAUNCHES_MIN, LAUNCHES_MAX);
	return 2;
}

int main(int argc, char **argv)
{
	double x[5];
	if (argc != 7)
		return usage();
	for (int i = 0; i < 5; i++)
		x[i] = strtod(argv[i + 2], NULL);
	struct conf c = { .kind = kind_find(argv[1]), .spread = x[0] / 100, .cap = (unsigned)x[3],
		          .rule = { .on = true, .min_launches = (unsigned)x[1], .half_width = x[2] / 100 } };
	if (!c.kind || !(x[0] > 0 && x[1] >= STATS_LAUNCHES_MIN && x[2] > 0 && x[3] >= x[1] && x[3] <= LAUNCHES_MAX && x[4] >= 1))
		return usage();
	c.median = kind_median(c.kind, c.spread);
	struct rng *r = rng_new(stats_seed(c.rule.min_launches, (const char *const[]){ c.kind->name, argv[2], NULL }));
	struct counts n = { 0 };
	for (uint64_t e = 0; e < (uint64_t)x[4]; e++)
		experiment(&c, r, e, &n);
	rng_free(r);
	double percent = 100 / x[4];
	printf("%s\t%g\t%g\t%g\t%g\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\n", c.kind->name, x[0], x[1], x[2], x[3], n.launches / x[4],
	       n.precision * percent, n.median * percent, n.ratio * percent, n.different * percent);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* noise.h - how far apart equal things lie: one arm against itself, and the noise floor that follows.
 *
 * The noise floor is the larger one of two bounds of the ratio of medians, each of |ln ratio|:
 * - what the 95 % interval of the ratio of the two reaches: it knows of a difference between them (order, place, name) that should not be;
 * - what 95 % of the ratios of random halves of both together stay below: the permutation distribution of the ratio when nothing differs
 *   (Pitman, "Significance tests which may be applied to samples from any populations", JRSS Supplement 4, 1937).
 * That a comparison of a thing with itself is part of an experiment: Kohavi et al., "Controlled experiments on the web: survey and practical
 * guide", Data Mining and Knowledge Discovery 18 (2009), section 6 (A/A tests). */
#ifndef ISOCOST_STATS_NOISE_H
#define ISOCOST_STATS_NOISE_H

#include "stats/boot.h"

struct stats_noise {
	double ratio;                   /* median(a) / median(b); NaN where either is not above 0 */
	struct stats_interval ci;       /* its 95 % interval */
	double halves;                  /* the second bound, as the floor; NaN: none */
	double floor;                   /* 0.03: ratios from 1 / 1.03 to 1.03 tell nothing; NaN: none, there are too few launches */
	double p;                       /* Mann-Whitney, of no difference; NaN: none */
};

/* One value a launch. Both are to have run the same, interleaved. */
struct stats_noise stats_noise(const double *a, size_t n_a, const double *b, size_t n_b, uint64_t seed);

/* The floor of these two: |ln| of the second bound, and the interval of the first. */
double stats_noise_floor(double halves, struct stats_interval ci);

/* Whether a cost ratio is not farther from 1 than the floor; never with a floor or a ratio of NaN. */
bool stats_is_noise(double ratio, double floor);

#endif

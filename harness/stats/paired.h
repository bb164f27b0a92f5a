/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paired.h - a ratio from launches that ran side by side, one of either arm in each block.
 *
 * What a block has of its own, a machine that is slow for a minute, is in both of its launches and not in their ratio; blocking is from Fisher,
 * "The Design of Experiments" (1935), chapter 4. The figure is the median of the blocks' ratios. Where the arms differ by a
 * factor it estimates that factor, as the ratio of medians does, whatever the launches' distribution: two launches of one block may then change
 * places, so that the logarithm of their ratio is symmetric about the factor's. Its interval is that of any median (stats/order.h), from the order of
 * the ratios: exact whatever their distribution is, with no resampling. Everything is computed in logarithms, so that a ratio turned over
 * has its interval turned over. `make bench-stats ONLY=coverage` has the simulation. */
#ifndef ISOCOST_STATS_PAIRED_H
#define ISOCOST_STATS_PAIRED_H

#include "stats/interval.h"
#include "stats/noise.h"

#include <stddef.h>
#include <stdint.h>

struct stats_paired {
	double ratio;                   /* median of a[i] / b[i]; NaN for n = 0 or a value that is not above 0 */
	struct stats_interval ci;       /* its 95 % interval; suppressed below STATS_LAUNCHES_MIN pairs */
};

/* a[i] and b[i] are of one block. */
struct stats_paired stats_paired_ratio(const double *a, const double *b, size_t n);

/* As stats_noise, of pairs: the second bound is what 95 % of the medians stay below when the two of each pair change places at random (Pitman's
 * test for pairs, the same paper), p is that of the sign test. */
struct stats_noise stats_noise_paired(const double *a, const double *b, size_t n, uint64_t seed);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nested.h - bootstrap intervals that resample both levels: launches, then the samples within each.
 *
 * Kalibera and Jones, "Rigorous benchmarking in reasonable time" (2013), section 7. What is estimated is the median over launches of a
 * quantile within launches. The resampled quantile of a launch is drawn from its own distribution without resampling its samples: the
 * order statistics of n draws with replacement are those of n uniform numbers, whose k-th is beta distributed, looked up in the sorted
 * samples. It takes as long for ten samples as for ten million. */
#ifndef ISOCOST_STATS_NESTED_H
#define ISOCOST_STATS_NESTED_H

#include "stats/boot.h"

/* The samples of one launch, ascending; at least one. Borrowed. */
struct stats_launch {
	const double *sorted;
	size_t n;
};

/* The 95 % interval of the median over launches of their p-quantile (0 < p < 1); suppressed below STATS_LAUNCHES_MIN launches. */
struct stats_interval stats_nested_median(const struct stats_launch *v, size_t n, double p, uint64_t seed);

/* The 95 % interval of the ratio of two such medians, resampled independently of each other; suppressed when either has too few
 * launches or a resampled median is not above 0. */
struct stats_interval stats_nested_ratio(const struct stats_launch *a, size_t n_a, const struct stats_launch *b, size_t n_b, double p,
                                         uint64_t seed);

#endif

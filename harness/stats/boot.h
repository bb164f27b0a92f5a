/* SPDX-License-Identifier: GPL-3.0-or-later */
/* boot.h - bootstrap intervals of a ratio, a ratio of ratios and a difference of medians. A median's own is in stats/order.h.
 *
 * What is resampled is the unit of replication: the caller passes one value a launch. The interval is the percentile
 * interval (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13): the 2.5 % and 97.5 % quantiles,
 * type 7, of STATS_RESAMPLES resampled statistics. BCa is not used: its acceleration comes from the jackknife, which is
 * inconsistent for the median (the same book, section 10.6; Efron 1982, section 3.4). Resampled medians are drawn from their own
 * distribution (stats/resample.h): an interval takes as long for ten launches as for ten thousand, but for sorting them once.
 * The same values and seed give the same interval on every host. */
#ifndef ISOCOST_STATS_BOOT_H
#define ISOCOST_STATS_BOOT_H

#include "stats/interval.h"

#include <stddef.h>
#include <stdint.h>

#define STATS_RESAMPLES 2000

/* The 95 % interval of median(a) / median(b), both resampled independently of each other; suppressed when either has too
 * few values or when a resampled median is not above 0. */
struct stats_interval stats_boot_ratio(const double *a, size_t n_a, const double *b, size_t n_b, uint64_t seed);

/* The values of one arm in one run, one a launch. Borrowed. */
struct stats_values {
	const double *v;
	size_t n;
};

/* The 95 % interval of (median(a) / median(a_by)) / (median(b) / median(b_by)), the four resampled independently of each other;
 * suppressed as a ratio is. */
struct stats_interval stats_boot_ratios(struct stats_values a, struct stats_values a_by, struct stats_values b, struct stats_values b_by,
                                        uint64_t seed);

/* The 95 % interval of median(a) - median(b), both resampled independently of each other; suppressed when either has too
 * few values. */
struct stats_interval stats_boot_diff(const double *a, size_t n_a, const double *b, size_t n_b, uint64_t seed);

/* A seed for one cell from the run's seed and the cell's names, so that a cell's interval does not depend on which other
 * cells are in the report: FNV-1a over the seed's bytes and the strings, folded to 32 bits. Ends at NULL. */
uint64_t stats_seed(uint64_t seed, const char *const names[]);

#endif

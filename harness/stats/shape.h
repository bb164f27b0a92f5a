/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shape.h - what may be wrong with a set of launches: drift over their order, a step in it, two modes.
 *
 * Flags to look at, not verdicts. Values are finite, one a launch, in the order in which they ran. */
#ifndef ISOCOST_STATS_SHAPE_H
#define ISOCOST_STATS_SHAPE_H

#include <stddef.h>
#include <stdint.h>

/* The median absolute deviation from the median, times 1.4826 so that it estimates the standard deviation of normal values: Hampel,
 * "The influence curve and its role in robust estimation", JASA 69 (1974). NaN for an empty sample. */
double stats_mad(const double *v, size_t n);

struct stats_trend {
	double slope;                   /* change from one launch to the next: the median of all pairwise slopes */
	double p;                       /* two-sided, of no trend; NaN below 4 launches, 1 when all values are equal */
};

/* Mann, "Nonparametric tests against trend", Econometrica 13 (1945), with Kendall's variance for ties, normal approximation without
 * continuity correction; slope: Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 63 (1968). */
struct stats_trend stats_trend(const double *v, size_t n);

struct stats_step_found {
	size_t at;                      /* the launches from this one on differ from those before it */
	double p;                       /* approximate, of no change; NaN below 6 launches */
};

/* Pettitt, "A non-parametric approach to the change-point problem", Applied Statistics 28 (1979). Where a warm-up ends. */
struct stats_step_found stats_find_step(const double *v, size_t n);

struct stats_modes {
	double p;                       /* of one mode; NaN below 8 launches, 1 when all values are equal */
	size_t below;                   /* launches in the lower part */
	double lower, upper;            /* medians of the parts */
};

/* One normal distribution against two: Engelman and Hartigan, "Percentage points of a test for clusters", JASA 64 (1969): the
 * largest ratio of the sum of squares between to that within two parts of the sorted values, its distribution found by normal
 * samples of the same size. On logarithms where all values are above 0, so that a long tail is not taken for a second mode. Neither part is
 * smaller than a fifth of the launches: fewer are outliers. A p above alpha is found with as few samples as tell that it is above (Besag and Clifford,
 * "Sequential Monte Carlo p-values", Biometrika 78, 1991); one below it with 1999, so that 0.0005 is the least. */
struct stats_modes stats_two_modes(const double *v, size_t n, double alpha, uint64_t seed);

#endif

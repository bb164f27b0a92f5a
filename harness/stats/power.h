/* SPDX-License-Identifier: GPL-3.0-or-later */
/* power.h - how many launches find a change of some size, given how launches scatter and how the samples within them do.
 *
 * Values are one arm's, all above 0; spreads are standard deviations of logarithms, so that 0.02 is about 2 %. */
#ifndef ISOCOST_STATS_POWER_H
#define ISOCOST_STATS_POWER_H

#include <stddef.h>

struct stats_spread {
	double between;                 /* from launch to launch */
	double within;                  /* from sample to sample of a launch */
	double samples;                 /* of a launch, by which its median scatters less than they do */
};

/* The values of launches scatter by what lies between them and by what their medians inherit of the samples; the two add up as
 * variances: Kalibera and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013, section 6. The variance of a median of n normal
 * values is pi / 2 times that of their mean (Lehmann, "Nonparametrics", 1975, appendix). */
double stats_spread_of_launches(const struct stats_spread *s);

/* Split the scatter of n launches, given one value a launch and the standard deviation of the logarithms of each one's samples; samples is
 * the number of samples of each. NaN for n < 2 or a value that is not above 0. */
struct stats_spread stats_spread_split(const double *values, const double *within, size_t n, double samples);

/* Launches for each of two arms so that a ratio of medians of 1 + effect is found with the given power at the two-sided level alpha: when
 * the logarithms of launches scatter with standard deviation sd, n = (pi / 2) 2 (z(1 - alpha/2) + z(power))^2 (sd / log(1 + effect))^2, the
 * sample size for two means with the price of the median (Lehmann 1975), and z(1 - alpha/2)^2 / 4 more for the scatter being
 * estimated (Guenther, "Sample size formulas for normal theory t tests", The American Statistician 35, 1981). At least 6, and as many as a
 * Mann-Whitney test takes for a p below alpha.
 * `make bench-stats ONLY=power` checks it with the tests that `compare` does. */
double stats_launches_needed(double sd, double effect, double alpha, double power);

/* The same read the other way: the least effect that n launches of each find; NaN where n are too few for any. */
double stats_effect_found(double sd, double n, double alpha, double power);

/* The 95 % interval of a standard deviation that was estimated from n normal values, in terms of chi-squared: a few launches tell their own scatter
 * badly. NaN for n < 2. */
void stats_spread_interval(double sd, size_t n, double *ret_lo, double *ret_hi);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* order.h - the interval of a median from the order of its values: no resampling, no assumption on their distribution.
 *
 * Between the k-th smallest and the k-th largest of n independent values lies the median with a probability that the binomial
 * distribution tells, whatever the values' distribution is (Thompson, Annals of Mathematical Statistics 7, 1936; David and Nagaraja, "Order
 * Statistics", 2003, section 7.1). Few values have no k for 95 %, so that the ends are interpolated between the narrowest pair that
 * reaches it and the next one within, in proportion to the probabilities (Beran and Hall, "Interpolated nonparametric prediction
 * intervals and confidence intervals", JRSS B 55, 1993). Hettmansperger and Sheather's interpolation (1986) is narrower, but covers a median
 * between two equally frequent modes with 89 % only, at 10 values; this one errs on the side of the wider interval. A percentile
 * bootstrap of the median covers with 91 to 93 % at 6 to 10 values. `make bench-stats` has the simulation. */
#ifndef ISOCOST_STATS_ORDER_H
#define ISOCOST_STATS_ORDER_H

#include "stats/interval.h"

#include <stddef.h>

#define STATS_GUARD_MIN 9               /* below, no interval of a median reaches 99.5 % */

/* The 95 % interval of the median of v, one value a launch, in any order; suppressed for n < STATS_LAUNCHES_MIN. */
struct stats_interval stats_median_interval(const double *v, size_t n);

/* How precise a median is, for a rule that goes on until it is: half the interval's width as a fraction of the median; or that of the 99.5 % interval,
 * scaled to what it is of the 95 % interval where values are normal, if that is more. A rule that looks again and again stops where launches
 * happen to lie close together, or all in one of two modes: the wider interval must be narrow too, which happens by chance ten times less often.
 * `make bench-stats ONLY=adaptive` has the simulation. 0 where all values are equal, infinite where the median is 0 and they are not, NaN below
 * STATS_GUARD_MIN values. */
double stats_half_width(const double *v, size_t n);

#endif

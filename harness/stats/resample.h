/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resample.h - medians of a sample drawn again with replacement, each in the same time however large the sample is.
 *
 * The order statistics of n draws with replacement are those of n uniform numbers, looked up in the sorted sample (Efron, "Bootstrap
 * methods", Annals of Statistics 7, 1979, section 3): which values the median comes from has a known distribution, a table of which is
 * made once. The medians are distributed exactly as those of n values that were drawn one by one and sorted. */
#ifndef ISOCOST_STATS_RESAMPLE_H
#define ISOCOST_STATS_RESAMPLE_H

#include "base/rng.h"

#include <stddef.h>

struct resample;

/* v is copied; n is at least 1. Owner frees. */
struct resample *resample_new(const double *v, size_t n);
void resample_free(struct resample *s);                 /* NULL is a no-op */

/* The median, type 7, of n values drawn with replacement. */
double resample_median(const struct resample *s, struct rng *r);

#endif

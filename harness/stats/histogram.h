/* SPDX-License-Identifier: GPL-3.0-or-later */
/* histogram.h - a log-linear histogram: any number of values in bounded memory, with a bounded relative error.
 *
 * Each power of two is split into 64 equal parts, so that the middle of a value's bin is within 1/128, 0.79 %, of the value. The
 * bins are those of HdrHistogram (Tene) with 6 bits below the leading one, on doubles. Values that are not above 0, and those
 * outside of 2^-60 … 2^60, go into the lowest or highest bin and are counted as clamped. */
#ifndef ISOCOST_STATS_HISTOGRAM_H
#define ISOCOST_STATS_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_ERROR (1.0 / 128)

struct histogram;

struct histogram *histogram_new(void);
void histogram_free(struct histogram *h);               /* NULL is a no-op */

void histogram_add(struct histogram *h, double value, uint64_t times);
/* Add all of from's counts to h's: the same as if each of its values had been added. */
void histogram_merge(struct histogram *h, const struct histogram *from);

uint64_t histogram_count(const struct histogram *h);
uint64_t histogram_clamped(const struct histogram *h);
double histogram_min(const struct histogram *h);        /* exact; NaN when it is empty */
double histogram_max(const struct histogram *h);
/* The smallest value of which at least the share p lies at or below it (type 1 of Hyndman and Fan), within HISTOGRAM_ERROR of it; the
 * exact minimum and maximum for p = 0 and 1. NaN when it is empty. */
double histogram_quantile(const struct histogram *h, double p);

#endif

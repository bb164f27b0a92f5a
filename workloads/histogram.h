/* SPDX-License-Identifier: GPL-3.0-or-later */
/* histogram.h - a log-linear histogram: any number of values in bounded memory, with a bounded relative error. Shared with the harness.
 *
 * Each power of two is split into HISTOGRAM_PARTS equal bins, so that the middle of a value's bin is within HISTOGRAM_ERROR of the value,
 * 0.39 %. The bins are those of HdrHistogram (Tene) with 7 bits below the leading one, on doubles. Bin i holds the values from
 * 2^(HISTOGRAM_LOWEST + i / PARTS) (1 + (i % PARTS) / PARTS) up to where the next one begins. Values that are not above 0, and those outside of
 * all bins, go into the lowest or highest one and are counted as clamped. */
#ifndef ISOCOST_HISTOGRAM_H
#define ISOCOST_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_PARTS 128
#define HISTOGRAM_ERROR (1.0 / (2 * HISTOGRAM_PARTS))
#define HISTOGRAM_LOWEST (-40)          /* 0.9 ps, if it is a time */
#define HISTOGRAM_HIGHEST 44
#define HISTOGRAM_BINS ((HISTOGRAM_HIGHEST - HISTOGRAM_LOWEST) * HISTOGRAM_PARTS)

struct histogram {
	uint64_t count, clamped;
	double min, max;                /* exact; NaN when it is empty */
	uint64_t bin[HISTOGRAM_BINS];
};

void histogram_clear(struct histogram *h);
void histogram_add(struct histogram *h, double value, uint64_t times);
/* Add all of from's counts to h's: the same as if each of its values had been added. */
void histogram_merge(struct histogram *h, const struct histogram *from);

/* What stands for the values of a bin: its middle, but not beyond min and max. */
double histogram_middle(const struct histogram *h, size_t bin);

/* The smallest value of which at least the share p lies at or below it (type 1 of Hyndman and Fan), within HISTOGRAM_ERROR of it; the
 * exact minimum and maximum for p = 0 and 1. NaN when it is empty. */
double histogram_quantile(const struct histogram *h, double p);

#endif

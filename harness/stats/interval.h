/* SPDX-License-Identifier: GPL-3.0-or-later */
/* interval.h - what an interval is, and the launches below which there is none. */
#ifndef ISOCOST_STATS_INTERVAL_H
#define ISOCOST_STATS_INTERVAL_H

#include <stdbool.h>

#define STATS_LEVEL 0.95
/* With 6 independent values the whole range covers the median with 1 - 2 (1/2)^6 = 96.9 %, with 5 only with 93.8 %: below
 * 6 no interval of order statistics can reach 95 %. */
#define STATS_LAUNCHES_MIN 6

struct stats_interval {
	bool ok;                        /* false: suppressed, lo and hi are NaN */
	double lo, hi;
};

#endif

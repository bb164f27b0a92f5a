/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict.h - what may be said of a cost ratio with its interval and the smallest difference that matters, and of a
 * difference of costs with its interval. */
#ifndef ISOCOST_STATS_VERDICT_H
#define ISOCOST_STATS_VERDICT_H

#include "stats/boot.h"

enum verdict {
	VERDICT_NONE,                   /* there is no interval: nothing may be said */
	VERDICT_WITHIN_MARGIN,          /* the whole interval lies inside the margin: equal, as far as it matters */
	VERDICT_NOT_DISTINGUISHABLE,    /* the interval holds 1 and reaches out of the margin */
	VERDICT_SLOWER,                 /* the whole interval lies above the margin */
	VERDICT_FASTER,                 /* … below it */
	VERDICT_SLOWER_OPEN,            /* the whole interval lies above 1, a part of it inside the margin */
	VERDICT_FASTER_OPEN,            /* … below 1 */
	VERDICT_WITHIN_FLOOR,           /* a difference, but not larger than the noise floor: equal things lie as far apart */
};

/* The margin is symmetric for ratios: from 1 / (1 + margin) to 1 + margin; 0.02 is 2 %. A ratio above 1 is a higher cost.
 * This is the interval-inclusion rule of equivalence testing (Westlake 1972; Schuirmann 1987) next to a test of difference:
 * equality needs a margin, overlap does not show it. */
enum verdict stats_verdict(struct stats_interval ratio, double margin);

/* Whether it says that there is a difference, be its size open or not. */
bool stats_says_difference(enum verdict v);
/* What is left of a verdict on this ratio in the light of a noise floor (stats/noise.h; NaN: there is none). */
enum verdict stats_above_noise(enum verdict v, double ratio, double floor);

const char *stats_verdict_text(enum verdict v);         /* "slower", …; "no interval" */
const char *stats_verdict_amount(enum verdict v);       /* the same of an amount: "more", …; "no interval" */

/* A step from one cost to the next. There is no margin: an absolute difference has none that fits every metric. */
enum step {
	STEP_NONE,                      /* there is no interval: nothing may be said */
	STEP_ADDS,                      /* the whole interval lies above 0 */
	STEP_SAVES,                     /* … below it */
	STEP_NOT_DISTINGUISHABLE,       /* the interval holds 0 */
};

enum step stats_step(struct stats_interval difference);
const char *stats_step_text(enum step s);               /* "adds", …; "no interval" */

#endif

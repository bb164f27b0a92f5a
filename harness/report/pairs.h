/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pairs.h - launches of two arms that ran side by side: one of either in each block. */
#ifndef ISOCOST_REPORT_PAIRS_H
#define ISOCOST_REPORT_PAIRS_H

#include "report/model.h"

/* Whether two arms of one run are compared block by block: by how many blocks hold a launch of both, never by what the launches' values are. */
#define PAIRS_SHARE 0.9                 /* of the launches of the arm that has more of them */

/* The values of both, pair by pair, in the order of their blocks. Owner frees v. */
struct pairs {
	double *v[2];
	size_t n;                       /* 0: they are not to be compared by pairs */
};

/* None where fewer than STATS_LAUNCHES_MIN or PAIRS_SHARE pair up, or where a block has several launches of one: what was imported without
 * blocks. */
struct pairs pairs_make(const struct report_cell *a, const struct report_cell *b);
void pairs_free(struct pairs *p);

/* The cost ratio of two arms, top over below: of their blocks where they pair up, else of their medians. Puts ratio, its interval and the number
 * of blocks into *ret; nothing where a median is not above 0. names: what the seed of resampling is made of (stats_seed()). */
void pairs_ratio(const struct report *r, const struct report_cell *top, const struct report_cell *below, const char *const names[],
                 struct report_cell *ret);

#endif

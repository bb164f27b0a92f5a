/* SPDX-License-Identifier: GPL-3.0-or-later */
/* adaptive.h - launches spent where they are needed: the rule that ends a cell (arm and workload), fixed before the run. Values only.
 *
 * The rule looks at how wide the interval of the cell's own median is, never at what another arm has, so that it can't go on until there is
 * a difference. */
#ifndef ISOCOST_ADAPTIVE_H
#define ISOCOST_ADAPTIVE_H

#include <stdbool.h>

#define ADAPTIVE_HALF_WIDTH 0.02
#define ADAPTIVE_PILOT 10
#define ADAPTIVE_MIN 9                  /* below, no interval of a median reaches the 99.5 % that the rule looks at too (stats/order.h) */
#define ADAPTIVE_MOST 10000             /* launches of a cell */
#define ADAPTIVE_CAP 5                  /* times the launches of a run that is not adaptive */

struct adaptive {
	bool on;                        /* false: every cell has the same launches, and nothing else here counts */
	double half_width;              /* the target, as a fraction of the median */
	unsigned min_launches;          /* the pilot: no cell ends with fewer */
	double budget_s;                /* no new launch after this long, over all sessions of the run; 0: none */
};

/* What ended a cell. */
enum cell_end {
	CELL_OPEN,                      /* nothing yet */
	CELL_PRECISION,                 /* the half-width is reached */
	CELL_CAP,                       /* it has all the launches that it may have */
	CELL_BUDGET,                    /* the time was up */
	CELL_INTERRUPTED,               /* the session was, before a rule applied */
	CELL_FAILED,                    /* no launch of the pilot succeeded */
};
#define CELL_ENDS 6
extern const char *const cell_end_names[CELL_ENDS];      /* "", "precision", … */
enum cell_end cell_end_find(const char *name);           /* NULL or unknown: CELL_OPEN */

/* After so many launches, of which ok succeeded, with that half-width (NaN: there is no interval): precision, cap, failed, or open. */
enum cell_end adaptive_decide(const struct adaptive *a, unsigned launches, unsigned ok, unsigned cap, double half_width);

/* Launches that an open cell is going to take yet, at least 1: half-widths shrink with the root of the launches. What the pilot lacks, while there
 * is no interval. */
unsigned adaptive_left(const struct adaptive *a, unsigned launches, unsigned cap, double half_width);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress.h - how far a session is and how long it still takes. */
#ifndef ISOCOST_PROGRESS_H
#define ISOCOST_PROGRESS_H

#include "model/launch.h"
#include "model/plan.h"

struct progress {
	const struct suite *suite;
	const struct plan *plan;
	unsigned done, failed, todo;    /* launches finished, failed ones among them, and those still to run */
	double *cell_s;                 /* mean duration of a launch of each cell, 0: none yet */
	unsigned *cell_n;
	unsigned *cell_left;            /* launches still to run of each cell */
	bool estimated;                 /* todo is what is expected, and may change */
	int64_t end_ns;                 /* nothing is started after that; 0: never mind */
	unsigned last_block;
	char last[96];                  /* the last figure */
};

void progress_init(struct progress *p, const struct suite *s, const struct plan *plan);
void progress_free(struct progress *p);
void progress_expect(struct progress *p, const struct plan_item *it);           /* a launch that will be run */
void progress_start(struct progress *p, const struct plan_item *it);            /* draws the line */
void progress_set_left(struct progress *p, const struct plan_item *it, unsigned left);  /* of its cell */
void progress_drop(struct progress *p, const struct plan_item *it);             /* it will not be run after all */
void progress_finish(struct progress *p, const struct plan_item *it, const struct launch *l);

/* Seconds left as far as is known: cells without a launch yet count as the mean of their arm, or of all. Not longer than to end_ns. */
double progress_left_s(const struct progress *p);

#endif

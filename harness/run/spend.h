/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spend.h - the launches of an adaptive session: which cells have enough, and what ended them.
 *
 * An arm and its twin, which the A/A control compares, stay equal in this too: a workload's two cells end together, when both have enough and
 * as many launches. */
#ifndef ISOCOST_SPEND_H
#define ISOCOST_SPEND_H

#include "model/plan.h"
#include "model/run.h"

/* What is asked of who knows of statistics. */
struct spend_eye {
	/* How wide the interval of a cell's figure is after these launches, as a fraction of it (half of it); NaN: there is none yet. The widest one, of
	 * several metrics. */
	double (*half_width)(const struct workload *w, const struct launch *const *v, size_t n);
	void (*sum)(struct launch *l);  /* let go of samples that half_width does without */
};

struct spend_cell {
	struct launch **v;              /* in the order they ran */
	size_t n;
	unsigned ok;
	double half_width;
	enum cell_end end;
	bool out;                       /* it takes no part: the arm is not there, or can't run the workload */
};

/* {0}: not adaptive; nothing is ever closed. */
struct spend {
	const struct suite *suite;
	struct run *run;
	struct spend_eye eye;
	struct spend_cell *cells;
	struct launch **own;            /* those of this session */
	size_t n_own;
};

/* Take what the run's launches have shown. */
void spend_init(struct spend *s, const struct suite *suite, struct run *run, struct spend_eye eye);
void spend_free(struct spend *s);

/* The cell takes no part, or no more. */
void spend_out(struct spend *s, const struct plan_item *it);
bool spend_closed(const struct spend *s, const struct plan_item *it);
/* How many launches the cell is going to take yet. */
unsigned spend_left(const struct spend *s, const struct plan_item *it);
/* Decide what a launch that ended means for its cell, and mark it with the end that it brings. It is stored after that, with the mark. */
void spend_decide(struct spend *s, const struct plan_item *it, struct launch *l);
/* It is stored: take it over, and let go of its samples. */
void spend_keep(struct spend *s, const struct plan_item *it, struct launch *l);

/* Write down in the run how each cell ended: those that are open now were ended by `why`. The number of open cells that do not have their
 * pilot's launches. */
unsigned spend_tell(const struct spend *s, enum cell_end why);

#endif

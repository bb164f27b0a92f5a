/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cells.h - which cells (arm and workload) of a session are run at all. One that the arm can't run is closed, with the reason:
 * before its first launch when the driver knows, or once launches have shown it. */
#ifndef ISOCOST_CELLS_H
#define ISOCOST_CELLS_H

#include "env/env.h"
#include "model/plan.h"
#include "model/run.h"

/* What one launch lacks, the next may have (huge pages come and go): a cell is closed when as many launches, or all that it has, say
 * that they can't, and none could. */
#define CELLS_AGREE 2

struct cell {
	unsigned ran, cannot;           /* launches that ran, and that said that they can't */
	char *said;                     /* what the last of these said */
	char *closed;                   /* why it is not run; NULL: it is */
};

struct cells {
	const struct suite *suite;
	struct run *run;                /* run->cannot is kept to what is closed */
	struct cell *v;
};

/* Count what the launches of the run, so far, have shown. */
void cells_init(struct cells *c, const struct suite *s, struct run *run);
void cells_free(struct cells *c);

/* Ask the driver, or take what launches have shown. arm NULL: it is not available, and what the run says of it stays. */
void cells_ask(struct cells *c, size_t arm_index, const struct env_ops *ops, const struct env_arm *arm);
/* To be called once all arms were asked: run->cannot is what is closed now. */
void cells_tell(struct cells *c);

bool cells_closed(const struct cells *c, const struct plan_item *it);
/* Count a launch that ended. true: it closed its cell, and run->cannot has changed. */
bool cells_note(struct cells *c, const struct plan_item *it, const struct launch *l);

#endif

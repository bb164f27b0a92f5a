/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress.h - how far a session is and how long it still takes.
 *
 * On a terminal that is one line, drawn in place. Elsewhere, in a log, it is lines: one for each cell (arm and workload) as its last launch ends,
 * with the cell's figure, and where none ended for a while one that tells how far the session is. */
#ifndef ISOCOST_PROGRESS_H
#define ISOCOST_PROGRESS_H

#include "model/launch.h"
#include "model/plan.h"
#include "model/run.h"

#define PROGRESS_SIGN_S 30      /* a log has a sign of life after that long, as soon as a launch ends */

/* What is asked of who knows of statistics. */
struct progress_eye {
	/* The figure that stands for a launch, and its metric (NULL: its startup). NaN: it has none. */
	double (*value)(const struct workload *w, const struct launch *l, const struct metric **ret);
	/* A cell's, of one value a launch, n at least 1: "median 12.3 ms [12.1, 12.6]". The caller's. */
	char *(*text)(const struct metric *m, const double *v, size_t n);
};

struct progress_cell {
	unsigned n, left;               /* launches of this session: finished, and still to run */
	double mean_s;                  /* duration of the finished ones */
	unsigned launches, failed;      /* of all sessions; those that said that they can't run are neither */
	const struct metric *metric;    /* of the values */
	double *v;                      /* of the launches that have one */
	size_t n_v;
	bool told;
};

struct progress {
	const struct suite *suite;
	struct progress_eye eye;
	unsigned done, failed, todo;    /* launches finished, failed ones among them, and those still to run */
	struct progress_cell *cells;
	bool estimated;                 /* todo is what is expected, and may change; then who expects it says which cells have ended */
	int64_t end_ns;                 /* nothing is started after that; 0: never mind */
	int64_t said_ns, sign_ns;       /* when a log had its last line, and how long it may have none */
	char last[96];                  /* the last figure */
};

void progress_init(struct progress *p, const struct suite *s, struct progress_eye eye);
void progress_free(struct progress *p);
void progress_known(struct progress *p, const struct run *run);                 /* the launches of sessions before */
void progress_expect(struct progress *p, const struct plan_item *it);           /* a launch that will be run */
void progress_start(struct progress *p, const struct plan_item *it);            /* draws the line, or is the sign of life */
void progress_set_left(struct progress *p, const struct plan_item *it, unsigned left);  /* of its cell */
void progress_drop(struct progress *p, const struct plan_item *it);             /* it will not be run after all */
void progress_finish(struct progress *p, const struct plan_item *it, const struct launch *l);
void progress_ended(struct progress *p, const struct plan_item *it);            /* its cell has all its launches: told once, if any is of this session */

/* Seconds left as far as is known: cells without a launch yet count as the mean of their arm, or of all. Not longer than to end_ns. */
double progress_left_s(const struct progress *p);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scatter.h - how the launches of a cell scatter, and what of it they inherit of their samples. */
#ifndef ISOCOST_REPORT_SCATTER_H
#define ISOCOST_REPORT_SCATTER_H

#include "report/model.h"
#include "stats/power.h"

#define SCATTER_WITHIN 0.5              /* a share above: longer launches save more than half of what more launches would */

/* Spreads are those of stats/power.h. NaN: not known, below STATS_LAUNCHES_MIN launches or with a value that is not above 0. */
struct scatter {
	double sd;                      /* of the logarithms of launches, all in all */
	struct stats_spread spread;     /* what of it lies between launches; all NaN where a launch has too few samples to tell */
	double within_share;            /* the part of sd's square that launches inherit of their samples: what longer ones can save; 0 to 1 */
};

/* How the logarithms of blocks' cost ratios scatter about their median, by their quartiles, which tell how dense they are there, whatever their tail;
 * NaN where the arm's ratio to the host is not one of pairs (report/pairs.h). */
double report_scatter_of_pairs(const struct report *r, const struct report_metric *m, size_t arm);

struct scatter report_scatter(const struct report *r, const struct report_metric *m, size_t arm);

#endif

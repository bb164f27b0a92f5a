/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workcost.h - what the host's CPUs spend for an arm by what its workload moves: CPU seconds by 10^9 bytes, by a million requests. */
#ifndef ISOCOST_REPORT_WORKCOST_H
#define ISOCOST_REPORT_WORKCOST_H

#include "report/model.h"

struct work_cost {
	const char *per;                /* "GB", "million requests" */
	const char *unit;               /* of what is moved: "B", "request" */
	size_t n_arms;
	struct report_cell *cells;      /* one an arm, without twins; seconds. Of a launch it is one value */
	const char **unknown;           /* one an arm: why it is not known of some launch; NULL: it is of all. Borrowed from the run */
};

/* Of a workload of the run. false: it says nothing of it, its gate is shut, or no launch told. *ret is the caller's work_cost_free. */
bool work_cost_make(const struct report *r, size_t workload, struct work_cost *ret);
void work_cost_free(struct work_cost *w);

#endif

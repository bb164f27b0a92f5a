/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan.h - the order of the launches: randomised blocks over arms and workloads, fixed by suite and seed. */
#ifndef ISOCOST_PLAN_H
#define ISOCOST_PLAN_H

#include "model/suite.h"

struct plan_item {
	size_t arm, workload;           /* indices into the suite */
	unsigned number;                /* launch number of the cell, from 0 */
	unsigned block;
};

struct plan {
	uint64_t seed;
	struct plan_item *v;
	size_t n;
};

/* Block b holds each cell that has more than b launches, once, in shuffled order (Fisher-Yates on mt19937). */
void plan_make(const struct suite *s, uint64_t seed, struct plan *ret);
void plan_free(struct plan *p);
/* The plan as text, a line a launch; the same bytes for the same suite and seed. Owner frees. */
char *plan_text(const struct suite *s, const struct plan *p);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spent.h - what launches an adaptive run spent on which cell, what ended it, and what would help where it is not precise. */
#ifndef ISOCOST_REPORT_SPENT_H
#define ISOCOST_REPORT_SPENT_H

#include "report/model.h"

/* One arm and workload. */
struct spent {
	size_t arm, workload;           /* twins are behind the other arms */
	unsigned launches;
	enum cell_end end;              /* CELL_OPEN: the run was killed before a rule applied */
	size_t widest;                  /* the metric with the widest interval of those that a summary shows; REPORT_NONE: no interval */
	double half_width;              /* its half, as a fraction of the median; NaN: none */
	double within_share;            /* of its scatter, the part from within launches (report/scatter.h); NaN: not known */
};

/* All cells with launches, of a run that is adaptive; *ret is the caller's to free. 0: the run is not. */
size_t spent_make(const struct report *r, struct spent **ret);

char *spent_rule(const struct run *run);                /* the rule, as a paragraph; owner frees */
char *spent_ends(const struct spent *v, size_t n);      /* "12 by precision, 3 by cap"; owner frees */
const char *spent_end_text(enum cell_end end);
/* What would narrow its interval: "more launches", "longer launches"; NULL: it is narrow, or that is not known. */
const char *spent_help(const struct spent *s);

#endif

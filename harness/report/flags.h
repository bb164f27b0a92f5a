/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flags.h - cells whose median is not what it seems: launches that drift over their order, or are of two kinds. Flags to look at, not verdicts. */
#ifndef ISOCOST_REPORT_FLAGS_H
#define ISOCOST_REPORT_FLAGS_H

#include "report/model.h"

/* Of cells in which there is nothing, so many are flagged by each test: `make bench-stats ONLY=flags`. It is not corrected for the number of
 * cells: what is to be looked at should rather be too much. */
#define FLAGS_ALPHA 0.005

struct flag_drift {
	size_t metric, arm;
	double change;                  /* from the first launch to the last, as a fraction of the median */
};
struct flag_modes {
	size_t metric, arm;
	size_t below, above;            /* launches in either */
	double lower, upper;            /* medians of either */
};
struct flags {
	struct flag_drift *drift;
	struct flag_modes *modes;
	size_t n_drift, n_modes;
	size_t n;                       /* cells that were looked at */
};

/* Look at every cell that a summary shows. What is smaller than the suite's margin is passed over. Owner calls flags_free. */
void flags_find(const struct report *r, struct flags *ret);
void flags_free(struct flags *f);

/* Sentences: which cells, and what it means for their figures; nothing where there is no flag. who, such as "A: ", stands first; "" for none. */
void flags_say(const struct report *r, const char *who, struct strv *ret);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* aa.h - the A/A control: arms against their twins, and the noise floor that other comparisons are held against. */
#ifndef ISOCOST_REPORT_AA_H
#define ISOCOST_REPORT_AA_H

#include "report/model.h"
#include "stats/noise.h"

#define AA_ALPHA 0.05                   /* the share of equal things that may be called different */

/* One arm against its twin in one metric. */
struct report_aa {
	size_t metric, arm, twin;       /* indices into report.metrics and run->arms */
	struct stats_noise noise;       /* arm over twin */
	double adjusted;                /* p with Holm's correction over all of the control; NaN: none */
};

/* What it says of the method: how many of the comparisons call equal things different. */
struct aa_count {
	size_t n;                       /* comparisons with an interval */
	size_t alone;                   /* whose interval leaves 1 out: AA_ALPHA of n is to be expected */
	size_t corrected;               /* of these, whose adjusted p is below AA_ALPHA too */
};
struct aa_count aa_count(const struct report *r);

/* Write the control's result down in the run, in place of what it says. */
void aa_note(const struct report *r, struct run *run);

/* "host against itself" for all arms that have a twin; NULL: the run has no A/A control. Owner frees. */
char *aa_arms(const struct report *r);
/* "1.2 %", or "1.2 to 3.4 %" where arms differ; NULL: the metric has none. Owner frees. */
char *aa_floor_text(const struct report *r, const struct report_metric *m);
/* What a reader must know of it, as sentences; nothing when the run has none. */
void aa_say(const struct report *r, struct strv *ret);
/* Where the figures come from, in two sentences. */
extern const char *const aa_source;

/* The whole table for a terminal, with what is said above. Owner frees. */
char *aa_text(const struct report *r);

#endif

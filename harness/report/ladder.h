/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ladder.h - the ladder of isolation as computed tables: what each rung adds to the cost of the one below it.
 *
 * Additions are differences, and only times add up: a metric that is a rate is turned into the time that one unit of its
 * work takes. So all costs here are seconds, lower is better, and a difference above 0 is a price. */
#ifndef ISOCOST_REPORT_LADDER_H
#define ISOCOST_REPORT_LADDER_H

#include "report/model.h"

/* One rung in one metric. */
struct report_step {
	size_t n;                       /* launches with a value; 0: the rung has none, and the other members mean nothing */
	double median;                  /* s */
	struct stats_interval median_ci;
	double added;                   /* s, against the rung below; NaN for the first rung or where one of the two has no value */
	struct stats_interval added_ci;
	enum step word;
};

struct report_panel {
	const char *name;               /* the metric's label, "file-seq write" */
	char *label;                    /* the same with how a rate became a time: "file-seq write, time of 1 MiB" */
	const char *what;               /* one line of help; may be NULL */
	bool startup;
	struct report_step *steps;      /* one a rung */
	size_t n_on_scale;              /* rungs that an axis can show together: all, or all but a last one far above the rest */
};

struct report_rung {
	size_t arm;                     /* index into run->arms */
	const char *adds;               /* in words; NULL for the first rung */
};

struct report_ladder {
	struct ladder names;            /* the run's, without the rungs that have no launch */
	struct report_rung *rungs;
	size_t n;                       /* at least LADDER_RUNGS_MIN */
	struct report_panel *panels;    /* metrics with a value on at least two rungs */
	size_t n_panels;                /* at least 1 */
};

/* The ladder of a run; NULL when it has none, or fewer than two of its rungs have a figure. r must outlive it. */
struct report_ladder *report_ladder_new(const struct report *r);
void report_ladder_free(struct report_ladder *l);

/* A rung's name: "host", "+ network namespace", and for a guest with its accelerator: "+ a kernel: vm (TCG)". Owner frees. */
char *ladder_rung_text(const struct report *r, size_t rung);

/* What may be said of a step in a few columns: the first rung's median, "+1.20 ms", "-3.00 ns", "~" where it is not
 * distinguishable, FMT_NONE without a value. A difference that has no interval stands in brackets. Owner frees. */
char *ladder_step_text(const struct report_step *s, bool first);

/* The rung that adds most to the panel's cost among those on scale and that is known to add; 0: there is none. */
size_t ladder_dearest(const struct report_ladder *l, const struct report_panel *p);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compare.h - runs against each other: whether that makes sense, two runs cell by cell, and the overheads of many.
 *
 * A cell is one metric of one workload in one arm; runs share it by its names. What two runs are called in sentences ("A", "run 3") is
 * the caller's choice. */
#ifndef ISOCOST_REPORT_COMPARE_H
#define ISOCOST_REPORT_COMPARE_H

#include "base/err.h"
#include "report/model.h"
#include "stats/hetero.h"

#define COMPARE_ALPHA 0.05              /* what an adjusted p must be below */

/* What speaks against comparing two runs, as sentences that name both values; none: nothing does. margins: theirs are used. Appends. */
void comparable_check(const struct run *a, const struct run *b, const char *a_name, const char *b_name, bool margins, struct strv *ret);
/* What else differs between them, and may explain a difference: options and versions of arms, kernel, CPU. Appends sentences. */
void comparable_notes(const struct run *a, const struct run *b, const char *a_name, const char *b_name, struct strv *ret);
/* By their names and CPU models, the runs are of the same host. */
bool comparable_same_host(const struct run *a, const struct run *b);

/* One cost ratio, B's over A's, and what may be said of it. */
struct compare_ratio {
	double ratio;                   /* NaN: there is none (no host, a median of 0) */
	struct stats_interval ci;
	double floor;                   /* of noise, by the runs' A/A controls; NaN: neither knows one */
	double p, adjusted;             /* Mann-Whitney, and with Holm's correction over all cells; NaN: none */
	enum verdict alone;             /* by the interval */
	enum verdict verdict;           /* the same, but a difference whose adjusted p is not below COMPARE_ALPHA is not distinguishable, and
	                                   one that is not above the floor is within it */
};

struct compare_cell {
	const struct report_metric *m;  /* of A */
	const struct report_cell *c[2];
	const char *arm;                /* A's label */
	bool host;                      /* of the arm of the bare host */
	struct compare_ratio cost;      /* B over A */
	struct compare_ratio overhead;  /* (B over its own host) over (A over its own host) */
};

struct compare {
	const struct report *r[2];
	double margin;
	struct compare_cell *cells;     /* what costs more first, then what costs less, then the rest; in each the largest first */
	size_t n, n_overheads;          /* cells; those with a ratio of overheads */
	struct strv alone_in[2];        /* cells that only this run has: "vm syscall" */
};

/* The reports must outlive what is returned, which the caller frees with compare_free. The same runs give the same figures. */
struct compare *compare_new(const struct report *a, const struct report *b, double margin);
void compare_free(struct compare *c);

enum compare_gate { GATE_PASSED, GATE_FAILED, GATE_OPEN };
/* Whether a cell costs more than 1 + limit: failed, the whole interval lies above, the adjusted p is below COMPARE_ALPHA and the ratio above
 * the noise floor; open, it reaches above or there is none. overheads: judge these in place of the costs. *ret gets a line a cell that has not passed. */
enum compare_gate compare_gate(const struct compare *c, double limit, bool overheads, struct strv *ret);

/* For a terminal of `width` columns, and as Markdown. against: what speaks against comparing, if it is done nevertheless; notes: what
 * comparable_notes said. Owner frees. */
char *compare_text(const struct compare *c, const struct strv *against, const struct strv *notes, int width, bool colour);
char *compare_md(const struct compare *c, const struct strv *against, const struct strv *notes);

/* Many runs: what each arm costs times the bare host of its own run. */
struct overhead {
	double ratio;                   /* NaN: this run has it not */
	struct stats_interval ci;
};

struct overheads_row {
	char *arm, *metric;             /* its names */
	struct overhead *v;             /* one a run */
	size_t low, high;               /* runs whose intervals lie farthest apart; equal: all intervals overlap */
	struct stats_hetero hetero;     /* over the runs */
	double adjusted;                /* its p with Holm's correction over all rows; NaN: none */
};

struct overheads {
	struct strv ids;                /* of the runs, in order */
	struct strv notes;
	struct overheads_row *rows;
	size_t n, room;                 /* room: for runs in each row */
	double margin;                  /* the first run's */
};

/* Take a run's overheads; the report may go afterwards. {.room = N} has room for N runs. */
void overheads_add(struct overheads *o, const struct report *r);
/* Take the overheads of all these runs, two or more, in their order; two threads or more read them, one run each in memory besides the
 * first. against: what speaks against comparing one with the first (comparable_check), appended. o has room for all. */
int overheads_gather(const struct strv *dirs, struct overheads *o, struct strv *against, struct err *err);
void overheads_finish(struct overheads *o);             /* find those that disagree */
void overheads_free(struct overheads *o);
char *overheads_text(const struct overheads *o, const struct strv *against, int width, bool colour);
char *overheads_md(const struct overheads *o, const struct strv *against);

/* Figures, as NAME.svg and NAME.png with their data, into dir, which exists: the launches of two runs side by side (compare-launches); the
 * overheads of many as a forest (compare-forest) and as a map of colours (compare-map). gp_dir holds the .gp files. */
int compare_plots(const struct compare *c, const char *gp_dir, const char *dir, struct err *err);
int overheads_plots(const struct overheads *o, const char *gp_dir, const char *dir, struct err *err);

#endif

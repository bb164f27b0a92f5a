/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export.h - a run in the formats that other tools read: one file export_<format>.c and one row in export.c a format.
 *
 * What is written is what report.h shows: values in base units, one a launch or one a sample; nothing of a workload whose gate is shut,
 * nothing of launches that failed. A figure that is not known is null or left out, never NaN. Names in run are UTF-8. */
#ifndef ISOCOST_REPORT_EXPORT_H
#define ISOCOST_REPORT_EXPORT_H

#include "report/model.h"

#include <jansson.h>
#include <stdio.h>

#define EXPORT_DOCS 2

/* What a format has no room for; export_left_out says it in its place. */
enum export_lack {
	EXPORT_NO_CANNOT = 1,           /* which cells can't run */
	EXPORT_NO_FAILED = 2,           /* how many launches failed */
	EXPORT_NO_MARKS = 4,            /* which launches are marked */
};

struct export_format {
	const char *name, *what;
	const char *doc[EXPORT_DOCS];   /* names of its documents, a file each; NULL: one that has none */
	unsigned lacks;                 /* enum export_lack */
	/* Whether a document has the metric; NULL: all of them. */
	bool (*takes)(const struct report_metric *m, size_t doc);
	void (*write)(const struct report *r, size_t doc, FILE *to);
};

extern const struct export_format *const export_formats[];       /* NULL-terminated; the first is the default */

const struct export_format *export_find(const char *name);      /* NULL: there is none */

/* Whether there are values for this document of the format. */
bool export_has(const struct report *r, const struct export_format *f, size_t doc);

/* Sentences about everything that the format's documents don't say. */
void export_left_out(const struct report *r, const struct export_format *f, struct strv *ret);

/* For the formats: walk over the cells that have values, metric by metric. Start with {0}. */
struct export_cell {
	const struct report_metric *m;
	const struct report_cell *c;
	const char *workload, *metric;  /* names; that of a startup time is "startup" */
	const char *arm, *label;        /* name, and label with the accelerator */
	const char *accel;              /* NULL: none */
	bool startup;                   /* the value is the launch's startup time, and not of a series */
	size_t failed, marked;          /* launches of the arm with this workload; marked ones count in the values */
	size_t arm_at, next;            /* where the walk is */
};
bool export_next_cell(const struct report *r, struct export_cell *cell);
/* What the launches of an arm with a workload came to. */
void export_count(const struct report *r, size_t arm, size_t workload, size_t *ret_ok, size_t *ret_failed, size_t *ret_marked);

/* Walk over the launches of a cell that have values. Start with {0}. */
struct export_launch {
	const struct launch *l;
	double value;                   /* of the launch: the median of its samples */
	const double *v;                /* measured samples as they came; those that are not known are NaN */
	size_t n;
	size_t known;                   /* samples that are not NaN */
	const struct histogram *histogram;      /* of the samples, where they were too many to keep: v has none; else NULL */
	size_t next, at;                /* where the walk is; at counts from 1 */
	double startup_s;               /* what v points to for a startup time */
};
bool export_next_launch(const struct report *r, const struct export_cell *cell, struct export_launch *at);

/* The shortest decimal that reads back as v, which is finite. */
void export_number(FILE *to, double v);
/* Marks by name with blanks between; "" when there are none. Owner frees. */
char *export_marks(unsigned marks);
const char *export_better(const struct report_metric *m);        /* "lower" or "higher" */

json_t *export_real(double v);                          /* null where v is not finite */
json_t *export_interval(struct stats_interval i);       /* [lo, hi] or null */
void export_json(json_t *o, FILE *to);                  /* writes it, with a newline, and drops the reference */

extern const struct export_format export_csv, export_run_json, export_benchstat, export_gbench, export_hyperfine, export_gha,
	export_openmetrics;

#endif

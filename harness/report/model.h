/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model.h - a run as computed tables: every figure that a report shows, in no format. Renderers (Markdown, terminal,
 * plot data) only arrange what is here. */
#ifndef ISOCOST_REPORT_MODEL_H
#define ISOCOST_REPORT_MODEL_H

#include "model/run.h"
#include "stats/boot.h"
#include "stats/order.h"
#include "stats/quantile.h"
#include "stats/verdict.h"

#define REPORT_NONE ((size_t)-1)
#define REPORT_PERCENTILES 4                                    /* p50, p90, p99, p99.9 */
#define REPORT_CURVE SERIES_QUANTILES                           /* series_quantiles: what a curve of a latency is drawn through */

/* One metric of one workload in one arm. Values in the metric's base unit. */
struct report_cell {
	double *v;                      /* one value a launch: the median of its samples; in the order the launches ran */
	unsigned *block;                /* the block of each */
	size_t n;
	size_t samples;                 /* measured (not warm-up) samples in all these launches */
	struct stats_summary s;
	struct stats_interval median_ci;
	double ratio;                   /* cost: times the host's; NaN without a host, for the host itself, or without values */
	size_t pairs;                   /* blocks that the ratio is the median of; 0: it is that of the two medians (report/pairs.h) */
	struct stats_interval ratio_ci;
	enum verdict verdict;
	size_t histograms;              /* launches of whose samples a histogram is kept */
	double max;                     /* the largest sample of all launches; NaN: none, or no latency */
	double percentile[REPORT_PERCENTILES]; /* median over launches of the launch's percentile; NaN: too few samples */
	struct report_point {
		double value;           /* the same at series_quantiles[] */
		struct stats_interval ci;
	} curve[REPORT_CURVE];          /* of a latency; else NaN */
};

struct report_metric {
	size_t workload;                /* index into run->workloads */
	char *label;                    /* "file-seq write"; the workload's name alone where it has one metric */
	const char *unit, *what;        /* live as long as the registry */
	enum better better;
	bool amount;                    /* of an observed workload: what is held or used, not how fast something is */
	bool detail;                    /* for its own section: not in the summary and its figure */
	bool latency;                   /* a sample is one operation's time: percentiles are of use */
	struct report_cell *cells;      /* one an arm, twins behind the others */
};

struct report_workload {
	char *gate;                     /* why no timing is shown (results differ between arms, …); NULL: all is well */
	size_t first, n;                /* its metrics in report.metrics; n is 0 when the gate is shut */
};

struct report_arm {
	const char *label;              /* to show everywhere: with the accelerator where there is one */
	size_t slot;                    /* of the palette: host 0, container 1, vm 2, then the others in order */
	size_t ok, failed;              /* launches */
	size_t marked[MARK_COUNT];      /* ok launches with this mark */
	/* Of the launches of startup workloads: */
	size_t n_startup;
	double *phase_s;                /* by report.phases: median duration of the phase; NaN: this arm has it not */
	size_t *order;                  /* the phases that this arm has, in the order in which they end */
	size_t n_order;
	double ready_s, total_s;        /* medians: start request to `ready`, and to the last phase's end; NaN without any */
	double memory_peak, cpu_s;      /* medians; NaN: unknown */
	size_t n_footprint;
};

struct report_ladder;                   /* report/ladder.h */
struct report_aa;                       /* report/aa.h */

struct report {
	const struct run *run;
	size_t host;                    /* index of the arm that ratios refer to, or REPORT_NONE */
	size_t n_ok, n_failed;          /* launches; those that said that they can't run are neither */
	struct report_arm *arms;        /* as run->arms, twins behind the others */
	struct report_workload *workloads;      /* as run->workloads */
	struct report_metric *metrics;
	size_t n_metrics;
	char (*phases)[24];             /* names of startup phases over all arms, in an order that fits each */
	size_t n_phases;
	struct cannots cannot;          /* every cell that can't be run, known before or shown by launches; or in some launches */
	struct report_ladder *ladder;   /* NULL: the run has none that can be shown */
	struct report_aa *aa;           /* the A/A control, metric by metric */
	size_t n_aa;
};

/* Put what the tables need of a launch's samples in their place: for store_load_each. The tables are the same with it and without;
 * exporters need the samples. */
void report_sum_launch(struct launch *l);
/* The same, but percentiles and curves are missing from the tables: what comparing takes. */
void report_sum_median(struct launch *l);
void report_sum_series(const struct series *s, struct series_sum *ret);

/* Compute all tables. run must outlive the report, which the caller frees. The same run gives the same figures. */
struct report *report_new(const struct run *run);
void report_free(struct report *r);

/* Whether the arm ran anything that is shown. */
bool report_arm_has(const struct report *r, size_t arm);
bool report_is_startup(const struct run_workload *w);
bool report_is_footprint(const struct run_workload *w);  /* observed from outside */
/* The registry's name of a metric; that of a startup time is "startup". */
const char *report_metric_name(const struct report *r, const struct report_metric *m);
bool report_is_detail(const struct workload *w, const struct metric *m);        /* for its own section: not in the summary */
/* The words for a cell's verdict. */
const char *report_verdict_text(const struct report_metric *m, const struct report_cell *c);
/* Samples of one cell's ratio that a reader may need: values, host's values present and positive. */
bool report_has_ratio(const struct report_cell *c);

/* The noise floor of a comparison of two arms (or of one with itself at another time) in a metric, as a fraction: the larger one of theirs,
 * as far as they ran against themselves, or else the largest that the run knows of the metric. NaN: none. */
double report_floor(const struct report *r, const struct report_metric *m, size_t a, size_t b);

char *imported_from(const struct run *run);     /* "imported from hyperfine's JSON"; the caller's */
const char *report_label(const struct report *r, const char *arm);      /* of the arm with this name */
/* Why the arm can't run the workload; NULL: nothing is known against it. */
const char *report_cannot(const struct report *r, size_t arm, size_t workload);

/* Parts of report_new, each in its own file. */
char *gate_check(const struct run *run, const struct run_workload *w);  /* NULL, or why not; caller frees */
void startup_fill(struct report *r);                                    /* phases and footprints */
void cannot_fill(struct report *r);
void aa_fill(struct report *r);
/* Whether the launch is one of those that tell of startup. */
bool startup_counts(const struct report *r, const struct launch *l);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* registry.h - what a workload is called, measures and can be told. Shared with the harness; libc only.
 *
 * One workload = one file with one `const struct workload`, and one row in registry.c. */
#ifndef ISOCOST_REGISTRY_H
#define ISOCOST_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum better { BETTER_LOWER, BETTER_HIGHER };

struct metric {
	const char *name;               /* "time" */
	const char *unit;               /* base SI: "s", "B", "1/s", "B/s", "FLOP/s" */
	enum better better;
	const char *what;               /* what one value is: "one getppid system call" */
	bool single;                    /* a sample is one operation, not the mean of many: percentiles tell of it. Also true of all times of the
	                                   resources file, network and application, but for those with mean */
	bool mean;                      /* a sample is the mean of many operations, whose percentiles would pass for those of one */
};

enum param_type { PARAM_SIZE, PARAM_COUNT, PARAM_SECONDS, PARAM_CHOICE };

struct param {
	const char *name;               /* "block" */
	enum param_type type;
	const char *def;                /* as a user writes it: "4KiB" */
	const char *choices;            /* PARAM_CHOICE: "direct buffered"; else NULL */
	const char *what;
	uint64_t least, most, multiple; /* what a size or count may be; 0: no such limit */
};

#define METRICS_MAX 10
#define PARAMS_MAX 12

struct load;                            /* load.h: a workload at work; the harness never looks inside */

struct workload {
	const char *name;               /* as written in suites and results */
	const char *resource;           /* startup, footprint, cpu, memory, kernel, file, network, application */
	const char *what;               /* one line for `list` */
	const char *teaches;            /* one sentence for the report */
	bool needs_scratch;             /* uses the scratch directory ($ISOCOST_SCRATCH) */
	bool needs_root;                /* runs a program of the applications' root file system ($ISOCOST_ROOT) */
	/* Its metrics are the harness's, which reads them from outside while the program is idle: first it is left alone for its parameter
	 * `settle`, then it says what it sees and `begin`, and run() waits. Names: footprint_defs of the harness. */
	bool observed;
	/* One of what it moves, as its records `work` count them (wire.h): "B", "request", "connection". NULL: it doesn't say. */
	const char *moves;
	struct metric metrics[METRICS_MAX];     /* ends at name == NULL; may be empty (startup) */
	struct param params[PARAMS_MAX];        /* ends at name == NULL */
	int (*run)(struct load *load);  /* 0 or -errno; NULL: nothing to do but be ready, or an application's */
	bool app;                       /* run by isoapp, to which isoload hands over (app.h) */
};

extern const struct workload *const registry[]; /* NULL-terminated, in report order */

const struct workload *registry_find(const char *name);
const struct metric *workload_metric(const struct workload *w, const char *name);
const struct param *workload_param(const struct workload *w, const char *name);

/* Whether a size or count is within the parameter's limits, and how a message tells them (" from 2 to 2000"; may be ""). */
bool param_allows(const struct param *p, uint64_t v);
void param_limits(const struct param *p, char *buf, size_t size);

#endif

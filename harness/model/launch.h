/* SPDX-License-Identifier: GPL-3.0-or-later */
/* launch.h - what is known of one launch: its phases, what isoload said, how it ended. Values only.
 *
 * All times are the host's CLOCK_MONOTONIC in nanoseconds; 0 means "did not happen". */
#ifndef ISOCOST_LAUNCH_H
#define ISOCOST_LAUNCH_H

#include "base/err.h"
#include "base/str.h"
#include "histogram.h"
#include "model/adaptive.h"
#include "model/footprint.h"
#include "registry.h"

#include <stdbool.h>
#include <stdint.h>

#define PHASES_MAX 32

/* A phase is named by what its end is: "clone" ends when clone3 returned. It began where the one before it ended, the
 * first one at the start request. */
struct phase {
	char name[24];
	int64_t end_ns;
};

struct phases {
	int64_t start_ns;               /* the start request */
	struct phase v[PHASES_MAX];     /* in order of time */
	size_t n;
};

/* Note that the phase ended at t_ns; keeps the list in order of time. */
void phases_mark(struct phases *p, const char *name, int64_t t_ns);
/* The stamp of a phase, or 0. */
int64_t phases_at(const struct phases *p, const char *name);

/* What stays of a series where its samples are let go. */
#define SERIES_QUANTILES 12
#define SERIES_MEDIAN 3
extern const double series_quantiles[SERIES_QUANTILES];         /* 0.05, 0.1, 0.25, 0.5, … 0.9999, ascending */
struct series_sum {
	size_t n;                       /* measured samples that are numbers */
	double quantile[SERIES_QUANTILES], max; /* of them; NaN where there is none */
	bool histogram;                 /* the quantiles are within HISTOGRAM_ERROR of theirs; max is exact */
	bool median_only;               /* the other quantiles were not looked for: NaN */
};

/* A rate over the time in which a launch measured it: its means in so many equal parts of that. */
#define SERIES_TRACK 40

/* The samples of one metric in one launch. */
struct series {
	char metric[32];
	double *v;                      /* warm-up samples first, as they came */
	size_t n, n_warm, cap;
	struct histogram *histogram;    /* of the measured samples, where they were too many: v has the warm-up only; else NULL */
	bool summed;                    /* sum is filled in and there are no samples */
	struct series_sum sum;
	double *track;                  /* SERIES_TRACK means, where it is summed and its samples have an order (report_track()); else NULL */
};

/* What isoload said. */
struct result {
	int64_t ready_ns, begin_ns, done_ns, end_ns;    /* receipt of the records */
	int64_t work_ns, worked_ns;     /* receipt of the two records `work` */
	double worked;                  /* what was moved between them, in what the workload's row says (registry.h); 0: it did not say */
	double inside_s;                /* duration as the program's own clock saw it; 0 before `done` */
	struct kvs seen;                /* `env` records */
	struct kvs params;              /* of `begin` */
	char workload[32];
	struct series series[METRICS_MAX];
	size_t n_series;
	char digest[72];
	int status;                     /* of `end`: 0 or an errno; -1 before `end` */
	bool cannot;                    /* `end cannot`: the place can't run the workload; status is ENOTSUP */
	char message[256];
};

void result_free(struct result *r);
/* The series of a metric, NULL when there is none. */
const struct series *result_series(const struct result *r, const char *metric);

/* What a guest's QEMU was asked for until its vCPUs ran, by the name of the call, in the order of the first ones. */
#define CALLS_MAX 48
struct call {
	char name[48];                  /* "query-cpus-fast" */
	unsigned count;
	double qemu_s;                  /* from QEMU's receipt to its reply, over all of them */
	double libvirt_s;               /* from the reply to the next call's receipt: who asks works, or waits for a CPU */
};
struct calls {
	struct call v[CALLS_MAX];
	size_t n;                       /* 0: none was made */
};

/* Marks: why a launch must be looked at with care. Bits of launch.marks; a marked launch is shown, never dropped. */
enum launch_mark {
	MARK_CLOCK = 1,                 /* guest and host disagree on the duration */
	MARK_STEAL = 2,                 /* lost more than 1 % to steal */
	MARK_ENVELOPE = 4,              /* seen from inside, the CPUs or the memory are not what was asked for */
	MARK_TIMER = 8,                 /* timer cost above 5 % of the shortest interval */
	MARK_PRESSURE = 16,             /* tasks of the host waited for memory for more than 1 % of the time */
	MARK_NEIGHBOUR = 32,            /* other programs ran on the measured CPUs for more than 5 % of the time */
	MARK_THROTTLE = 64,             /* a measured CPU was slowed down for heat */
};
#define MARK_COUNT 7
extern const char *const launch_mark_names[MARK_COUNT];         /* "clock", "steal", … by bit */

/* What tasks of the host may wait for (PSI). */
enum pressure_kind { PRESSURE_CPU, PRESSURE_MEMORY, PRESSURE_IO, PRESSURE_COUNT };
extern const char *const pressure_names[PRESSURE_COUNT];        /* "cpu", "memory", "io" */

struct launch {
	char *arm, *workload;           /* as the suite names them */
	unsigned number;                /* of its cell (arm x workload), from 0 */
	unsigned block;
	char started[32];               /* ISO-8601 UTC */
	struct phases phases;
	struct result result;
	struct footprint footprint;
	double work_cpu_s;              /* CPU seconds that the host spent for the instance while it moved result.worked; NaN: not known */
	char *work_unknown;             /* why not, where something was moved; else NULL */
	struct calls *calls;            /* NULL: not traced */
	double steal_s;                 /* seconds stolen from the arm's host CPUs while it ran */
	double pressure_s[PRESSURE_COUNT];      /* seconds in which some task of the host waited for it; NaN: the host does not tell */
	double others_s;                /* seconds that others ran on the arm's host CPUs; NaN: not known what the arm itself took */
	unsigned throttled;             /* times that one of these CPUs was slowed down for heat */
	double frequency_hz;            /* of the arm's first host CPU at its end; 0: the host does not tell */
	double temperature_c;           /* of the host at its end; 0: the host does not tell */
	double wall_s;                  /* start request to everything gone */
	unsigned marks;
	bool ok;                        /* false: failed, or cannot; error says why, no sample counts */
	bool cannot;                    /* the workload said that the arm can't run it: a fact of the arm, no failure; ok is false */
	char *error;
	enum cell_end ends;             /* in an adaptive run: its cell, and that of its twin, has enough with it; why */
};
void launch_free(struct launch *l);

static inline bool launch_failed(const struct launch *l)
{
	return !l->ok && !l->cannot;
}

/* Startup as defined everywhere: start request to receipt of `ready`, in seconds; NaN when it never came. */
double launch_startup_s(const struct launch *l);

#endif

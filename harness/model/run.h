/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run.h - a whole run as read back from its directory: what report, show and export work on. Values only. */
#ifndef ISOCOST_RUN_H
#define ISOCOST_RUN_H

#include "model/attempts.h"
#include "model/cannot.h"
#include "model/ladder.h"
#include "model/launch.h"

#define RUN_SCHEMA 1

/* A fact of an arm, set only where no operating system runs in it: such an arm runs no programs, and only starts. */
#define RUN_FACT_SYSTEM "guest.system"
#define RUN_SYSTEM_NONE "none"

/* One arm of the run. */
struct run_arm {
	char *name;                     /* "vm" */
	char *driver;
	char *label;                    /* name to show, with the accelerator where there is one: "vm (TCG)" */
	char *accel;                    /* NULL, or "KVM with hardware virtualization", "KVM with nested hardware virtualization",
	                                   "KVM without hardware virtualization",
	                                   "TCG (software emulation)" */
	bool available;
	char *reason;                   /* why it is not available, or what was chosen and why; may be NULL */
	char *twin_of;                  /* the arm that this one repeats under another name; NULL: none */
	struct kvs options;             /* as resolved */
	struct kvs facts;               /* versions, guest kernel, … */
};

struct run_workload {
	char *name;                     /* as the suite names it */
	const struct workload *workload; /* registry entry; NULL when this build does not know it; of an imported run, own */
	struct workload *own;           /* of an imported run: what its file says of it (run_own_workload); else NULL */
	struct kvs params;
	unsigned launches;              /* planned for each arm */
};

/* One arm against its twin in one metric: what the A/A control found. The same as a report of the run computes (report/aa.h). */
struct run_aa {
	char *arm, *twin, *workload;    /* their names in the run */
	char *metric;                   /* as reports have it: "file-seq write" */
	double ratio, lo, hi;           /* arm over twin, and its interval; NaN: none */
	double halves, floor;           /* bounds as fractions: 0.03 is 3 %; NaN: none */
	double p, adjusted;             /* of no difference; NaN: none */
};

/* How a cell of an adaptive run ended. */
struct run_end {
	char *arm, *workload;           /* as the suite names them */
	unsigned launches;              /* that it has */
	enum cell_end end;
	double half_width;              /* reached, as a fraction of the median; NaN: there is no interval */
};

/* A file of another tool that a run was imported from. */
struct run_source {
	char *file;                     /* as it was given */
	char *sha256;
	char *format, *tool;            /* "hyperfine", "hyperfine's JSON" */
	char *arm;                      /* the arm whose figures it was said to hold; NULL: the file tells, or nothing does */
	struct kvs context;             /* what the file says of where it was measured, as it says it */
};

/* The resource of what was imported, and the driver of its arms. */
#define RUN_IMPORTED "imported"

struct run {
	char *dir, *id;                 /* id: the directory's name */
	char *suite, *suite_text;       /* name, and the file as it was */
	char *tool_version, *tool_commit;       /* commit: that it was built from, "-dirty" behind it; NULL: not known */
	char *isoload_sha256;
	char *started, *ended;          /* ISO-8601 UTC; ended is NULL while it runs or when it was killed */
	uint64_t seed;
	unsigned cpus, pids;
	char *cpu_list;                 /* host CPUs the arms were pinned to */
	uint64_t memory;
	double margin;
	struct run_arm *arms;           /* n_arms of them, and behind these the twins of some, which only the A/A control looks at */
	size_t n_arms, n_twins;
	struct run_aa *aa;              /* the control's result as it was written down; empty: none was */
	size_t n_aa;
	struct ladder ladder;           /* of some of the arms; empty: the suite has none */
	struct run_workload *workloads;
	size_t n_workloads;
	struct adaptive adaptive;       /* on: the launches of workloads and `planned` are the most that there may be */
	struct run_end *ends;           /* as they were written down when a session ended; none of a run that was killed */
	size_t n_ends;
	struct cannots cannot;          /* cells that were not launched, or no more, because the arm can't run the workload */
	struct attempts *attempts;      /* to get out of its arms; NULL: none were made */
	struct kvs host_before, host_after;     /* facts by dotted name: cpu.model, kernel.release, … */
	struct strv warnings;
	struct run_source *sources;     /* of an imported run: what it was made of. Nothing is known of its host and its envelope */
	size_t n_sources;               /* 0: isocost measured it */
	struct launch *launches;        /* in the order they ran */
	size_t n_launches;
	unsigned planned;               /* launches planned in all, those of cells that can't run included */
};

void run_free(struct run *r);
/* Free an array of arms and what they hold. */
void run_arms_free(struct run_arm *arms, size_t n);

static inline void run_freep(struct run **r)
{
	run_free(*r);
}

/* Planned launches that are not there and that nothing speaks against: 0 when the run is complete. */
unsigned run_missing(const struct run *r);

/* The warnings as one wants to read them: those that begin with an arm's name and say the same are one, with the names of all. */
void run_warnings(const struct run *r, struct strv *ret);

/* What ended a cell of an adaptive run: as it was written down, or as its launches say. CELL_OPEN: nothing did. */
enum cell_end run_cell_end(const struct run *r, const char *arm, const char *workload);
void run_ends_free(struct run *r);

void run_aa_free(struct run_aa *v, size_t n);

static inline bool run_is_imported(const struct run *r)
{
	return r->n_sources > 0;
}

/* A workload that is in no registry; run_own_metric adds to it, and copies its texts. NULL: it has METRICS_MAX of them. */
struct workload *run_own_workload(const char *name);
const struct metric *run_own_metric(struct workload *w, const char *name, const char *unit, enum better better, const char *what);
void run_own_free(struct workload *w);

const struct run_arm *run_arm(const struct run *r, const char *name);    /* NULL when there is none; twins are not looked at */
bool run_arm_is_bare(const struct run_arm *a);           /* no operating system runs in it */
const struct run_workload *run_workload(const struct run *r, const char *name);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* suite.h - a suite file: which arms run which workloads, how often, in which envelope. */
#ifndef ISOCOST_SUITE_H
#define ISOCOST_SUITE_H

#include "base/err.h"
#include "base/str.h"
#include "model/adaptive.h"
#include "model/ladder.h"
#include "registry.h"

#include <stdint.h>

struct suite_arm {
	char *name, *driver;
	struct kvs options;             /* as given, not yet checked against the driver's table */
	char *adds;                     /* as a rung of the ladder: what it adds to the one below; may be NULL */
	char *twin_of;                  /* the arm that this one repeats under another name; NULL: none */
	int line, adds_line;            /* where it is first named, and where adds stands */
};

struct suite_workload {
	char *name;                     /* as the suite names it; the registry's name or an alias of it */
	const struct workload *workload;
	struct kvs params;              /* all parameters, given or default, in the registry's order */
	unsigned launches;              /* 0: the suite's */
	int line;
};

struct suite {
	char *file;                     /* as opened; for messages */
	char *name, *description;
	struct suite_arm *arms;
	size_t n_arms, n_twins;         /* all of them; the last n_twins are twins */
	struct suite_workload *workloads;
	size_t n_workloads;
	struct ladder ladder;           /* of some of the arms; empty: the suite has none */
	struct strv aa;                 /* arms that are run against themselves: those that suite_add_twins gives a twin */
	unsigned launches;              /* of each cell */
	struct adaptive adaptive;       /* on: more launches where they are needed */
	unsigned max_launches;          /* then, the most that a cell may have; 0: ADAPTIVE_CAP times its launches, or the pilot's where that is more */
	int max_line;                   /* where max_launches stands */
	unsigned cpus;                  /* envelope: CPUs that the workload may use */
	uint64_t memory;                /* envelope: bytes */
	int cpus_line, memory_line;     /* where the file says so; 0: it doesn't */
	unsigned pids;                  /* envelope: tasks */
	double deadline_s;              /* of one launch */
	double margin;                  /* smallest ratio that matters: 0.02 is 2 % */
};

/* Parse text (named file in messages). -EINVAL with "FILE:LINE: …" and what was expected. *ret is the caller's suite_free. */
int suite_parse(const char *file, const char *text, struct suite **ret, struct err *err);
/* The text of a suite file; *ret is the caller's to free. Binary files are refused. */
int suite_read(const char *file, char **ret, struct err *err);
int suite_load(const char *file, struct suite **ret, struct err *err);
void suite_free(struct suite *s);

static inline void suite_freep(struct suite **s)
{
	suite_free(*s);
}

/* Keep only these arms / workloads (comma-separated names). -ENOENT names the one that the suite has not, and those it has.
 * The ladder keeps its own order, and loses the rungs whose arms go. */
int suite_select_arms(struct suite *s, const char *names, struct err *err);
int suite_select_workloads(struct suite *s, const char *names, struct err *err);

/* Where the suite is adaptive: let each workload's launches be the most that it may have. Once, after all was chosen. */
void suite_apply_adaptive(struct suite *s);

/* The A/A control: run these arms against themselves (comma-separated names; NULL: none), in place of what the suite says. -ENOENT. */
int suite_set_aa(struct suite *s, const char *names, struct err *err);
/* Give each arm of s->aa its twin, a second arm that differs in nothing but the name, ARM-aa. After arms were chosen, and once. -EINVAL:
 * there is an arm of that name. */
int suite_add_twins(struct suite *s, struct err *err);

#endif

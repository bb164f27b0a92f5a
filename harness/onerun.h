/* SPDX-License-Identifier: GPL-3.0-or-later */
/* onerun.h - for verbs that execute a suite: what was asked for, the suite and the plan made of it, and the run. */
#ifndef ISOCOST_ONERUN_H
#define ISOCOST_ONERUN_H

#include "cmd.h"
#include "model/plan.h"
#include "model/run.h"

/* As on the command line; NULL or 0: as the suite, or the run that is resumed, has it. */
struct run_request {
	struct common common;
	const char *suite, *arms, *workloads, *results, *resume;
	const char *aa;                 /* arms to run against themselves */
	bool no_aa, aa_all;             /* none, or all of the arms */
	uint64_t launches, seed;
	bool seed_given;
	double budget_s;
	bool adaptive, no_adaptive;     /* on or off, whatever the suite says; with it `launches` are the most of a cell */
	double half_width;
	uint64_t min_launches;
};

/* The options that verbs which execute a suite have alike, as argp's parser has it: -s, -w, -o, -n, --seed. ARGP_ERR_UNKNOWN: none of them. */
error_t run_request_option(struct run_request *q, int key, char *arg, struct argp_state *state);

struct one_run {
	const struct run_request *request;
	struct suite *suite;
	char *text;                     /* of the suite's file */
	struct plan plan;
	struct run *resumed;
	double budget_s;                /* of this session; 0: none */
};

/* Find and check everything; nothing is started. -errno: what was asked for can't be, which is an error of usage. one_run_free. */
int one_run_make(const struct run_request *q, struct one_run *ret, struct err *err);
/* Execute it, and write down what its A/A control found. The exit status; *ret_dir is the run's directory, or NULL: the caller's. */
int one_run_do(const struct one_run *r, char **ret_dir);
void one_run_free(struct one_run *r);

#endif

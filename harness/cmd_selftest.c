/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_selftest.c - can the figures be trusted here? Every arm against itself. */
#include "onerun.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "report/aa.h"
#include "store/store.h"

#include <stdio.h>

enum { KEY_AA = 0x100, KEY_STRICT };

struct args {
	struct run_request q;
	struct str arms;
	bool aa, strict;
};

static const struct argp_option options[] = {
	{ "aa", KEY_AA, NULL, 0, "each arm against itself: the same arm as two, interleaved and randomised as `run` does", 0 },
	{ "suite", 's', "SUITE", 0, "a name in bench/ or a file (default: standard)", 0 },
	{ "arm", 'a', "ARM,...", 0, "only these arms of the suite; may be given again", 0 },
	{ "workload", 'w', "WORKLOAD,...", 0, "only these workloads of the suite", 0 },
	{ "output", 'o', "DIR", 0, "directory that gets the run's directory (default: results)", 0 },
	{ "launches", 'n', "N", 0, "launches of each workload in each arm and in its twin, in place of the suite's", 0 },
	{ "seed", 'S', "N", 0, "seed of the launch order (default: a fresh one, recorded)", 0 },
	{ "strict", KEY_STRICT, NULL, 0, "status 5 when equal things are called different after the correction, or nothing could be compared", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->q.common; return 0;
	case KEY_AA: a->aa = true; return 0;
	case KEY_STRICT: a->strict = true; return 0;
	case 'a': str_addf(&a->arms, "%s%s", a->arms.len ? "," : "", arg); return 0;
	case ARGP_KEY_ARG: argp_error(state, "unexpected '%s'; arms are named with -a", arg); return 0;
	case ARGP_KEY_END:
		if (!a->aa)
			argp_error(state, "expected --aa, the selftest that there is");
		return 0;
	default: return run_request_option(&a->q, key, arg, state);
	}
}

static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
	options, parse, "--aa",
	"Run every arm against itself and say how far apart equal things lie here: the noise floor of each metric, and how often the method calls "
	"equal things different. The run is kept like any other.", children, NULL, NULL,
};

static void report_freep(struct report **r)
{
	report_free(*r);
}

/* The exit status of what the control found, once its table is printed. */
static int tell(const struct args *a, const char *dir)
{
	struct err err = { 0 };
	cleanup(run_freep) struct run *run = NULL;
	if (store_load_each(dir, report_sum_launch, &run, &err) < 0)
		return cmd_fail(&err, EXIT_FAILED);
	cleanup(report_freep) struct report *r = report_new(run);
	cleanup_free char *text = aa_text(r);
	fputs(text, stdout);
	struct aa_count c = aa_count(r);
	return a->strict && (!c.n || c.corrected) ? EXIT_INCONCLUSIVE : EXIT_OK;
}

static int selftest(struct args *a)
{
	struct err err = { 0 };
	cleanup(one_run_free) struct one_run run = { 0 };
	cleanup_free char *dir = NULL;
	a->q.arms = a->arms.s;
	a->q.aa_all = true;
	if (one_run_make(&a->q, &run, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	int status = one_run_do(&run, &dir);
	if (!dir)
		return status;
	int told = tell(a, dir);
	return status ? status : told;
}

int cmd_selftest(int argc, char **argv)
{
	struct args a = { 0 };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	int status = selftest(&a);
	str_free(&a.arms);
	return status;
}

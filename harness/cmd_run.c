/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_run.c - run a suite and keep the results. */
#include "onerun.h"

#include "base/cleanup.h"

#include <stdio.h>

enum { KEY_AA = 0x100, KEY_NO_AA, KEY_ADAPTIVE, KEY_NO_ADAPTIVE, KEY_HALF_WIDTH, KEY_MIN };

struct args {
	struct run_request q;
	bool dry_run;
};

static const struct argp_option options[] = {
	{ "suite", 's', "SUITE", 0, "a name in bench/ or a file (default: standard)", 0 },
	{ "arm", 'a', "ARM,...", 0, "only these arms of the suite", 0 },
	{ "workload", 'w', "WORKLOAD,...", 0, "only these workloads of the suite", 0 },
	{ "output", 'o', "DIR", 0, "directory that gets the run's directory (default: results, or isocost/results in "
	  "$XDG_DATA_HOME or ~/.local/share where the current directory can't be written to)", 0 },
	{ "launches", 'n', "N", 0, "launches of each arm and workload, in place of the suite's; of an adaptive run, the most", 0 },
	{ "seed", 'S', "N", 0, "seed of the launch order (default: a fresh one, recorded)", 0 },
	{ "time-budget", 't', "TIME", 0, "start no launch after this long, such as 10m; --resume goes on", 0 },
	{ "budget", 0, NULL, OPTION_ALIAS, NULL, 0 },
	{ "resume", 'r', "DIR", 0, "go on with a run that was interrupted or killed", 0 },
	{ "aa", KEY_AA, "ARM,...", 0, "run these arms against themselves too, for the noise floor (default: the suite's 'aa')", 0 },
	{ "no-aa", KEY_NO_AA, NULL, 0, "run no arm against itself", 0 },
	{ "adaptive", KEY_ADAPTIVE, NULL, 0, "more launches where the interval is still wide, until --half-width, -n or --time-budget is reached", 0 },
	{ "no-adaptive", KEY_NO_ADAPTIVE, NULL, 0, "the same launches everywhere, whatever the suite says", 0 },
	{ "half-width", KEY_HALF_WIDTH, "PERCENT", 0, "of an adaptive run: enough is half an interval of the median, as a part of it (default: 2%)", 0 },
	{ "min-launches", KEY_MIN, "N", 0, "of an adaptive run: the pilot's, at least 9 (default: 10)", 0 },
	{ "dry-run", 'd', NULL, 0, "print the plan and run nothing", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->q.common; return 0;
	case 'a': a->q.arms = arg; return 0;
	case 'r': a->q.resume = arg; return 0;
	case 'd': a->dry_run = true; return 0;
	case 't':
		if (parse_duration(arg, &a->q.budget_s) < 0 || a->q.budget_s <= 0)
			argp_error(state, "--time-budget %s: expected a duration such as 10m", arg);
		return 0;
	case KEY_AA: a->q.aa = arg; return 0;
	case KEY_NO_AA: a->q.no_aa = true; return 0;
	case KEY_ADAPTIVE: a->q.adaptive = true; return 0;
	case KEY_NO_ADAPTIVE: a->q.no_adaptive = true; return 0;
	case KEY_HALF_WIDTH: a->q.half_width = cmd_percentage("--half-width", arg, "2%", state); return 0;
	case KEY_MIN:
		if (parse_u64(arg, &a->q.min_launches) < 0 || a->q.min_launches < ADAPTIVE_MIN || a->q.min_launches > ADAPTIVE_MOST)
			argp_error(state, "--min-launches %s: expected a whole number from %d to %d: fewer give no interval", arg, ADAPTIVE_MIN,
			           ADAPTIVE_MOST);
		return 0;
	case ARGP_KEY_END:
		if (a->q.adaptive && a->q.no_adaptive)
			argp_error(state, "--adaptive and --no-adaptive exclude each other");
		if (a->q.aa && a->q.no_aa)
			argp_error(state, "--aa and --no-aa exclude each other");
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected '%s'; suites are named with -s", arg);
		return 0;
	default:
		return run_request_option(&a->q, key, arg, state);
	}
}

static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
	options, parse, NULL,
	"Run a suite: every arm runs every workload in randomised blocks; each launch is stored as it ends.", children, NULL, NULL,
};

/* Something is asked for that a run has had since it began. */
static bool is_fixed(const struct run_request *q)
{
	return q->suite || q->arms || q->workloads || q->launches || q->seed_given || q->results || q->aa || q->no_aa || q->adaptive ||
	       q->no_adaptive || q->half_width > 0 || q->min_launches;
}

int cmd_run(int argc, char **argv)
{
	struct args a = { 0 };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	struct err err = { 0 };
	const struct run_request *q = &a.q;
	if (q->resume && is_fixed(q))
		return cmd_fail(&(struct err){ .msg = "--resume takes suite, arms, workloads, launches, seed, A/A control, rules and directory from the "
		                                      "run; leave -s, -a, -w, -n, --seed, --aa, --no-aa, --adaptive and what goes with it, and "
		                                      "-o out" }, EXIT_USAGE);
	cleanup(one_run_free) struct one_run run = { 0 };
	if (one_run_make(q, &run, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	if (a.dry_run) {
		cleanup_free char *shown = plan_text(run.suite, &run.plan);
		fputs(shown, stdout);
		return EXIT_OK;
	}
	cleanup_free char *dir = NULL;
	int status = one_run_do(&run, &dir);
	if (dir)
		puts(dir);
	return status;
}

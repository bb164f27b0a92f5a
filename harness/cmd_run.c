/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_run.c - run a suite and keep the results. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/rng.h"
#include "run/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct args {
	struct common common;
	const char *suite, *arms, *workloads, *results, *resume;
	uint64_t launches, seed;
	bool seed_given, dry_run;
	double budget_s;
};

static const struct argp_option options[] = {
	{ "suite", 's', "SUITE", 0, "a name in bench/ or a file (default: standard)", 0 },
	{ "arm", 'a', "ARM,...", 0, "only these arms of the suite", 0 },
	{ "workload", 'w', "WORKLOAD,...", 0, "only these workloads of the suite", 0 },
	{ "output", 'o', "DIR", 0, "directory that gets the run's directory (default: results, or isocost/results in "
	  "$XDG_DATA_HOME or ~/.local/share where the current directory can't be written to)", 0 },
	{ "launches", 'n', "N", 0, "launches of each arm and workload, in place of the suite's", 0 },
	{ "seed", 'S', "N", 0, "seed of the launch order (default: a fresh one, recorded)", 0 },
	{ "time-budget", 't', "TIME", 0, "start no launch after this long, such as 10m; --resume goes on", 0 },
	{ "resume", 'r', "DIR", 0, "go on with a run that was interrupted or killed", 0 },
	{ "dry-run", 'd', NULL, 0, "print the plan and run nothing", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->common; return 0;
	case 's': a->suite = arg; return 0;
	case 'a': a->arms = arg; return 0;
	case 'w': a->workloads = arg; return 0;
	case 'o': a->results = arg; return 0;
	case 'r': a->resume = arg; return 0;
	case 'd': a->dry_run = true; return 0;
	case 'n':
		if (parse_u64(arg, &a->launches) < 0 || !a->launches || a->launches > 10000)
			argp_error(state, "-n %s: expected a whole number from 1 to 10000", arg);
		return 0;
	case 'S':
		if (parse_u64(arg, &a->seed) < 0 || a->seed > 0xffffffffu)
			argp_error(state, "--seed %s: expected a whole number from 0 to 4294967295", arg);
		a->seed_given = true;
		return 0;
	case 't':
		if (parse_duration(arg, &a->budget_s) < 0 || a->budget_s <= 0)
			argp_error(state, "--time-budget %s: expected a duration such as 10m", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected '%s'; suites are named with -s", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
	options, parse, NULL,
	"Run a suite: every arm runs every workload in randomised blocks; each launch is stored as it ends.", children, NULL, NULL,
};

/* Apply -a, -w and -n. */
static int narrow(const struct args *a, struct suite *s, struct err *err)
{
	int r = 0;
	if (a->arms)
		r = suite_select_arms(s, a->arms, err);
	if (r == 0 && a->workloads)
		r = suite_select_workloads(s, a->workloads, err);
	for (size_t i = 0; r == 0 && a->launches && i < s->n_workloads; i++)
		s->workloads[i].launches = (unsigned)a->launches;
	return r;
}

/* A resumed run says itself which arms, workloads and launches of its suite it has. */
static int as_it_was(const struct run *run, struct suite *s, struct err *err)
{
	struct str arms = { 0 }, workloads = { 0 };
	for (size_t i = 0; i < run->n_arms; i++)
		str_addf(&arms, "%s,", run->arms[i].name);
	for (size_t i = 0; i < run->n_workloads; i++)
		str_addf(&workloads, "%s,", run->workloads[i].name);
	int r = suite_select_arms(s, str_get(&arms), err);
	if (r == 0)
		r = suite_select_workloads(s, str_get(&workloads), err);
	for (size_t i = 0; r == 0 && i < s->n_workloads; i++)
		s->workloads[i].launches = run->workloads[i].launches;
	str_free(&arms);
	str_free(&workloads);
	return r;
}

static int load_suite(struct args *a, struct run *resumed, struct suite **ret, char **ret_text, struct err *err)
{
	if (resumed) {
		cleanup_free char *file = xasprintf("%s/run.json (suite)", a->resume);
		int r = suite_parse(file, resumed->suite_text, ret, err);
		*ret_text = xstrdup(resumed->suite_text);
		return r < 0 ? r : as_it_was(resumed, *ret, err);
	}
	cleanup_free char *file = NULL;
	int r = suite_find(a->suite ? a->suite : "standard", &file, err);
	if (r < 0)
		return r;
	r = suite_read(file, ret_text, err);
	if (r == 0)
		r = suite_parse(file, *ret_text, ret, err);
	return r < 0 ? r : narrow(a, *ret, err);
}

static void say_end(const struct session_end *e)
{
	if (e->failed)
		log_warnf("%u of %u launches failed; they are in the journal with their reasons", e->failed, e->done);
	if (e->interrupted || e->out_of_time)
		log_infof("%s after %u of %u launches; all of them are kept. Go on with: isocost run --resume %s",
		          e->interrupted ? "interrupted" : "the time budget ended it", e->done, e->planned, e->dir);
	else if (e->arms_missing)
		log_infof("%u of %u launches done; for the others, mend the arm that can't run here and go on with: isocost run "
		          "--resume %s", e->done, e->planned, e->dir);
	else
		log_infof("%u launches done. Look at them with: isocost show %s", e->done, e->dir);
	puts(e->dir);
}

static int run_suite(struct args *a, struct suite *suite, const struct plan *plan, const char *text, struct run *resumed)
{
	cleanup_free char *load_dir = path_load_dir(), *cache = NULL, *results = path_results();
	struct err err = { 0 };
	if (cache_make(&cache, &err) < 0)
		return cmd_fail(&err, EXIT_FAILED);
	struct session_conf conf = { .suite = suite, .plan = plan, .results = a->results ? a->results : results,
	                             .resume = a->resume, .resumed = resumed, .load_dir = load_dir, .cache = cache,
	                             .uri = a->common.uri, .guest_kernel = a->common.guest_kernel, .accel = a->common.accel,
	                             .budget_s = a->budget_s, .suite_text = text };
	struct session_end end;
	cmd_begin();
	int r = session_run(&conf, &end, &err);
	log_progress_end();
	cleanup_free char *dir = end.dir;
	if (r < 0 && dir)
		log_infof("what was measured is kept in %s; go on with: isocost run --resume %s", dir, dir);
	if (r == -EINTR)
		return cmd_fail(&err, EXIT_INTERRUPTED);
	if (r == -ENOTSUP)
		return cmd_fail(&err, EXIT_UNAVAILABLE);
	if (r < 0)
		return cmd_fail(&err, r == -EINVAL ? EXIT_USAGE : EXIT_FAILED);
	say_end(&end);
	if (end.interrupted)
		return EXIT_INTERRUPTED;
	return end.failed ? EXIT_FAILED : end.arms_missing ? EXIT_UNAVAILABLE : EXIT_OK;
}

int cmd_run(int argc, char **argv)
{
	struct args a = { 0 };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	struct err err = { 0 };
	if (a.resume && (a.suite || a.arms || a.workloads || a.launches || a.seed_given || a.results))
		return cmd_fail(&(struct err){ .msg = "--resume takes suite, arms, workloads, launches, seed and directory from the "
		                                      "run; leave -s, -a, -w, -n, --seed and -o out" }, EXIT_USAGE);
	cleanup(run_freep) struct run *resumed = NULL;
	if (a.resume && store_load(a.resume, &resumed, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	cleanup(suite_freep) struct suite *suite = NULL;
	cleanup_free char *text = NULL;
	if (load_suite(&a, resumed, &suite, &text, &err) < 0 || suite_check_arms(suite, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	cleanup(plan_free) struct plan plan = { 0 };
	plan_make(suite, resumed ? resumed->seed : a.seed_given ? a.seed : rng_fresh_seed(), &plan);
	if (!a.dry_run)
		return run_suite(&a, suite, &plan, text, resumed);
	cleanup_free char *shown = plan_text(suite, &plan);
	fputs(shown, stdout);
	return EXIT_OK;
}

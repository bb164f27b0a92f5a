/* SPDX-License-Identifier: GPL-3.0-or-later */
/* onerun.c - a suite executed for a verb. */
#include "onerun.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/rng.h"
#include "report/aa.h"
#include "report/precision.h"
#include "run/session.h"
#include "store/store.h"

#include <errno.h>
#include <string.h>

static int choose_aa(const struct run_request *q, struct suite *s, struct err *err)
{
	cleanup(str_free) struct str all = { 0 };
	for (size_t i = 0; q->aa_all && i < s->n_arms; i++)
		str_addf(&all, "%s,", s->arms[i].name);
	if (q->aa_all || q->aa)
		return suite_set_aa(s, q->aa_all ? all.s : q->aa, err);
	return q->no_aa ? suite_set_aa(s, NULL, err) : 0;
}

error_t run_request_option(struct run_request *q, int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 's': q->suite = arg; return 0;
	case 'w': q->workloads = arg; return 0;
	case 'o': q->results = arg; return 0;
	case 'n':
		if (parse_u64(arg, &q->launches) < 0 || !q->launches || q->launches > 10000)
			argp_error(state, "-n %s: expected a whole number from 1 to 10000", arg);
		return 0;
	case 'S':
		if (parse_u64(arg, &q->seed) < 0 || q->seed > 0xffffffffu)
			argp_error(state, "--seed %s: expected a whole number from 0 to 4294967295", arg);
		q->seed_given = true;
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* Apply --adaptive and what goes with it. */
static int choose_adaptive(const struct run_request *q, struct suite *s, struct err *err)
{
	s->adaptive.on = (s->adaptive.on || q->adaptive) && !q->no_adaptive;
	if (!s->adaptive.on && (q->half_width > 0 || q->min_launches))
		return err_setf(err, -EINVAL, "--half-width and --min-launches are for adaptive runs: expected --adaptive, or 'adaptive = on' in suite %s",
		                s->name);
	if (q->half_width > 0)
		s->adaptive.half_width = q->half_width;
	if (q->min_launches)
		s->adaptive.min_launches = (unsigned)q->min_launches;
	if (q->launches)
		s->max_launches = (unsigned)q->launches;
	if (s->adaptive.on && s->max_launches && s->max_launches < s->adaptive.min_launches)
		return err_setf(err, -EINVAL, "at most %u launches of a cell, and %u of its pilot: expected at least as many (-n, --min-launches; or "
		                "'max_launches' in suite %s)", s->max_launches, s->adaptive.min_launches, s->name);
	suite_apply_adaptive(s);
	return 0;
}

/* Apply -a, -w, -n, --adaptive and --aa. */
static int narrow(const struct run_request *q, struct suite *s, struct err *err)
{
	int r = 0;
	if (q->arms)
		r = suite_select_arms(s, q->arms, err);
	if (r == 0 && q->workloads)
		r = suite_select_workloads(s, q->workloads, err);
	for (size_t i = 0; r == 0 && q->launches && i < s->n_workloads; i++)
		s->workloads[i].launches = (unsigned)q->launches;
	if (r == 0)
		r = choose_adaptive(q, s, err);
	return r < 0 ? r : choose_aa(q, s, err);
}

/* "a,b," of the arms from one on. */
static char *names_of(const struct run *run, size_t first, size_t n, bool twins)
{
	struct str b = { 0 };
	for (size_t i = first; i < first + n; i++)
		str_addf(&b, "%s,", twins ? run->arms[i].twin_of : run->arms[i].name);
	return b.s;
}

/* A resumed run says itself which arms, twins, workloads and launches of its suite it has. */
static int as_it_was(const struct run *run, struct suite *s, struct err *err)
{
	cleanup(str_free) struct str workloads = { 0 };
	cleanup_free char *arms = names_of(run, 0, run->n_arms, false), *twins = names_of(run, run->n_arms, run->n_twins, true);
	for (size_t i = 0; i < run->n_workloads; i++)
		str_addf(&workloads, "%s,", run->workloads[i].name);
	int r = suite_select_arms(s, arms ? arms : "", err);
	if (r == 0)
		r = suite_select_workloads(s, str_get(&workloads), err);
	for (size_t i = 0; r == 0 && i < s->n_workloads; i++)
		s->workloads[i].launches = run->workloads[i].launches;
	s->adaptive = run->adaptive;
	return r < 0 ? r : suite_set_aa(s, twins, err);
}

/* The budget of an adaptive run holds over all its sessions; a new one, given now, begins now. What is left, to be spent in this session. */
static double budget_left(const struct one_run *o)
{
	const struct run_request *q = o->request;
	struct run *run = o->resumed;
	double spent = 0, none = 1e-9;
	for (size_t i = 0; run && i < run->n_launches; i++)
		spent += run->launches[i].wall_s;
	if (run && run->adaptive.on && q->budget_s > 0)
		run->adaptive.budget_s = spent + q->budget_s;
	if (q->budget_s > 0 || !run || !(run->adaptive.budget_s > 0))
		return q->budget_s;
	return run->adaptive.budget_s > spent ? run->adaptive.budget_s - spent : none;
}

static int load_resumed(struct one_run *o, struct err *err)
{
	cleanup_free char *file = xasprintf("%s/run.json (suite)", o->request->resume);
	int r = store_load_each(o->request->resume, report_sum_launch, &o->resumed, err);
	if (r < 0)
		return r;
	if (run_is_imported(o->resumed))
		return err_setf(err, -EINVAL, "%s was imported from another tool's results: there is no plan to go on with", o->request->resume);
	o->text = xstrdup(o->resumed->suite_text);
	r = suite_parse(file, o->text, &o->suite, err);
	return r < 0 ? r : as_it_was(o->resumed, o->suite, err);
}

static int load_suite(struct one_run *o, struct err *err)
{
	const struct run_request *q = o->request;
	cleanup_free char *file = NULL;
	int r = suite_find(q->suite ? q->suite : "standard", &file, err);
	if (r < 0)
		return r;
	r = suite_read(file, &o->text, err);
	if (r == 0)
		r = suite_parse(file, o->text, &o->suite, err);
	return r < 0 ? r : narrow(q, o->suite, err);
}

int one_run_make(const struct run_request *q, struct one_run *ret, struct err *err)
{
	struct one_run o = { .request = q };
	int r = q->resume ? load_resumed(&o, err) : load_suite(&o, err);
	if (r == 0)
		r = suite_add_twins(o.suite, err);
	if (r == 0)
		r = suite_check_arms(o.suite, err);
	if (r < 0) {
		one_run_free(&o);
		return r;
	}
	o.budget_s = budget_left(&o);
	plan_make(o.suite, o.resumed ? o.resumed->seed : q->seed_given ? q->seed : rng_fresh_seed(), &o.plan);
	*ret = o;
	return 0;
}

void one_run_free(struct one_run *o)
{
	plan_free(&o->plan);
	suite_free(o->suite);
	run_free(o->resumed);
	free(o->text);
	*o = (struct one_run){ 0 };
}

static void say_end(const struct session_end *e)
{
	if (e->failed)
		log_warnf("%u of %u launches failed; they are in the journal with their reasons", e->failed, e->done);
	if (e->interrupted || e->out_of_time)
		log_infof("%s after %u of %s%u launches; all of them are kept. Go on with: isocost run --resume %s",
		          e->interrupted ? "interrupted" : "the time budget ended it", e->done, e->estimated ? "about " : "", e->planned, e->dir);
	else if (e->budget_ended)
		log_infof("the time budget ended it after %u launches. Look at them with: isocost show %s; go on with: isocost run --resume %s "
		          "--time-budget TIME", e->done, e->dir, e->dir);
	else if (e->arms_missing)
		log_infof("%u of %u launches done; for the others, mend the arm that can't run here and go on with: isocost run "
		          "--resume %s", e->done, e->planned, e->dir);
	else
		log_infof("%u launches done. Look at them with: isocost show %s", e->done, e->dir);
}

static void report_freep(struct report **r)
{
	report_free(*r);
}

/* What the A/A control found is computed from the journal, as every figure; run.json has it for those who read no more than that. */
static int note_aa(const char *dir, struct err *err)
{
	cleanup(run_freep) struct run *run = NULL;
	struct store store = { .journal = -1, .lock = -1 };
	int r = store_load_each(dir, report_sum_launch, &run, err);
	if (r < 0 || !run->n_twins)
		return r;
	cleanup(report_freep) struct report *report = report_new(run);
	aa_note(report, run);
	r = store_reopen(dir, &store, err);
	if (r == 0)
		r = store_put_run(&store, run, err);
	store_close(&store);
	return r;
}

static int status_of(const struct session_end *e)
{
	if (e->interrupted)
		return EXIT_INTERRUPTED;
	return e->failed ? EXIT_FAILED : e->arms_missing ? EXIT_UNAVAILABLE : EXIT_OK;
}

int one_run_do(const struct one_run *o, char **ret_dir)
{
	const struct run_request *q = o->request;
	cleanup_free char *load_dir = path_load_dir(), *cache = NULL, *results = path_results();
	struct err err = { 0 };
	*ret_dir = NULL;
	if (cache_make(&cache, &err) < 0)
		return cmd_fail(&err, EXIT_FAILED);
	struct session_conf conf = { .suite = o->suite, .plan = &o->plan, .results = q->results ? q->results : results,
	                             .resume = q->resume, .resumed = o->resumed, .load_dir = load_dir, .cache = cache,
	                             .uri = q->common.uri, .guest_kernel = q->common.guest_kernel, .accel = q->common.accel,
	                             .budget_s = o->budget_s, .eye = { report_half_width, report_sum_launch },
	                             .progress = { report_launch_value, report_cell_text }, .suite_text = o->text, .commit = built_from() };
	struct session_end end;
	cmd_begin();
	int r = session_run(&conf, &end, &err);
	log_progress_end();
	*ret_dir = end.dir;
	if (r < 0 && end.dir)
		log_infof("what was measured is kept in %s; go on with: isocost run --resume %s", end.dir, end.dir);
	if (r == -EINTR)
		return cmd_fail(&err, EXIT_INTERRUPTED);
	if (r == -ENOTSUP)
		return cmd_fail(&err, EXIT_UNAVAILABLE);
	if (r < 0)
		return cmd_fail(&err, r == -EINVAL ? EXIT_USAGE : EXIT_FAILED);
	if (note_aa(end.dir, &err) < 0)
		return cmd_fail(&err, EXIT_FAILED);
	say_end(&end);
	return status_of(&end);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_isolation.c - what isolation each arm gives: the battery of escape attempts, run in each, side by side. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/sig.h"
#include "isolation.h"
#include "report/model.h"
#include "run/session.h"
#include "store/attempts.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* A guest under software emulation takes some seconds for its start and some for the bombs. */
#define DEADLINE_S 300.0

struct args {
	struct common common;
	const char *arms, *suite, *run;
	int json, verbose;
};

enum { OPT_JSON = 0x100 };

static const struct argp_option options[] = {
	{ "arms", 'a', "ARM,...", 0, "the arms to compare (default: those of the suite, or host, container and, where it can run, vm)", 0 },
	{ "suite", 's', "SUITE", 0, "the suite that defines the arms; `isolation` takes the container apart", 0 },
	{ "run", 'r', "RUN", 0, "the arms of that run; what came of it is kept in the run's directory, where `isocost report` finds it", 0 },
	{ "json", OPT_JSON, NULL, 0, "write JSON", 0 },
	{ "long", 'l', NULL, 0, "say of each attempt what it tries, what holds it, and what came of it", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->common; return 0;
	case 'a': a->arms = arg; return 0;
	case 's': a->suite = arg; return 0;
	case 'r': a->run = arg; return 0;
	case 'l': a->verbose = 1; return 0;
	case OPT_JSON: a->json = 1; return 0;
	case ARGP_KEY_ARG: argp_error(state, "unexpected '%s'; arms are named with -a", arg); return 0;
	case ARGP_KEY_FINI:
		if (a->run && (a->arms || a->suite))
			argp_error(state, "--run %s: its arms are tried, all of them; leave -a and -s out", a->run);
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
	options, parse, "",
	"Try to get out of each arm, and show what held. All attempts are of the harmless kind, and what they may get at is laid "
	"out for them. The host holds little, of course: it is there for comparison.\v"
	"Exit status 0 whatever the attempts came to; 4 when an arm that -a or -s names can't run here.",
	children, NULL, NULL,
};

/* The battery and the figures are to be of the same place. */
static int same_host(const struct run *run, struct err *err)
{
	struct utsname u = { 0 };
	uname(&u);
	const char *host = kvs_get(&run->host_before, "host.name"), *kernel = kvs_get(&run->host_before, "kernel.release");
	if (host && kernel && (strcmp(host, u.nodename) != 0 || strcmp(kernel, u.release) != 0))
		return err_setf(err, -EINVAL, "%s was measured on %s with Linux %s, and this is %s with Linux %s: what its arms hold is to be tried where "
		                "they were measured", run->id, host, kernel, u.nodename, u.release);
	return 0;
}

static int arms_of_run(const char *dir, struct run **ret_run, struct suite **ret, struct err *err)
{
	cleanup(str_free) struct str names = { 0 };
	cleanup(run_freep) struct run *run = NULL;
	int r = store_load_each(dir, report_sum_launch, &run, err);
	r = r < 0 ? r : same_host(run, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < run->n_arms; i++)
		if (run->arms[i].available && !run_arm_is_bare(&run->arms[i]))
			str_addf(&names, "%s,", run->arms[i].name);
	cleanup_free char *file = xasprintf("%s/run.json (suite)", dir);
	r = suite_parse(file, run->suite_text ? run->suite_text : "", ret, err);
	r = r < 0 ? r : suite_select_arms(*ret, str_get(&names), err);
	*ret_run = r < 0 ? NULL : ptr_steal(&run);
	return r;
}

static int find_arms(const struct args *a, struct run **ret_run, struct suite **ret, struct err *err)
{
	cleanup_free char *file = NULL, *text = NULL;
	int r;
	if (a->run) {
		r = arms_of_run(a->run, ret_run, ret, err);
	} else if (a->suite) {
		r = suite_find(a->suite, &file, err);
		r = r < 0 ? r : suite_load(file, ret, err);
		if (r == 0 && a->arms)
			r = suite_select_arms(*ret, a->arms, err);
	} else {
		text = xasprintf("[suite]\nname = isolation\narms = %s\nworkloads = startup\nmemory = 256MiB\n", a->arms ? a->arms : "host, container, vm");
		r = suite_parse("-a", text, ret, err);
	}
	return r < 0 ? r : suite_check_arms(*ret, err);
}

/* Open an arm, run the battery in it, close it. */
static int try_arm(const struct env_ctx *ctx, const struct suite_arm *sa, const struct bait *bait, struct attempts *ret, size_t k,
                   struct err *err)
{
	const struct env_ops *ops = env_find(sa->driver);
	cleanup(kvs_free) struct kvs resolved = { 0 };
	cleanup(env_facts_free) struct env_facts facts = { 0 };
	cleanup(battery_free) struct battery battery = { 0 };
	struct env_arm *arm = NULL;
	log_progressf("trying to get out of %s …", sa->name);
	int r = env_runs_commands(ops, sa->name, err);
	if (r == 0)
		r = opts_resolve(ops->options, &sa->options, NULL, &resolved, err);
	if (r == 0)
		r = ops->open(ctx, sa->name, &resolved, &facts, &arm, err);
	if (r == 0) {
		r = battery_run(ops, arm, bait, DEADLINE_S, &battery, err);
		ops->close(arm);
	}
	log_progress_end();
	if (r < 0)
		return r;
	struct attempt_arm *to = &ret->arms[k];
	*to = (struct attempt_arm){ .name = xstrdup(sa->name), .label = xstrdup(facts.label ? facts.label : sa->name), .driver = xstrdup(sa->driver) };
	for (size_t i = 0; i < facts.warnings.n; i++)
		strv_add(&to->warnings, facts.warnings.v[i]);
	isolation_take(ret, k, &battery);
	return 0;
}

static int show(const struct args *a, const struct run *run, const struct attempts *tried)
{
	struct err err = { 0 };
	if (run && attempts_put(tried, run->dir, &err) < 0)
		return cmd_fail(&err, EXIT_FAILED);
	if (a->json)
		return attempts_write(tried, stdout) < 0 ? EXIT_FAILED : EXIT_OK;
	if (a->verbose)
		isolation_long(tried);
	else if (!run)
		isolation_table(tried);
	if (run)
		log_infof("kept in %s/%s; `isocost report %s` shows it", run->dir, ATTEMPTS_FILE, a->run);
	return EXIT_OK;
}

/* All arms, one after the other; those that can't run are passed over with a word. */
static int try_arms(const struct args *a, const struct run *run, const struct suite *suite, const struct env_ctx *ctx, const struct bait *bait)
{
	cleanup(attempts_freep) struct attempts *tried = isolation_new(suite->n_arms);
	bool missing = false;
	size_t n = 0;
	for (size_t i = 0; i < suite->n_arms; i++) {
		struct err err = { 0 };
		int r = try_arm(ctx, &suite->arms[i], bait, tried, n, &err);
		if (r == -EINTR || (r < 0 && sig_caught()))
			return EXIT_INTERRUPTED;
		if (r < 0) {
			log_warnf("arm %s is left out: %s", suite->arms[i].name, err.msg);
			missing = true;
			continue;
		}
		for (size_t k = 0; k < tried->arms[n].warnings.n; k++)
			log_warnf("arm %s: %s", tried->arms[n].name, tried->arms[n].warnings.v[k]);
		n++;
	}
	tried->n_arms = n;      /* columns behind hold nothing */
	int status = n ? show(a, run, tried) : EXIT_UNAVAILABLE;
	return status == EXIT_OK && missing && (a->arms || a->suite || run) ? EXIT_UNAVAILABLE : status;
}

int cmd_isolation(int argc, char **argv)
{
	struct args a = { 0 };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	struct err err = { 0 };
	cleanup(suite_freep) struct suite *suite = NULL;
	cleanup(run_freep) struct run *run = NULL;
	if (find_arms(&a, &run, &suite, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	cmd_begin();
	cleanup_free char *load_dir = path_load_dir(), *cache = NULL;
	struct workspace work;
	struct envelope envelope = { 0 };
	if (session_envelope(suite, &envelope, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	cleanup_free char *cpu_list = envelope.cpu_list;
	if (cache_make(&cache, &err) < 0 || workspace_create(a.common.uri, &work, &err) < 0)
		return cmd_fail(&err, EXIT_FAILED);
	const struct env_ctx ctx = { .load_dir = load_dir, .cache = cache, .work = work.dir, .id = work.id, .uri = a.common.uri,
	                             .accel = a.common.accel, .guest_kernel = a.common.guest_kernel, .envelope = envelope,
	                             .stdin_fd = -1 };
	struct bait *bait = NULL;
	int status;
	if (bait_lay(&ctx, &bait, &err) < 0)
		status = cmd_fail(&err, EXIT_FAILED);
	else
		status = try_arms(&a, run, suite, &ctx, bait);
	bait_take_up(bait);
	workspace_destroy(&work);
	return status;
}

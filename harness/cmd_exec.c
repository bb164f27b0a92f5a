/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_exec.c - run one command in an arm; interactive on a terminal. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "run/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct args {
	struct common common;
	const char *arm, *suite;
	struct kvs options;
	char **command;
	double timeout_s;
};

static const struct argp_option options[] = {
	{ "arm", 'a', "ARM", 0, "host, container, vm, or an arm of the suite that -s names", 0 },
	{ "suite", 's', "SUITE", 0, "the suite that defines the arm", 0 },
	{ "option", 'O', "KEY=VALUE", 0, "an option of the arm's driver; `isocost list arms` shows them", 0 },
	{ "timeout", 't', "TIME", 0, "end the command after this long, such as 30s (default: never)", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	char *eq;
	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->common; return 0;
	case 'a': a->arm = arg; return 0;
	case 's': a->suite = arg; return 0;
	case 't':
		if (parse_duration(arg, &a->timeout_s) < 0 || a->timeout_s <= 0)
			argp_error(state, "--timeout %s: expected a duration such as 30s", arg);
		return 0;
	case 'O':
		eq = strchr(arg, '=');
		if (!eq)
			argp_error(state, "--option %s: expected KEY=VALUE", arg);
		*eq = '\0';
		kvs_set(&a->options, arg, eq + 1, 0);
		return 0;
	case ARGP_KEY_ARGS: a->command = state->argv + state->next; return 0;
	case ARGP_KEY_NO_ARGS: argp_error(state, "no command; expected: isocost exec -a ARM -- CMD [ARG...]"); return 0;
	case ARGP_KEY_END:
		if (!a->arm)
			argp_error(state, "no arm; expected -a host, -a container or -a vm");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
	options, parse, "-- CMD [ARG...]",
	"Run one command in a fresh instance of an arm: its output, its exit status. On a terminal it is interactive.\v"
	"Examples:\n  isocost exec -a container -- sh\n  isocost exec -a vm -- uname -r\n\n"
	"Container and guest hold isoload and busybox. Status 124 when --timeout ended it, 125 when the arm could not be made.",
	children, NULL, NULL,
};

#define EXIT_TIMEOUT 124        /* as timeout(1) */
#define EXIT_NO_ARM 125

static int find_arm(const struct args *a, struct suite **ret, struct err *err)
{
	cleanup_free char *file = NULL, *text = NULL;
	int r;
	if (a->suite) {
		r = suite_find(a->suite, &file, err);
		r = r < 0 ? r : suite_load(file, ret, err);
	} else {
		text = xasprintf("[suite]\nname = exec\narms = %s\nworkloads = startup\n", a->arm);
		r = suite_parse("-a", text, ret, err);
	}
	if (r == 0)
		r = suite_select_arms(*ret, a->arm, err);
	if (r < 0)
		return r;
	if ((*ret)->n_arms != 1)
		return err_setf(err, -EINVAL, "-a %s: expected one arm", a->arm);
	kvs_copy(&(*ret)->arms[0].options, &a->options);
	if (!a->suite && !env_find(a->arm)) {
		err_setf(err, -EINVAL, "no arm '%s'; expected one of:", a->arm);
		for (size_t i = 0; env_drivers[i]; i++)
			if (!opts_missing(env_drivers[i]->options, &(struct kvs){ 0 }))
				err_addf(err, " %s", env_drivers[i]->name);
		err_addf(err, ", or -s SUITE that defines it");
		return -EINVAL;
	}
	return suite_check_arms(*ret, err);
}

/* Whether standard output is a pipe that has no reader any more. */
static bool nobody_reads(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO };
	return poll(&p, 1, 0) == 1 && (p.revents & POLLERR);
}

static int exec_in(const struct args *a, const struct env_ops *ops, struct env_arm *arm, struct err *err)
{
	struct phases phases = { 0 };
	int64_t deadline = a->timeout_s > 0 ? clk_now() + (int64_t)(a->timeout_s * 1e9) : 0;
	struct env_spec spec = { .scratch = true, .phases = &phases, .deadline_ns = deadline };
	struct env *env = NULL;
	phases.start_ns = clk_now();
	if (ops->start(arm, &spec, &env, err) < 0)
		return cmd_fail(err, err->code == -EINTR ? EXIT_INTERRUPTED : EXIT_NO_ARM);
	struct env_call call = { .argv = a->command, .deadline_ns = deadline };
	int r = ops->exec(env, &call, err);
	ops->stop(env);
	for (size_t i = 0; i < phases.n; i++)
		log_debugf("phase %-12s ended %9.3f ms after the start request", phases.v[i].name,
		           (double)(phases.v[i].end_ns - phases.start_ns) / 1e6);
	if (r == 0)
		return call.status;
	if (r == -EPIPE && nobody_reads())
		return 128 + SIGPIPE;   /* as the shell tells it of any command before `| head` */
	return cmd_fail(err, r == -ETIMEDOUT ? EXIT_TIMEOUT : r == -EINTR ? EXIT_INTERRUPTED : EXIT_NO_ARM);
}

static int open_and_exec(const struct args *a, const struct suite *suite, const struct env_ctx *ctx, struct err *err)
{
	const struct suite_arm *sa = &suite->arms[0];
	const struct env_ops *ops = env_find(sa->driver);
	cleanup(kvs_free) struct kvs resolved = { 0 };
	cleanup(env_facts_free) struct env_facts facts = { 0 };
	struct env_arm *arm = NULL;
	if (opts_resolve(ops->options, &sa->options, suite->file, &resolved, err) < 0)
		return cmd_fail(err, EXIT_USAGE);
	int r = ops->open(ctx, sa->name, &resolved, &facts, &arm, err);
	if (r < 0) {
		err_wrapf(err, "arm %s can't run here", sa->name);
		return cmd_fail(err, r == -EINTR ? EXIT_INTERRUPTED : EXIT_UNAVAILABLE);
	}
	if (facts.note)
		log_debugf("arm %s: %s", sa->name, facts.note);
	for (size_t i = 0; i < facts.warnings.n; i++)
		log_debugf("arm %s: %s", sa->name, facts.warnings.v[i]);
	int status = exec_in(a, ops, arm, err);
	ops->close(arm);
	return status;
}

int cmd_exec(int argc, char **argv)
{
	struct args a = { 0 };
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &a);
	cleanup(kvs_free) struct kvs given = a.options;
	struct err err = { 0 };
	cleanup(suite_freep) struct suite *suite = NULL;
	if (find_arm(&a, &suite, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	cmd_begin();
	cleanup_free char *load_dir = path_load_dir(), *cache = NULL;
	struct workspace work;
	struct envelope envelope = { 0 };
	if (session_envelope(suite, &envelope, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	cleanup_free char *cpu_list = envelope.cpu_list;
	if (cache_make(&cache, &err) < 0 || workspace_create(a.common.uri, &work, &err) < 0)
		return cmd_fail(&err, EXIT_NO_ARM);
	const struct env_ctx ctx = { .load_dir = load_dir, .cache = cache, .work = work.dir, .id = work.id, .uri = a.common.uri,
	                             .accel = a.common.accel, .guest_kernel = a.common.guest_kernel, .envelope = envelope,
	                             .stdin_fd = STDIN_FILENO };
	int status = open_and_exec(&a, suite, &ctx, &err);
	workspace_destroy(&work);
	return status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_exec.c - run one command in an arm; interactive on a terminal. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/log.h"
#include "onearm.h"

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

static int open_and_exec(const struct args *a, struct one_arm *one, struct err *err)
{
	int r = one_arm_session(one, &a->common, err);
	if (r < 0)
		return cmd_fail(err, r == -EINVAL ? EXIT_USAGE : EXIT_NO_ARM);
	one->ctx.stdin_fd = STDIN_FILENO;
	r = one_arm_open(one, err);
	return r < 0 ? cmd_fail(err, r == -EINTR ? EXIT_INTERRUPTED : EXIT_UNAVAILABLE) : exec_in(a, one->ops, one->arm, err);
}

int cmd_exec(int argc, char **argv)
{
	struct args a = { 0 };
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &a);
	cleanup(kvs_free) struct kvs given = a.options;
	cleanup(one_arm_free) struct one_arm one = { 0 };
	struct err err = { 0 };
	if (one_arm_find(a.arm, a.suite, &a.options, &one, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	if (env_runs_commands(one.ops, a.arm, &err) < 0)
		return cmd_fail(&err, EXIT_UNAVAILABLE);
	cmd_begin();
	return open_and_exec(&a, &one, &err);
}

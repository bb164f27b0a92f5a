/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_clean.c - remove what a killed run left behind. */
#include "cmd.h"

#include "base/log.h"
#include "run/workspace.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	argp_error(state, "unexpected '%s'; nothing is named, all that dead sessions left is removed", arg);
	return 0;
}

static const struct argp argp = {
	NULL, parse, NULL,
	"Remove what sessions that no longer live have left: guests, control groups, mounts and files. Sessions that live are "
	"not touched. Every `run` and `exec` does this first.", NULL, NULL, NULL,
};

int cmd_clean(int argc, char **argv)
{
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	struct err err = { 0 };
	int n = workspace_sweep(&err);
	int strays = n < 0 ? 0 : workspace_sweep_strays(&err);
	if (n < 0 || strays < 0)
		return cmd_fail(&err, EXIT_FAILED);
	if (n || strays)
		log_infof("removed what %d killed session(s) had left, and %d empty control group(s) of nobody", n, strays);
	else
		log_infof("nothing was left behind");
	return EXIT_OK;
}

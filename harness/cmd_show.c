/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_show.c - the summary of a run on the terminal. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "report/model.h"
#include "report/report.h"
#include "store/store.h"

#include <stdio.h>
#include <sys/ioctl.h>

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **dir = state->input;
	switch (key) {
	case ARGP_KEY_ARG:
		if (*dir)
			argp_error(state, "one run at a time");
		*dir = arg;
		return 0;
	case ARGP_KEY_NO_ARGS: argp_error(state, "no run; expected a directory in results/"); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = { NULL, parse, "RUN", "Show the summary of a run, the directory that `isocost run` named.",
	                          NULL, NULL, NULL };

static int width(void)
{
	struct winsize ws = { 0 };
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col >= 40 ? ws.ws_col : 100;
}

int cmd_show(int argc, char **argv)
{
	const char *dir = NULL;
	argp_parse(&argp, argc, argv, 0, NULL, &dir);
	struct err err = { 0 };
	struct run *run = NULL;
	if (store_load_each(dir, report_sum_launch, &run, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	cleanup_free char *text = show_text(run, width(), log_has_colour(STDOUT_FILENO));
	fputs(text, stdout);
	run_free(run);
	return EXIT_OK;
}

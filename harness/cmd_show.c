/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_show.c - the summary of a run on the terminal. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "report/model.h"
#include "report/report.h"
#include "store/store.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

struct args {
	const char *dir;
	bool brief;
};

static const struct argp_option options[] = {
	{ "brief", 'b', NULL, 0, "without the box plots of the launches", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	switch (key) {
	case 'b': a->brief = true; return 0;
	default: return cmd_run_arg(&a->dir, key, arg, state);
	}
}

static const struct argp argp = { options, parse, "RUN", "Show the summary of a run, the directory that `isocost run` named.",
	                          NULL, NULL, NULL };

static int width(void)
{
	struct winsize ws = { 0 };
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col >= 40 ? ws.ws_col : 100;
}

/* A terminal whose locale has no UTF-8 would show other signs; a file or a pipe gets UTF-8 always. */
static bool needs_ascii(void)
{
	locale_t l = isatty(STDOUT_FILENO) ? newlocale(LC_CTYPE_MASK, "", (locale_t)0) : (locale_t)0;
	bool utf8 = !l || strcmp(nl_langinfo_l(CODESET, l), "UTF-8") == 0;
	if (l)
		freelocale(l);
	return !utf8;
}

int cmd_show(int argc, char **argv)
{
	struct args a = { 0 };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	struct err err = { 0 };
	struct run *run = NULL;
	if (store_load_each(a.dir, report_sum_launch, &run, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	cleanup_free char *text = show_text(run, width(), log_has_colour(STDOUT_FILENO), !a.brief);
	cleanup_free char *ascii = needs_ascii() ? show_ascii(text) : NULL;
	fputs(ascii ? ascii : text, stdout);
	run_free(run);
	return EXIT_OK;
}

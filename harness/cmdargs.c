/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmdargs.c - arguments that several verbs have alike: one run, a format by its name, a percentage. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <string.h>

error_t cmd_run_arg(const char **run, int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_ARG:
		if (*run)
			argp_error(state, "one run at a time");
		*run = arg;
		return 0;
	case ARGP_KEY_NO_ARGS: argp_error(state, "no run; expected a directory in results/"); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

void cmd_no_format(cmd_format_at *at, const char *given, struct argp_state *state)
{
	cleanup(str_free) struct str all = { 0 };
	const char *name, *what;
	for (size_t i = 0; (name = at(i, &what)); i++)
		str_addf(&all, " %s", name);
	argp_error(state, "no format '%s'; expected one of:%s", given, str_get(&all));
}

char *cmd_formats_help(cmd_format_at *at, const char *more)
{
	struct str b = { 0 };
	const char *name, *what;
	int width = 0;
	for (size_t i = 0; (name = at(i, &what)); i++)
		width = (int)strlen(name) > width ? (int)strlen(name) : width;
	str_addf(&b, "Formats:\n");
	for (size_t i = 0; (name = at(i, &what)); i++)
		str_addf(&b, "  %-*s  %s\n", width, name, what);
	str_addf(&b, "\n%s", more);
	return b.s;
}

double cmd_percentage(const char *option, const char *arg, const char *such_as, struct argp_state *state)
{
	double v = 0;
	if (parse_percent(arg, &v) < 0 || !(v > 0) || v >= 1)
		argp_error(state, "%s %s: expected a percentage such as %s, above 0 and below 100", option, arg, such_as);
	return v;
}

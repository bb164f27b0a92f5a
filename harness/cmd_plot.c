/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_plot.c - a run's figures alone, as SVG and PNG, for a page or for slides. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "report/figures.h"
#include "store/store.h"

#include <errno.h>
#include <string.h>

enum { OPT_THEME = 0x100 };

struct args {
	const char *run, *output;
	enum figure_theme theme;
};

static const struct argp_option options[] = {
	{ "output", 'o', "DIR", 0, "where the figures and their data go (default: plots/ in the run's directory, plots/slides/ for slides)", 0 },
	{ "theme", OPT_THEME, "page|slides", 0, "slides: larger letters and thicker lines, 1920 dots wide", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	switch (key) {
	case 'o': a->output = arg; return 0;
	case OPT_THEME:
		if (strcmp(arg, "page") != 0 && strcmp(arg, "slides") != 0)
			argp_error(state, "--theme %s: expected page or slides", arg);
		a->theme = strcmp(arg, "slides") == 0 ? THEME_SLIDES : THEME_PAGE;
		return 0;
	default: return cmd_run_arg(&a->run, key, arg, state);
	}
}

static const struct argp argp = { options, parse, "RUN", "Draw the figures of a run as SVG and PNG, without its report.", NULL, NULL, NULL };

static void report_freep(struct report **r)
{
	report_free(*r);
}

static int draw(const struct run *run, enum figure_theme theme, const char *dir, struct err *err)
{
	cleanup(report_freep) struct report *r = report_new(run);
	cleanup(figures_free) struct figures made = { 0 };
	cleanup_free char *gp = path_plots(), *missing = NULL;
	bool drawn[FIG_COUNT] = { 0 };
	int e = figures_write(r, theme, dir, &made, err), n = 0;
	if (e < 0)
		return e;
	figures_draw(&made, gp, dir, dir, ".svg", drawn, &missing);
	if (!missing)
		figures_draw(&made, gp, dir, dir, ".png", drawn, &missing);
	if (missing)
		return err_setf(err, -EIO, "not every figure could be drawn");
	for (int f = 0; f < FIG_COUNT; f++)
		n += drawn[f];
	if (n == 0)
		return err_setf(err, -ENODATA, "%s has nothing to draw%s", run->id, r->n_ok ? "" : ": no launch of it succeeded");
	log_infof("wrote %d figures to %s", n, dir);
	return 0;
}

int cmd_plot(int argc, char **argv)
{
	struct args a = { 0 };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	struct err err = { 0 };
	cleanup(run_freep) struct run *run = NULL;
	if (store_load_each(a.run, report_sum_launch, &run, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	cleanup_free char *dir = a.output ? xstrdup(a.output) : xasprintf("%s/plots%s", run->dir, a.theme == THEME_SLIDES ? "/slides" : "");
	int r = fs_mkdirs(dir, 0755);
	cleanup_free char *real = r < 0 ? NULL : realpath(dir, NULL);
	if (!real)
		err_sysf(&err, r < 0 ? r : -errno, "can't make the directory %s", dir);
	else
		r = draw(run, a.theme, real, &err);
	return !real || r < 0 ? cmd_fail(&err, EXIT_FAILED) : EXIT_OK;
}

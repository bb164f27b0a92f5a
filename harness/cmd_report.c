/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_report.c - write REPORT.md, report.html and plots from a run. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "report/model.h"
#include "report/report.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { OPT_HTML = 0x100 };

struct args {
	const char *run, *output, *html;
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "the report (default: REPORT.md in the run's directory); plots go to plots/ beside it", 0 },
	{ "html", OPT_HTML, "FILE", 0, "the same as one page that needs no other file (default: report.html beside REPORT.md)", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	switch (key) {
	case 'o': a->output = arg; return 0;
	case OPT_HTML: a->html = arg; return 0;
	default: return cmd_run_arg(&a->run, key, arg, state);
	}
}

static const struct argp argp = { options, parse, "RUN", "Write the report of a run, as text and as a page, with its plots.", NULL, NULL, NULL };

/* Plots go beside the report: what is there must be a file. */
static int check_output(const char *path, const char *option, struct err *err)
{
	struct stat st;
	if (!path || stat(path, &st) < 0 || S_ISREG(st.st_mode))
		return 0;
	if (S_ISDIR(st.st_mode))
		return err_setf(err, -EISDIR, "%s %s is a directory; expected a file, such as %s/REPORT.%s", option, path, path,
		                strcmp(option, "-o") == 0 ? "md" : "html");
	return err_setf(err, -EINVAL, "%s %s is no file; expected one that can be written, and plots/ beside it", option, path);
}

int cmd_report(int argc, char **argv)
{
	struct args a = { 0 };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	struct err err = { 0 };
	struct run *run = NULL;
	if (check_output(a.output, "-o", &err) < 0 || check_output(a.html, "--html", &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	if (store_load_each(a.run, report_sum_launch, &run, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	cleanup_free char *path = a.output ? xstrdup(a.output) : xasprintf("%s/REPORT.md", run->dir), *plots = path_plots();
	int r = report_write(run, &(struct report_paths){ .md = path, .html = a.html, .gp_dir = plots }, &err);
	run_free(run);
	if (r < 0)
		return cmd_fail(&err, EXIT_FAILED);
	log_infof("wrote %s", path);
	return EXIT_OK;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_compare.c - two runs cell by cell, or the overheads of many. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "report/compare.h"
#include "store/gathered.h"
#include "store/store.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define SAID_MOST 40                    /* differences, where runs are refused */
#define KEPT (64 << 20)                 /* bytes of memory that are not given back between runs, for each thread */

enum { KEY_FORCE = 0x100, KEY_FAIL_ABOVE, KEY_STRICT, KEY_OVERHEADS, KEY_PLOTS };

struct args {
	struct strv runs;
	const char *output, *plots;
	double margin, fail_above;      /* below 0: not given */
	bool force, strict, overheads;
};

static const struct argp_option options[] = {
	{ "margin", 'm', "PERCENT", 0, "the smallest difference that matters (default: the suites')", 0 },
	{ "output", 'o', "FILE", 0, "write the comparison as Markdown too", 0 },
	{ "plots", KEY_PLOTS, "DIR", 0, "draw it too, as SVG and PNG: of two runs the launches side by side, of more a forest of overheads and a map", 0 },
	{ "force", KEY_FORCE, NULL, 0, "compare what can't be compared; the output says so", 0 },
	{ "fail-above", KEY_FAIL_ABOVE, "PERCENT", 0, "status 3 when a cell of B costs more than A's by more than that: its whole interval lies above, and "
	  "its adjusted p is below 0.05, and it is above the noise floor", 0 },
	{ "strict", KEY_STRICT, NULL, 0, "with --fail-above: status 5 when an interval reaches above it, or a cell has none", 0 },
	{ "overheads", KEY_OVERHEADS, NULL, 0, "with --fail-above: judge each arm's overhead over its own run's host, not its cost", 0 },
	{ 0 },
};

static void check_args(const struct args *a, struct argp_state *state)
{
	if (a->runs.n < 2)
		argp_error(state, "expected two runs or more, directories in results/");
	if (a->runs.n > 2 && (a->fail_above >= 0 || a->margin >= 0))
		argp_error(state, "--margin and --fail-above are for two runs");
	if (a->fail_above < 0 && (a->strict || a->overheads))
		argp_error(state, "--strict and --overheads go with --fail-above");
}

/* A directory that `merge` made stands for the runs in it. */
static error_t add_runs(struct args *a, const char *dir, struct argp_state *state)
{
	struct err err = { 0 };
	if (gathered_dirs(dir, &a->runs, &err) < 0)
		argp_error(state, "%s", err.msg);
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	switch (key) {
	case 'm': a->margin = cmd_percentage("--margin", arg, "2%", state); return 0;
	case 'o': a->output = arg; return 0;
	case KEY_PLOTS: a->plots = arg; return 0;
	case KEY_FORCE: a->force = true; return 0;
	case KEY_FAIL_ABOVE:
		if (parse_percent(arg, &a->fail_above) < 0)
			argp_error(state, "--fail-above %s: expected a percentage such as 5%%", arg);
		return 0;
	case KEY_STRICT: a->strict = true; return 0;
	case KEY_OVERHEADS: a->overheads = true; return 0;
	case ARGP_KEY_ARG: return add_runs(a, arg, state);
	case ARGP_KEY_END: check_args(a, state); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	options, parse, "A B\nRUN RUN RUN...\nMERGED",
	"Compare two runs, A against B: every cell that both have, its cost ratio with the 95 % interval, and what may be said of it. More than "
	"two, or those in a directory that `isocost merge` made: what each arm costs over the bare host of its own run.\v"
	"Runs of another workload program, of other parameters or results of a workload, of another envelope, or with a guest under KVM "
	"here and under TCG there are refused. docs/method.md says how the words come about.",
	NULL, NULL, NULL,
};

static void report_freep(struct report **r)
{
	report_free(*r);
}

static void compare_freep(struct compare **c)
{
	compare_free(*c);
}

static int columns(void)
{
	struct winsize ws = { 0 };
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col >= 40 ? ws.ws_col : 130;
}

/* 0 when nothing speaks against comparing, or it is forced. */
static int refuse(const struct args *a, const struct strv *against)
{
	if (!against->n || a->force)
		return 0;
	log_errorf("these runs can't be compared:");
	for (size_t i = 0; i < against->n && i < SAID_MOST; i++)
		log_errorf("  %s", against->v[i]);
	if (against->n > SAID_MOST)
		log_errorf("  and %zu more", against->n - SAID_MOST);
	log_errorf("--force compares them nevertheless, and says so");
	return EXIT_USAGE;
}

static int put(const struct args *a, const char *text, const char *md)
{
	struct err err = { 0 };
	fputs(text, stdout);
	if (!a->output)
		return EXIT_OK;
	int r = fs_replace(a->output, md, strlen(md), 0644);
	if (r < 0) {
		err_sysf(&err, r, "can't write %s", a->output);
		return cmd_fail(&err, EXIT_FAILED);
	}
	log_infof("wrote %s", a->output);
	return EXIT_OK;
}

/* One of the two is not NULL. */
static int plots(const struct args *a, const struct compare *c, const struct overheads *o)
{
	struct err err = { 0 };
	if (!a->plots)
		return EXIT_OK;
	cleanup_free char *gp = path_plots();
	int r = fs_mkdirs(a->plots, 0755);
	cleanup_free char *dir = r < 0 ? NULL : realpath(a->plots, NULL);
	if (!dir) {
		err_sysf(&err, r < 0 ? r : -errno, "can't make the directory %s", a->plots);
		return cmd_fail(&err, EXIT_FAILED);
	}
	r = c ? compare_plots(c, gp, dir, &err) : overheads_plots(o, gp, dir, &err);
	if (r < 0)
		return cmd_fail(&err, EXIT_FAILED);
	log_infof("wrote figures to %s", a->plots);
	return EXIT_OK;
}

static int judge(const struct args *a, const struct compare *c)
{
	cleanup(strv_free) struct strv lines = { 0 };
	if (a->fail_above < 0)
		return EXIT_OK;
	enum compare_gate g = compare_gate(c, a->fail_above, a->overheads, &lines);
	for (size_t i = 0; i < lines.n; i++)
		log_warnf("above %.3g %%: %s", 100 * a->fail_above, lines.v[i]);
	if (g == GATE_FAILED)
		return EXIT_REGRESSED;
	return g == GATE_OPEN && a->strict ? EXIT_INCONCLUSIVE : EXIT_OK;
}

static int compare_two(const struct args *a)
{
	struct err err = { 0 };
	cleanup(run_freep) struct run *first = NULL;
	cleanup(run_freep) struct run *second = NULL;
	if (store_load_each(a->runs.v[0], report_sum_median, &first, &err) < 0 || store_load_each(a->runs.v[1], report_sum_median, &second, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	cleanup(strv_free) struct strv against = { 0 };
	cleanup(strv_free) struct strv notes = { 0 };
	comparable_check(first, second, "A", "B", a->margin < 0, &against);
	if (refuse(a, &against))
		return EXIT_USAGE;
	comparable_notes(first, second, "A", "B", &notes);
	cleanup(report_freep) struct report *ra = report_new(first);
	cleanup(report_freep) struct report *rb = report_new(second);
	cleanup(compare_freep) struct compare *c = compare_new(ra, rb, a->margin < 0 ? first->margin : a->margin);
	if (!c->n) {
		log_errorf("%s and %s have no cell in common: no arm with figures of the same workload", a->runs.v[0], a->runs.v[1]);
		return EXIT_USAGE;
	}
	if (a->overheads && !c->n_overheads) {
		log_errorf("--overheads: there are none; they take the bare host and one more arm in both runs");
		return EXIT_USAGE;
	}
	cleanup_free char *text = compare_text(c, &against, &notes, columns(), log_has_colour(STDOUT_FILENO));
	cleanup_free char *md = compare_md(c, &against, &notes);
	int status = put(a, text, md);
	status = status == EXIT_OK ? plots(a, c, NULL) : status;
	return status == EXIT_OK ? judge(a, c) : status;
}

static int compare_many(const struct args *a)
{
	struct err err = { 0 };
	cleanup(strv_free) struct strv against = { 0 };
	cleanup(overheads_free) struct overheads o = { .room = a->runs.n };
	/* One run's memory is the next one's: given back and taken again, each of its pages would be cleared anew. */
	mallopt(M_TRIM_THRESHOLD, KEPT);
	mallopt(M_MMAP_THRESHOLD, KEPT / 4);
	if (overheads_gather(&a->runs, &o, &against, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	if (refuse(a, &against))
		return EXIT_USAGE;
	if (!o.n) {
		log_errorf("none of these runs has overheads: they take the bare host and one more arm");
		return EXIT_USAGE;
	}
	overheads_finish(&o);
	cleanup_free char *text = overheads_text(&o, &against, columns(), log_has_colour(STDOUT_FILENO));
	cleanup_free char *md = overheads_md(&o, &against);
	int status = put(a, text, md);
	return status == EXIT_OK ? plots(a, NULL, &o) : status;
}

int cmd_compare(int argc, char **argv)
{
	struct args a = { .margin = -1, .fail_above = -1 };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	int status = a.runs.n > 2 ? compare_many(&a) : compare_two(&a);
	strv_free(&a.runs);
	return status;
}

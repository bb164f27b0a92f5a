/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ratio.c - the ratio of two lists of numbers, with the interval and the words that reports use. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "stats/boot.h"
#include "stats/paired.h"
#include "stats/quantile.h"
#include "stats/verdict.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ratio_args {
	const char *file[2];
	unsigned n;
	double margin;
	bool paired;
};

struct list {
	double *v;
	size_t n;
};

static void list_free(struct list *l)
{
	free(l->v);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct ratio_args *a = state->input;
	switch (key) {
	case 'm':
		if (parse_percent(arg, &a->margin) < 0 || !(a->margin > 0) || a->margin >= 1)
			argp_error(state, "--margin %s: expected a percentage such as 5%%", arg);
		return 0;
	case 'p': a->paired = true; return 0;
	case ARGP_KEY_ARG:
		if (a->n == 2)
			argp_error(state, "two files, not more");
		a->file[a->n++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (a->n < 2)
			argp_error(state, "expected two files of numbers");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "margin", 'm', "PERCENT", 0, "the smallest difference that matters (5%)", 0 },
	{ "paired", 'p', NULL, 0, "line by line: the numbers of a line were measured one after the other", 0 },
	{ 0 },
};

static const struct argp argp = {
	options, parse, "A B",
	"The ratio of the medians of two files of numbers, A over B, with its 95 % bootstrap interval; with --paired the median of the ratios, line by "
	"line, with its interval, so that what changes from line to line is in neither.\v"
	"A file has one number above 0 a line. Printed are, with tabs between: the median of A, that of B, their ratio, the two ends of the "
	"interval ('-' with fewer than 6 numbers), and within-margin, outside or open.",
	NULL, NULL, NULL,
};

static int read_list(const char *path, struct list *ret, struct err *err)
{
	cleanup_free char *text = NULL;
	int r = fs_read(path, &text, NULL), line = 1;
	if (r < 0)
		return err_sysf(err, r, "can't read %s", path);
	for (char *at = text, *end; *at; at = end + (*end == '\n'), line++) {
		double v = strtod(at, &end);
		if (end == at || (*end && *end != '\n') || !isfinite(v) || v <= 0)
			return err_setf(err, -EINVAL, "%s:%d: expected a number above 0", path, line);
		ret->v = xrealloc(ret->v, ret->n + 1, sizeof(*ret->v));
		ret->v[ret->n++] = v;
	}
	return ret->n ? 0 : err_setf(err, -EINVAL, "%s: there are no numbers in it", path);
}

static int check_pairs(const struct ratio_args *args, const struct list *a, const struct list *b, struct err *err)
{
	if (a->n != b->n)
		return err_setf(err, -EINVAL, "%s has %zu numbers and %s has %zu: --paired takes as many of each", args->file[0], a->n,
		                args->file[1], b->n);
	return 0;
}

static const char *word(enum verdict v)
{
	return v == VERDICT_WITHIN_MARGIN ? "within-margin" : v == VERDICT_SLOWER || v == VERDICT_FASTER ? "outside" : "open";
}

int cmd_ratio(int argc, char **argv)
{
	struct ratio_args args = { .margin = 0.05 };
	struct err err = { 0 };
	cleanup(list_free) struct list a = { 0 }, b = { 0 };
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (read_list(args.file[0], &a, &err) < 0 || read_list(args.file[1], &b, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	double top = stats_median(a.v, a.n), below = stats_median(b.v, b.n), ratio = top / below;
	struct stats_interval i;
	if (args.paired) {
		if (check_pairs(&args, &a, &b, &err) < 0)
			return cmd_fail(&err, EXIT_USAGE);
		struct stats_paired p = stats_paired_ratio(a.v, b.v, a.n);
		ratio = p.ratio;
		i = p.ci;
	} else {
		i = stats_boot_ratio(a.v, a.n, b.v, b.n, 1);
	}
	printf("%.6g\t%.6g\t%.4f\t", top, below, ratio);
	if (i.ok)
		printf("%.4f\t%.4f", i.lo, i.hi);
	else
		printf("-\t-");
	printf("\t%s\n", word(stats_verdict(i, args.margin)));
	return EXIT_OK;
}

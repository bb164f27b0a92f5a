/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_power.c - how many launches it takes to find a change, from a run that is there. */
#include "cmd.h"

#include "base/cleanup.h"
#include "report/needed.h"
#include "store/store.h"

#include <stdio.h>

#define CELLS_MAX 100000

enum { KEY_DETECT = 0x100, KEY_POWER, KEY_CELLS };

struct args {
	const char *run;
	double detect, power;
	uint64_t cells;
	bool json;
};

static const struct argp_option options[] = {
	{ "detect", KEY_DETECT, "PERCENT", 0, "the change that is to be found (default: the suite's margin)", 0 },
	{ "power", KEY_POWER, "PERCENT", 0, "in what share of experiments it is to be found (default: 90%)", 0 },
	{ "cells", KEY_CELLS, "N", 0, "of a comparison of so many cells, which is corrected for their number (default: 1)", 0 },
	{ "json", 'j', NULL, 0, "the same as JSON", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	switch (key) {
	case KEY_DETECT: a->detect = cmd_percentage("--detect", arg, "1%", state); return 0;
	case KEY_POWER:
		a->power = cmd_percentage("--power", arg, "90%", state);
		if (a->power < 0.5)
			argp_error(state, "--power %s: expected at least 50%%: what is found less often is found by chance", arg);
		return 0;
	case KEY_CELLS:
		if (parse_u64(arg, &a->cells) < 0 || a->cells < 1 || a->cells > CELLS_MAX)
			argp_error(state, "--cells %s: expected a whole number from 1 to %d", arg, CELLS_MAX);
		return 0;
	case 'j': a->json = true; return 0;
	default: return cmd_run_arg(&a->run, key, arg, state);
	}
}

static const struct argp argp = {
	options, parse, "RUN",
	"How many launches it takes to find a change, cell by cell, from how the launches of a run scattered; and what of the scatter lies within "
	"launches, so that longer ones would help.\v"
	"A change of one PERCENT is one percent more cost, or the rate of one percent more. It assumes launches that are about lognormal; two "
	"modes or a long tail want more. docs/method.md has the formula and what it was held against.\n\nExamples:\n"
	"  isocost power results/RUN --detect 1%\n"
	"  isocost power results/RUN --detect 1% --json | jq .launches",
	NULL, NULL, NULL,
};

static void report_freep(struct report **r)
{
	report_free(*r);
}

int cmd_power(int argc, char **argv)
{
	struct args a = { .power = 0.9, .cells = 1 };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	struct err err = { 0 };
	cleanup(run_freep) struct run *run = NULL;
	if (store_load_each(a.run, report_sum_launch, &run, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	cleanup(report_freep) struct report *r = report_new(run);
	const struct needed_conf conf = { .detect = a.detect > 0 ? a.detect : run->margin, .power = a.power, .cells = (unsigned)a.cells };
	cleanup_free struct needed *v = NULL;
	size_t n = needed_make(r, &conf, &v);
	if (a.json) {
		export_json(needed_json(r, &conf, v, n), stdout);
		return EXIT_OK;
	}
	cleanup_free char *text = needed_text(r, &conf, v, n);
	fputs(text, stdout);
	return EXIT_OK;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_import.c - results of other tools as a run, so that show, report and compare take them. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "store/import.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

#define MARGIN 0.02                     /* as of a suite that says none */

struct args {
	struct strv files;
	const char *arm, *name, *results;
	const struct import_format *format;
	double margin;
};

static const struct argp_option options[] = {
	{ "format", 'f', "FORMAT", 0, "one of those below (default: guessed from the content)", 0 },
	{ "arm", 'a', "NAME", 0, "the arm whose figures these are, where the files don't say it (default: " IMPORT_ARM ")", 0 },
	{ "name", 'N', "NAME", 0, "what the run is called, as a suite is (default: the first file's name)", 0 },
	{ "margin", 'm', "PERCENT", 0, "the smallest difference that matters (default: 2%)", 0 },
	{ "output", 'o', "DIR", 0, "directory that gets the run's directory (default: as of `isocost run`)", 0 },
	{ 0 },
};

static const char *format_at(size_t i, const char **ret_what)
{
	const struct import_format *f = import_formats[i];
	*ret_what = f ? f->what : NULL;
	return f ? f->name : NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	switch (key) {
	case 'f':
		a->format = import_format_find(arg);
		if (!a->format)
			cmd_no_format(format_at, arg, state);
		return 0;
	case 'a':
		if (!*arg)
			argp_error(state, "--arm: expected a name");
		a->arm = arg;
		return 0;
	case 'N':
		if (!*arg)
			argp_error(state, "--name: expected a name");
		a->name = arg;
		return 0;
	case 'm': a->margin = cmd_percentage("--margin", arg, "2%", state); return 0;
	case 'o': a->results = arg; return 0;
	case ARGP_KEY_ARG: strv_add(&a->files, arg); return 0;
	case ARGP_KEY_NO_ARGS: argp_error(state, "no file; expected results of another tool"); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* The formats behind the text of --help, from their table. */
static char *help(int key, const char *text, void *input)
{
	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	return cmd_formats_help(format_at, "An arm that is called host is what ratios refer to. What is left out is said on standard error. "
	                                   "docs/import.md tells what becomes of names and units.");
}

static const struct argp argp = { options, parse, "FILE...\nARM=FILE...",
	                          "Make a run of the results of other tools, for show, report, compare and export. Its directory is printed.\v",
	                          NULL, help, NULL };

/* "arm=file" is a file of that arm, unless there is a file of that name. The file, and its arm: the caller's, or NULL. */
static const char *file_of(const char *given, char **ret_arm)
{
	const char *equal = strchr(given, '=');
	*ret_arm = NULL;
	if (!equal || equal == given || memchr(given, '/', (size_t)(equal - given)) || fs_exists(given))
		return given;
	*ret_arm = xstrndup(given, (size_t)(equal - given));
	return equal + 1;
}

/* "bench" of "…/bench.txt". Caller frees. */
static char *name_of(const char *given)
{
	cleanup_free char *arm = NULL;
	const char *file = file_of(given, &arm), *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file, *dot = strrchr(base, '.');
	return dot && dot > base ? xstrndup(base, (size_t)(dot - base)) : xstrdup(*base ? base : RUN_IMPORTED);
}

static int read_all(const struct args *a, struct import *im, struct err *err)
{
	for (size_t i = 0; i < a->files.n; i++) {
		cleanup_free char *arm = NULL;
		const char *file = file_of(a->files.v[i], &arm);
		int r = import_file(im, file, arm ? arm : a->arm, a->format, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* All of it or nothing. */
static int keep(const struct args *a, struct run *run, struct err *err)
{
	cleanup_free char *results = path_results();
	struct store store = { .journal = -1, .lock = -1 };
	int r = store_create(a->results ? a->results : results, run, &store, err);
	if (r < 0)
		return r;
	r = store_append_all(&store, run->launches, run->n_launches, err);
	store_close(&store);
	if (r < 0)
		fs_rmtree(run->dir);
	return r;
}

static int import(const struct args *a)
{
	struct err err = { 0 };
	cleanup_free char *name = a->name ? xstrdup(a->name) : name_of(a->files.v[0]);
	cleanup(import_free) struct import im = import_new(name, a->margin);
	if (read_all(a, &im, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	for (size_t i = 0; i < im.notes.n; i++)
		log_warnf("%s", im.notes.v[i]);
	cleanup(run_freep) struct run *run = import_steal(&im);
	if (keep(a, run, &err) < 0)
		return cmd_fail(&err, EXIT_FAILED);
	log_infof("%zu launches imported. Look at them with: isocost show %s", run->n_launches, run->dir);
	puts(run->dir);
	return EXIT_OK;
}

int cmd_import(int argc, char **argv)
{
	struct args a = { .margin = MARGIN };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	int status = import(&a);
	strv_free(&a.files);
	return status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_merge.c - runs of many hosts into one directory, or runs of one host into one run. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "report/compare.h"
#include "store/gathered.h"
#include "store/store.h"

#include <errno.h>
#include <string.h>

#define SAID_MOST 40

enum { KEY_FORCE = 0x100, KEY_POOL };

struct args {
	struct strv given;
	const char *output;
	bool force, pool;
};

static const struct argp_option options[] = {
	{ "output", 'o', "DIR", 0, "the new directory; it must not be there", 0 },
	{ "pool", KEY_POOL, NULL, 0, "make one run of all launches: runs of one suite, build and host", 0 },
	{ "force", KEY_FORCE, NULL, 0, "merge runs that are not whole or can't be compared; the index says so", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	switch (key) {
	case 'o': a->output = arg; return 0;
	case KEY_FORCE: a->force = true; return 0;
	case KEY_POOL: a->pool = true; return 0;
	case ARGP_KEY_ARG: strv_add(&a->given, arg); return 0;
	case ARGP_KEY_END:
		if (!a->given.n)
			argp_error(state, "no run; expected directories in results/");
		if (!a->output || !*a->output)
			argp_error(state, "expected -o DIR");
		if (a->pool && a->force)
			argp_error(state, "--pool and --force exclude each other: launches that differ are not of one run");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	options, parse, "RUN... -o DIR",
	"Put runs, of many hosts, into one directory: HOST/ID/ each, with index.json. `isocost compare DIR` compares them. A RUN may be such a "
	"directory itself. With --pool, make one run of the launches of several.\v"
	"Nothing is changed in the runs, and nothing mended: one that is not whole, that differs in suite, workload program, envelope or results "
	"is refused with the reason, unless --force is given. The same run twice is refused always. docs/results-format.md tells of index.json and "
	"of a pooled run.",
	NULL, NULL, NULL,
};

static void check_whole(const struct run *run, const char *dir, struct strv *against)
{
	unsigned missing = run_missing(run);
	if (missing)
		strv_addf(against, "%s is not complete: %zu of %s%zu launches", dir, run->n_launches, run->adaptive.on ? "at least " : "", run->n_launches + missing);
	else if (!run->ended)
		strv_addf(against, "%s has no end: it runs, or was killed", dir);
}

static void check_same(const struct run *first, const struct run *run, const char *first_dir, const char *dir, struct strv *against)
{
	if (strcmp(first->suite_text, run->suite_text) != 0)
		strv_addf(against, "suite: %s in %s, %s in %s, or the same with another text", first->suite, first_dir, run->suite, dir);
	comparable_check(first, run, first_dir, dir, true, against);
}

/* What else must be the same where launches become those of one run. */
static void check_pool(const struct run *first, const struct run *run, const char *first_dir, const char *dir, struct strv *against)
{
	static const char *const facts[] = { "host.name", "cpu.model", "kernel.release", "kernel.command_line" };
	if (run_is_imported(first) || run_is_imported(run))
		strv_addf(against, "%s is imported: `isocost import` takes several files for one run", run_is_imported(first) ? first_dir : dir);
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
		const char *a = kvs_get(&first->host_before, facts[i]), *b = kvs_get(&run->host_before, facts[i]);
		if (strcmp(a ? a : "", b ? b : "") != 0)
			strv_addf(against, "%s: %s in %s, %s in %s", facts[i], a ? a : "none", first_dir, b ? b : "none", dir);
	}
	if (strcmp(first->tool_version, run->tool_version) != 0)
		strv_addf(against, "isocost: %s in %s, %s in %s", first->tool_version, first_dir, run->tool_version, dir);
	bool same = first->n_arms == run->n_arms && first->n_workloads == run->n_workloads;
	for (size_t i = 0; same && i < first->n_arms; i++)
		same = strcmp(first->arms[i].name, run->arms[i].name) == 0 && first->arms[i].available == run->arms[i].available;
	for (size_t i = 0; same && i < first->n_workloads; i++)
		same = strcmp(first->workloads[i].name, run->workloads[i].name) == 0;
	if (!same)
		strv_addf(against, "arms or workloads: those of %s are not those of %s", dir, first_dir);
}

static int refuse(const struct args *a, const struct strv *against)
{
	if (!against->n || a->force)
		return EXIT_OK;
	log_errorf(a->pool ? "these runs can't be pooled:" : "these runs can't be merged:");
	for (size_t i = 0; i < against->n && i < SAID_MOST; i++)
		log_errorf("  %s", against->v[i]);
	if (against->n > SAID_MOST)
		log_errorf("  and %zu more", against->n - SAID_MOST);
	if (!a->pool)
		log_errorf("--force merges them nevertheless, and says so in the index");
	return EXIT_USAGE;
}

/* One run in memory at a time, besides the first. */
static int gather(const struct args *a, const struct strv *dirs, struct gathered *g, struct run **ret_first, struct err *err)
{
	for (size_t i = 0; i < dirs->n; i++) {
		cleanup(run_freep) struct run *run = NULL;
		int r = store_load_each(dirs->v[i], report_sum_median, &run, err);
		if (r == 0)
			r = gathered_add(g, run->dir, run, err);
		if (r < 0)
			return r;
		check_whole(run, dirs->v[i], &g->against);
		if (*ret_first)
			check_same(*ret_first, run, dirs->v[0], dirs->v[i], &g->against);
		if (*ret_first && a->pool)
			check_pool(*ret_first, run, dirs->v[0], dirs->v[i], &g->against);
		if (!*ret_first)
			*ret_first = ptr_steal(&run);
	}
	return 0;
}

static int merge(const struct args *a)
{
	struct err err = { 0 };
	cleanup(strv_free) struct strv dirs = { 0 };
	cleanup(gathered_free) struct gathered g = { 0 };
	cleanup(run_freep) struct run *first = NULL;
	int r = 0;
	for (size_t i = 0; i < a->given.n && r == 0; i++)
		r = gathered_dirs(a->given.v[i], &dirs, &err);
	if (r == 0)
		r = gather(a, &dirs, &g, &first, &err);
	if (r < 0)
		return cmd_fail(&err, EXIT_USAGE);
	if (a->pool && g.n < 2) {
		err_setf(&err, -EINVAL, "--pool: expected two runs or more");
		return cmd_fail(&err, EXIT_USAGE);
	}
	if (refuse(a, &g.against) != EXIT_OK)
		return EXIT_USAGE;
	r = a->pool ? gathered_pool(&g, a->output, &err) : gathered_write(&g, first, a->output, &err);
	if (r < 0)
		return cmd_fail(&err, r == -EEXIST ? EXIT_USAGE : EXIT_FAILED);
	for (size_t i = 0; i < g.against.n; i++)
		log_warnf("merged nevertheless: %s", g.against.v[i]);
	log_infof("%zu runs %s %s", g.n, a->pool ? "pooled into" : "in", a->output);
	return EXIT_OK;
}

int cmd_merge(int argc, char **argv)
{
	struct args a = { 0 };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	int status = merge(&a);
	strv_free(&a.given);
	return status;
}

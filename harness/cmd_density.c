/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_density.c - many instances of an arm alive at once: how starts slow down, what each holds of the host. */
#include "density_held.h"
#include "onearm.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "report/fmt.h"
#include "run/density.h"
#include "run/leftovers.h"
#include "stats/quantile.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define N_MAX 100000            /* more is a slip of the finger on any host */

struct args {
	struct common common;
	const char *arm, *suite;
	struct kvs options;
	uint64_t n;
	bool json;
};

static const struct argp_option options[] = {
	{ "arm", 'a', "ARM", 0, "host, container, vm, or an arm of the suite that -s names (default: container)", 0 },
	{ "instances", 'n', "N", 0, "how many (default: 100)", 0 },
	{ "suite", 's', "SUITE", 0, "the suite that defines the arm and the envelope", 0 },
	{ "option", 'O', "KEY=VALUE", 0, "an option of the arm's driver; `isocost list arms` shows them", 0 },
	{ "json", 'j', NULL, 0, "the figures as JSON, in base units", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	char *eq;
	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->common; return 0;
	case 'a': a->arm = arg; return 0;
	case 's': a->suite = arg; return 0;
	case 'j': a->json = true; return 0;
	case 'n':
		if (parse_u64(arg, &a->n) < 0 || a->n < 1 || a->n > N_MAX)
			argp_error(state, "--instances %s: expected a number from 1 to %d", arg, N_MAX);
		return 0;
	case 'O':
		eq = strchr(arg, '=');
		if (!eq)
			argp_error(state, "--option %s: expected KEY=VALUE", arg);
		*eq = '\0';
		kvs_set(&a->options, arg, eq + 1, 0);
		return 0;
	case ARGP_KEY_ARG: argp_error(state, "unexpected '%s'; the arm is named with -a", arg); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
	options, parse, "",
	"Start instances of an arm one after the other, keep all of them alive, then end all: how the time of a start changes as they "
	"become many, what each holds of the harness and of the host, and whether nothing is left.\v"
	"Each instance runs `isoload hold`, which does nothing. What the host holds is read from /proc/meminfo: everything else that "
	"happens on the host is in it, and with few instances mostly that. What each instance holds is read from its processes when all "
	"are there: the proportional set size counts a page that k processes map, of whatever instance, as 1/k.\n\nExamples:\n"
	"  isocost density -n 1000\n"
	"  isocost density -a host -n 1000\n  isocost density -a container -O network=host",
	children, NULL, NULL,
};

/* One line of the table: the instances that were started between two readings. */
struct group {
	unsigned alive;
	double start_p50, start_max, rate, slowdown;    /* s, s, 1/s, ratio of the first group's rate to this one's */
	double rss, used, slab;                         /* growth since the first reading for each instance alive, bytes */
};

static double growth(uint64_t now, uint64_t first, unsigned n)
{
	return now && first ? ((double)now - (double)first) / n : NAN;
}

static void group_make(const struct density *d, size_t i, double first_rate, struct group *ret)
{
	const struct density_reading *r = &d->readings[i], *before = r - 1, *zero = d->readings;
	size_t n = r->alive - before->alive;
	cleanup_free double *v = xcalloc(n, sizeof(*v));
	memcpy(v, d->start_s + before->alive, n * sizeof(*v));
	stats_sort(v, n);
	*ret = (struct group){
		.alive = r->alive, .start_p50 = stats_quantile(v, n, 0.5), .start_max = v[n - 1],
		.rate = (double)n * 1e9 / (double)(r->begin_ns - before->end_ns), .rss = growth(r->rss, zero->rss, r->alive),
		.used = growth(r->used, zero->used, r->alive), .slab = growth(r->slab, zero->slab, r->alive),
	};
	ret->slowdown = first_rate > 0 ? first_rate / ret->rate : 1;
}

static struct group *groups_make(const struct density *d, size_t *ret_n)
{
	*ret_n = d->n_readings > 1 ? d->n_readings - 1 : 0;
	struct group *g = xcalloc(*ret_n + 1, sizeof(*g));
	for (size_t i = 0; i < *ret_n; i++)
		group_make(d, i + 1, i ? g[0].rate : 0, &g[i]);
	return g;
}

static void print_cell(int width, char *text)
{
	/* µ takes two bytes. */
	int extra = 0;
	for (const char *s = text; *s; s++)
		extra += (*s & 0xc0) == 0x80;
	printf("  %*s", width + extra, text);
	free(text);
}

static char *bytes(double v)
{
	return isnan(v) ? xstrdup(FMT_NONE) : v < 0 ? xstrdup("< 0") : fmt_bytes(v);
}

static void print_table(const struct density *d, const struct group *g, size_t n, const char *label)
{
	if (n)
		printf("%s\n  %6s  %9s  %9s  %8s  %8s  %9s  %9s  %9s\n", label, "alive", "start p50", "max", "per s", "slowdown", "harness",
		       "host", "slab");
	for (size_t i = 0; i < n; i++) {
		printf("  %6u", g[i].alive);
		print_cell(9, fmt_value(g[i].start_p50, "s"));
		print_cell(9, fmt_value(g[i].start_max, "s"));
		print_cell(8, fmt_number(g[i].rate));
		print_cell(8, fmt_number(g[i].slowdown));
		print_cell(9, bytes(g[i].rss));
		print_cell(9, bytes(g[i].used));
		print_cell(9, bytes(g[i].slab));
		putchar('\n');
	}
	if (n)
		printf("  slowdown: the first line's rate over this one's. harness, host, slab: growth for each instance alive, of the\n"
		       "  harness's resident memory, of what the host uses and of the kernel's objects in it; the last two see the whole host\n");
	cleanup_free char *all = fmt_count(d->n, "instance", "instances"), *time = fmt_value(d->teardown_s, "s");
	density_held_print(d);
	printf("  %s alive at once, all ended in %s\n", all, time);
}

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static void print_json(const struct density *d, const struct group *g, size_t n, const struct one_arm *a, const struct args *args,
                       const struct strv *left)
{
	json_t *groups = json_array(), *starts = json_array(), *lines = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(groups, json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "alive", (int)g[i].alive, "start_p50",
		                                        number(g[i].start_p50), "start_max", number(g[i].start_max), "rate", number(g[i].rate),
		                                        "slowdown", number(g[i].slowdown), "harness_memory", number(g[i].rss), "host_memory",
		                                        number(g[i].used), "host_slab", number(g[i].slab)));
	for (unsigned i = 0; i < d->n; i++)
		json_array_append_new(starts, json_real(d->start_s[i]));
	for (size_t i = 0; i < left->n; i++)
		json_array_append_new(lines, json_string(left->v[i]));
	json_t *o = json_pack("{s:s, s:s, s:i, s:i, s:o, s:o, s:o, s:f, s:o}", "arm", a->suite->arms[0].name, "label", a->facts.label, "asked",
	                      (int)args->n, "alive", (int)d->n, "groups", groups, "start", starts, "held", density_held_json(d), "teardown", d->teardown_s, "left", lines);
	json_dumpf(o, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(o);
}

static void on_alive(void *arg, unsigned n)
{
	const struct args *a = arg;
	if (log_has_progress())
		log_progressf("[%u/%u] alive", n, (unsigned)a->n);
	else if (a->n >= 10 && n % (a->n / 10) == 0 && n < a->n)
		log_infof("%u of %u instances alive", n, (unsigned)a->n);
}

static int show(const struct args *a, const struct one_arm *arm, const struct density *d, const struct strv *left)
{
	size_t n;
	cleanup_free struct group *g = groups_make(d, &n);
	if (a->json)
		print_json(d, g, n, arm, a, left);
	else
		print_table(d, g, n, arm->facts.label);
	for (size_t i = 0; i < left->n; i++)
		log_errorf("left behind: %s", left->v[i]);
	if (!a->json && !left->n)
		printf("  nothing is left of them\n");
	return left->n ? EXIT_FAILED : EXIT_OK;
}

static int run(struct args *a, struct one_arm *arm, struct err *err)
{
	cleanup(leftovers_free) struct leftovers before = { 0 };
	cleanup(strv_free) struct strv left = { 0 };
	cleanup(density_free) struct density d = { 0 };
	leftovers_before(&before);
	int r = one_arm_open(arm, err);
	if (r < 0)
		return cmd_fail(err, one_arm_status(r));
	const struct density_conf conf = {
		.ops = arm->ops, .arm = arm->arm, .n = (unsigned)a->n, .group = (unsigned)(a->n > 1000 ? 100 : (a->n + 9) / 10),
		.deadline_s = arm->suite->deadline_s, .alive = on_alive, .arg = a,
	};
	r = density_run(&conf, &d, err);
	log_progress_end();
	one_arm_close(arm);
	struct err why = { 0 };
	cleanup_free char *keep = xasprintf("%s/virt", arm->ctx.work);
	if (leftovers_find(&before, arm->ctx.id, keep, &left, &why) < 0)
		strv_addf(&left, "what can't be told: %s", why.msg);
	int status = show(a, arm, &d, &left);
	if (r < 0) {
		err_addf(err, "; %u of %u were alive", d.n, (unsigned)a->n);
		return cmd_fail(err, r == -EINTR ? EXIT_INTERRUPTED : EXIT_FAILED);
	}
	return status;
}

int cmd_density(int argc, char **argv)
{
	struct args a = { .arm = "container", .n = 100 };
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	cleanup(kvs_free) struct kvs given = a.options;
	struct err err = { 0 };
	struct one_arm arm;
	if (one_arm_find(a.arm, a.suite, &a.options, &arm, &err) < 0)
		return cmd_fail(&err, EXIT_USAGE);
	int r = env_runs_commands(arm.ops, a.arm, &err);
	if (r < 0) {
		one_arm_free(&arm);
		return cmd_fail(&err, EXIT_UNAVAILABLE);
	}
	cmd_begin();
	r = one_arm_session(&arm, &a.common, &err);
	int status = r < 0 ? cmd_fail(&err, one_arm_status(r)) : run(&a, &arm, &err);
	one_arm_free(&arm);
	return status;
}

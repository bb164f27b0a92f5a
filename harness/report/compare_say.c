/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compare_say.c - what a reader must know beside the figures of a comparison. */
#include "report/compare_parts.h"

#include "base/cleanup.h"
#include "report/flags.h"
#include "report/fmt.h"

#include <math.h>

static void say_hosts(const struct compare *c, struct strv *ret)
{
	if (run_is_imported(c->r[0]->run) || run_is_imported(c->r[1]->run))
		strv_add(ret, "Not both runs were measured by isocost: whether they are of one host, and what else was different, is not known.");
	else if (comparable_same_host(c->r[0]->run, c->r[1]->run))
		strv_add(ret, "Both runs are of the same host, at different moments: a machine drifts, and its drift is in every ratio of B "
		              "over A. Within a run launches are interleaved, between runs they are not.");
	else
		strv_add(ret, "The runs are of two hosts: B over A compares the machines as much as what runs on them. The figure that "
		              "compares across hosts is the ratio of overheads.");
	if (!c->n_overheads)
		strv_add(ret, "There are no ratios of overheads: they take the bare host and one more arm in both runs.");
}

/* Drift shows where nothing is isolated: on the bare host. */
static void say_drift(const struct compare *c, struct strv *ret)
{
	const struct compare_cell *most = NULL;
	size_t n = 0, all = 0;
	for (size_t i = 0; i < c->n; i++) {
		const struct compare_cell *cell = &c->cells[i];
		enum verdict v = cell->cost.verdict;
		all += cell->host;
		if (!cell->host || !stats_says_difference(v))
			continue;
		n++;
		if (!most || fabs(log(cell->cost.ratio)) > fabs(log(most->cost.ratio)))
			most = cell;
	}
	if (!n)
		return;
	cleanup_free char *ratio = fmt_ratio(most->cost.ratio, most->cost.ci);
	strv_addf(ret, "The bare host itself differs in %zu of its %zu cells, most in %s: %s. What moved the machine as a whole is in the other "
	          "arms' ratios too; the ratios of overheads divide by it, and hold what moved the host alone.", n, all, most->m->label, ratio);
}

/* The least p that the exact test can give: 2 / C(n + m, n). */
static double least_p(const struct compare_cell *cell)
{
	double n = (double)cell->c[0]->n, m = (double)cell->c[1]->n;
	return fmin(1, 2 * exp(lgamma(n + 1) + lgamma(m + 1) - lgamma(n + m + 1)));
}

static void say_correction(const struct compare *c, struct strv *ret)
{
	size_t tests = 0, demoted = 0, powerless = 0;
	for (size_t i = 0; i < c->n; i++)
		tests += isfinite(c->cells[i].cost.p);
	for (size_t i = 0; i < c->n; i++) {
		demoted += stats_says_difference(c->cells[i].cost.alone) && c->cells[i].cost.verdict == VERDICT_NOT_DISTINGUISHABLE;
		powerless += least_p(&c->cells[i]) * (double)tests >= COMPARE_ALPHA;
	}
	if (demoted)
		strv_addf(ret, "%zu of %zu intervals alone would say that there is a difference, which the test, corrected for %zu comparisons, "
		               "does not bear out: they count as not distinguishable.", demoted, c->n, tests);
	if (powerless)
		strv_addf(ret, "%zu of %zu cells have too few launches: even values that do not overlap at all would not pass the test, corrected for "
		               "%zu comparisons.", powerless, c->n, tests);
}

/* What the runs' own A/A controls bear: not what lies between the runs. */
static void say_floor(const struct compare *c, struct strv *ret)
{
	static const char *const who[] = { "Neither run", "B", "A", "Both" };
	size_t within = 0;
	int have = 2 * (c->r[0]->n_aa > 0) + (c->r[1]->n_aa > 0);
	for (size_t i = 0; i < c->n; i++)
		within += c->cells[i].cost.verdict == VERDICT_WITHIN_FLOOR;
	if (!have) {
		strv_add(ret, "Neither run has an A/A control: how far apart equal things lie within them is not known.");
		return;
	}
	strv_addf(ret, "%s %s an A/A control. The larger one of the runs' noise floors holds: %zu of %zu differences are not above it. It is the noise "
	               "within a run, and knows nothing of what changed between them.", who[have], have == 3 ? "have" : "has", within, c->n);
}

static void say_alone(const struct strv *l, const char *run, struct strv *ret)
{
	struct str b = { 0 };
	if (!l->n)
		return;
	for (size_t i = 0; i < l->n && i < 12; i++)
		str_addf(&b, "%s%s", i ? ", " : "", l->v[i]);
	if (l->n > 12)
		str_addf(&b, " and %zu more", l->n - 12);
	strv_addf(ret, "Only in %s: %s.", run, b.s);
	str_free(&b);
}

void compare_say(const struct compare *c, struct strv *ret)
{
	static const char *const names[] = { "A", "B" };
	say_hosts(c, ret);
	say_drift(c, ret);
	say_correction(c, ret);
	say_floor(c, ret);
	for (int k = 0; k < 2; k++) {
		const struct report *r = c->r[k];
		say_alone(&c->alone_in[k], names[k], ret);
		for (size_t i = 0; i < r->run->n_workloads; i++)
			if (r->workloads[i].gate)
				strv_addf(ret, "No timing for %s in %s: %s.", r->run->workloads[i].name, names[k], r->workloads[i].gate);
		cleanup_free char *who = xasprintf("%s: ", names[k]);
		flags_say(r, who, ret);
	}
}

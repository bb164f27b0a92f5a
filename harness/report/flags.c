/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flags.c - cells whose launches drift, or are of two kinds. */
#include "report/flags.h"

#include "base/cleanup.h"
#include "report/fmt.h"
#include "stats/shape.h"

#include <math.h>
#include <stdlib.h>

#define SHOWN 6

static void look_for_drift(const struct report *r, size_t metric, size_t arm, struct flags *f)
{
	const struct report_cell *c = &r->metrics[metric].cells[arm];
	struct stats_trend t = stats_trend(c->v, c->n);
	double change = t.slope * (double)(c->n - 1) / fabs(c->s.median);
	if (t.p <= FLAGS_ALPHA && fabs(change) > r->run->margin)
		f->drift[f->n_drift++] = (struct flag_drift){ metric, arm, change };
}

static void look_for_modes(const struct report *r, size_t metric, size_t arm, struct flags *f)
{
	const struct report_metric *m = &r->metrics[metric];
	const struct report_cell *c = &m->cells[arm];
	const char *const names[] = { r->run->arms[arm].name, m->label, "modes", NULL };
	struct stats_modes s = stats_two_modes(c->v, c->n, FLAGS_ALPHA, stats_seed(r->run->seed, names));
	if (s.p <= FLAGS_ALPHA && s.upper - s.lower > r->run->margin * fabs(c->s.median))
		f->modes[f->n_modes++] = (struct flag_modes){ metric, arm, s.below, c->n - s.below, s.lower, s.upper };
}

void flags_find(const struct report *r, struct flags *ret)
{
	size_t most = r->n_metrics * r->run->n_arms + 1;
	*ret = (struct flags){ .drift = xcalloc(most, sizeof(*ret->drift)), .modes = xcalloc(most, sizeof(*ret->modes)) };
	for (size_t i = 0; i < r->n_metrics; i++)
		for (size_t a = 0; a < r->run->n_arms; a++) {
			if (r->metrics[i].detail || r->metrics[i].cells[a].n < STATS_LAUNCHES_MIN)
				continue;
			ret->n++;
			look_for_drift(r, i, a, ret);
			look_for_modes(r, i, a, ret);
		}
}

void flags_free(struct flags *f)
{
	free(f->drift);
	free(f->modes);
	*f = (struct flags){ 0 };
}

static void add_name(const struct report *r, size_t metric, size_t arm, size_t i, struct str *b)
{
	str_addf(b, "%s%s in %s ", i ? "; " : "", r->metrics[metric].label, r->arms[arm].label);
}

static void add_rest(size_t n, struct str *b)
{
	if (n > SHOWN)
		str_addf(b, "; and %zu more", n - SHOWN);
}

static void say_drift(const struct report *r, const struct flags *f, const char *who, struct strv *ret)
{
	cleanup(str_free) struct str b = { 0 };
	for (size_t i = 0; i < f->n_drift && i < SHOWN; i++) {
		cleanup_free char *change = fmt_percent(fabs(f->drift[i].change));
		add_name(r, f->drift[i].metric, f->drift[i].arm, i, &b);
		str_addf(&b, "%s by %s", f->drift[i].change > 0 ? "rises" : "falls", change);
	}
	add_rest(f->n_drift, &b);
	strv_addf(ret, "%sDrift in %zu of %zu cells, from the first launch to the last: %s. The blocks did not see the same machine: such a figure is of "
	          "no one state of it. Arms of the same block drift together, so ratios suffer less.", who, f->n_drift, f->n, b.s);
}

static void say_modes(const struct report *r, const struct flags *f, const char *who, struct strv *ret)
{
	cleanup(str_free) struct str b = { 0 };
	for (size_t i = 0; i < f->n_modes && i < SHOWN; i++) {
		const struct flag_modes *m = &f->modes[i];
		const char *unit = r->metrics[m->metric].unit;
		cleanup_free char *lower = fmt_value(m->lower, unit), *upper = fmt_value(m->upper, unit);
		add_name(r, m->metric, m->arm, i, &b);
		str_addf(&b, "(%zu of %zu about %s, the others about %s)", m->below, m->below + m->above, lower, upper);
	}
	add_rest(f->n_modes, &b);
	strv_addf(ret, "%sTwo modes in %zu of %zu cells: %s. Launches are of two kinds there, and the median, in one of them or between them, is no "
	          "typical value.", who, f->n_modes, f->n, b.s);
}

void flags_say(const struct report *r, const char *who, struct strv *ret)
{
	cleanup(flags_free) struct flags f = { 0 };
	flags_find(r, &f);
	if (f.n_drift)
		say_drift(r, &f, who, ret);
	if (f.n_modes)
		say_modes(r, &f, who, ret);
	if (f.n_drift || f.n_modes)
		strv_addf(ret, "%sOf cells in which nothing is wrong %g in 1000 are named like this by each of the two tests.", who, 1000 * FLAGS_ALPHA);
}

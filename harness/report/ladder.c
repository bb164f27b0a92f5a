/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ladder.c - what each rung of the ladder adds. */
#include "report/ladder.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OFF_SCALE 2.5                   /* times the highest of the others: with it on the axis they would lie flat */

/* Values of one rung as times. */
struct times {
	double *v;
	size_t n;
};

/* How a rate is turned into a time: that of so much work. */
static const struct {
	const char *unit, *what;
	double work;
} rates[] = {
	{ "B/s", "time of 1 MiB", 0x1p20 },
	{ "FLOP/s", "time of a million operations", 1e6 },
	{ "1/s", "time of one operation", 1 },
};

static const size_t n_rates = sizeof(rates) / sizeof(*rates);

static size_t rate_of(const struct report_metric *m)
{
	size_t i = 0;
	while (i < n_rates && strcmp(rates[i].unit, m->unit) != 0)
		i++;
	return i;
}

static bool is_time(const struct report_metric *m)
{
	return strcmp(m->unit, "s") == 0;
}

static struct times times_of(const struct report_metric *m, size_t arm)
{
	const struct report_cell *c = &m->cells[arm];
	struct times t = { .v = xcalloc(c->n + 1, sizeof(*t.v)) };
	for (size_t i = 0; i < c->n; i++) {
		if (is_time(m))
			t.v[t.n++] = c->v[i];
		else if (c->v[i] > 0)
			t.v[t.n++] = rates[rate_of(m)].work / c->v[i];
	}
	return t;
}

static void fill_step(const struct report *r, const struct report_metric *m, const char *arm, const char *below,
                      const struct times *t, const struct times *t_below, struct report_step *ret)
{
	*ret = (struct report_step){ .n = t->n, .median = stats_median(t->v, t->n), .added = NAN,
	                             .median_ci = stats_median_interval(t->v, t->n),
	                             .added_ci = { .ok = false, .lo = NAN, .hi = NAN } };
	if (!below || !t->n || !t_below->n)
		return;
	const char *const both[] = { arm, below, m->label, "difference", NULL };
	ret->added = ret->median - stats_median(t_below->v, t_below->n);
	ret->added_ci = stats_boot_diff(t->v, t->n, t_below->v, t_below->n, stats_seed(r->run->seed, both));
	ret->word = stats_step(ret->added_ci);
}

static double reach(const struct report_step *s)
{
	return !s->n ? 0 : s->median_ci.ok ? s->median_ci.hi : s->median;
}

/* A guest under software emulation may cost a thousand times what the rungs below it do. */
static size_t count_on_scale(const struct report_ladder *l, const struct report_panel *p)
{
	double highest = 0;
	size_t with_value = 0;
	for (size_t i = 0; i + 1 < l->n; i++) {
		highest = fmax(highest, reach(&p->steps[i]));
		with_value += p->steps[i].n > 0;
	}
	const struct report_step *last = &p->steps[l->n - 1];
	return with_value >= 2 && last->n && last->median > OFF_SCALE * highest ? l->n - 1 : l->n;
}

static void add_panel(const struct report *r, const struct report_metric *m, struct report_ladder *l)
{
	struct report_panel *p = &l->panels[l->n_panels];
	struct times below = { 0 };
	size_t with_value = 0;
	*p = (struct report_panel){ .steps = xcalloc(l->n, sizeof(*p->steps)) };
	for (size_t i = 0; i < l->n; i++) {
		struct times t = times_of(m, l->rungs[i].arm);
		fill_step(r, m, l->names.v[i].arm, i ? l->names.v[i - 1].arm : NULL, &t, &below, &p->steps[i]);
		free(below.v);
		below = t;
		with_value += t.n > 0;
	}
	free(below.v);
	if (with_value < 2) {
		free(p->steps);
		return;
	}
	p->name = m->label;
	p->label = is_time(m) ? xstrdup(m->label) : xasprintf("%s, %s", m->label, rates[rate_of(m)].what);
	p->what = is_time(m) ? m->what : NULL;
	p->startup = report_is_startup(&r->run->workloads[m->workload]);
	p->n_on_scale = count_on_scale(l, p);
	l->n_panels++;
}

/* The rate of a workload that gives a time too says the same again. */
static bool is_told(const struct report *r, size_t metric)
{
	const struct report_metric *m = &r->metrics[metric];
	if (is_time(m))
		return false;
	for (size_t i = 0; i < r->n_metrics; i++)
		if (r->metrics[i].workload == m->workload && is_time(&r->metrics[i]))
			return true;
	return rate_of(m) == n_rates;
}

static bool has_launch(const char *arm, const void *user)
{
	const struct report *r = user;
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (strcmp(r->run->arms[a].name, arm) == 0)
			return report_arm_has(r, a);
	return false;
}

static size_t arm_index(const struct run *run, const char *name)
{
	size_t a = 0;
	while (strcmp(run->arms[a].name, name) != 0)
		a++;
	return a;
}

struct report_ladder *report_ladder_new(const struct report *r)
{
	struct report_ladder *l = xcalloc(1, sizeof(*l));
	ladder_copy(&l->names, &r->run->ladder);
	ladder_keep(&l->names, has_launch, r);
	l->n = l->names.n;
	l->rungs = xcalloc(l->n + 1, sizeof(*l->rungs));
	for (size_t i = 0; i < l->n; i++)
		l->rungs[i] = (struct report_rung){ .arm = arm_index(r->run, l->names.v[i].arm),
			                            .adds = i ? rung_adds(&l->names.v[i]) : NULL };
	l->panels = xcalloc(r->n_metrics + 1, sizeof(*l->panels));
	for (size_t i = 0; i < r->n_metrics && l->n; i++)
		if (!is_told(r, i))
			add_panel(r, &r->metrics[i], l);
	if (l->n_panels)
		return l;
	report_ladder_free(l);
	return NULL;
}

void report_ladder_free(struct report_ladder *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n_panels; i++) {
		free(l->panels[i].label);
		free(l->panels[i].steps);
	}
	free(l->panels);
	free(l->rungs);
	ladder_free(&l->names);
	free(l);
}

char *ladder_rung_text(const struct report *r, size_t rung)
{
	const struct report_rung *g = &r->ladder->rungs[rung];
	const char *label = r->arms[g->arm].label;
	if (!g->adds)
		return xstrdup(label);
	if (!r->ladder->names.v[rung].adds)
		return xasprintf("+ %s", label);
	return r->run->arms[g->arm].accel ? xasprintf("+ %s: %s", g->adds, label) : xasprintf("+ %s", g->adds);
}

char *ladder_step_text(const struct report_step *s, bool first)
{
	if (!s->n || (!first && !isfinite(s->added)))
		return xstrdup(FMT_NONE);
	if (first)
		return fmt_value(s->median, "s");
	if (s->word == STEP_NOT_DISTINGUISHABLE)
		return xstrdup("~");
	cleanup_free char *v = fmt_value(fabs(s->added), "s");
	const char *sign = s->added < 0 ? "-" : "+";
	return s->word == STEP_NONE ? xasprintf("(%s%s)", sign, v) : xasprintf("%s%s", sign, v);
}

size_t ladder_dearest(const struct report_ladder *l, const struct report_panel *p)
{
	size_t best = 0;
	for (size_t i = 1; i < l->n && i < p->n_on_scale; i++)
		if (p->steps[i].word == STEP_ADDS && (!best || p->steps[i].added > p->steps[best].added))
			best = i;
	return best;
}

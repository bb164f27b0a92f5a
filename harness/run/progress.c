/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress.c - how far a session is. */
#include "run/progress.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct progress_cell *cell(const struct progress *p, const struct plan_item *it)
{
	return &p->cells[it->arm * p->suite->n_workloads + it->workload];
}

void progress_init(struct progress *p, const struct suite *s, struct progress_eye eye)
{
	*p = (struct progress){ .suite = s, .eye = eye, .cells = xcalloc(s->n_arms * s->n_workloads, sizeof(*p->cells)), .said_ns = clk_now(),
	                        .sign_ns = PROGRESS_SIGN_S * INT64_C(1000000000) };
}

void progress_free(struct progress *p)
{
	log_progress_end();
	for (size_t i = 0; p->cells && i < p->suite->n_arms * p->suite->n_workloads; i++)
		free(p->cells[i].v);
	free(p->cells);
	p->cells = NULL;
}

/* The launch's figure joins its cell's. */
static void count(const struct progress *p, const struct plan_item *it, const struct launch *l)
{
	struct progress_cell *c = cell(p, it);
	const struct metric *metric = NULL;
	double v = l->ok ? p->eye.value(p->suite->workloads[it->workload].workload, l, &metric) : NAN;
	c->launches += !l->cannot;
	c->failed += launch_failed(l);
	if (!isfinite(v) || (c->n_v && c->metric != metric))
		return;
	c->metric = metric;
	c->v = xrealloc(c->v, c->n_v + 1, sizeof(*c->v));
	c->v[c->n_v++] = v;
}

void progress_known(struct progress *p, const struct run *run)
{
	for (size_t a = 0; a < p->suite->n_arms; a++)
		for (size_t w = 0; w < p->suite->n_workloads; w++)
			for (size_t i = 0; i < run->n_launches; i++)
				if (strcmp(run->launches[i].arm, p->suite->arms[a].name) == 0 &&
				    strcmp(run->launches[i].workload, p->suite->workloads[w].name) == 0)
					count(p, &(struct plan_item){ .arm = a, .workload = w }, &run->launches[i]);
}

void progress_expect(struct progress *p, const struct plan_item *it)
{
	p->todo++;
	cell(p, it)->left++;
}

void progress_set_left(struct progress *p, const struct plan_item *it, unsigned left)
{
	unsigned *was = &cell(p, it)->left;
	p->todo += left - *was;
	*was = left;
}

void progress_drop(struct progress *p, const struct plan_item *it)
{
	p->todo--;
	cell(p, it)->left--;
}

double progress_left_s(const struct progress *p)
{
	size_t nw = p->suite->n_workloads;
	double left = 0, all_s = 0;
	unsigned all_n = 0;
	for (size_t i = 0; i < p->suite->n_arms * nw; i++)
		if (p->cells[i].n) {
			all_s += p->cells[i].mean_s;
			all_n++;
		}
	for (size_t a = 0; a < p->suite->n_arms; a++) {
		const struct progress_cell *c = &p->cells[a * nw];
		double arm_s = 0;
		unsigned arm_n = 0;
		for (size_t w = 0; w < nw; w++)
			if (c[w].n) {
				arm_s += c[w].mean_s;
				arm_n++;
			}
		double guess = arm_n ? arm_s / arm_n : all_n ? all_s / all_n : 0;
		for (size_t w = 0; w < nw; w++)
			left += c[w].left * (c[w].n ? c[w].mean_s : guess);
	}
	return p->end_ns ? fmax(0, fmin(left, clk_to_s(p->end_ns - clk_now()))) : left;
}

static void print_left(const struct progress *p, char *buf, size_t size)
{
	long s = lround(progress_left_s(p));
	if (!p->done)
		snprintf(buf, size, "time left unknown yet");
	else if (s < 90)
		snprintf(buf, size, "%ld s left", s);
	else
		snprintf(buf, size, "%ld min left", (s + 30) / 60);
}

/* A line of a log: "[12/~60] …; 3 min left". */
static void say(struct progress *p, const char *what)
{
	char left[48];
	print_left(p, left, sizeof(left));
	log_infof("[%u/%s%u] %s; %s", p->done, p->estimated ? "~" : "", p->done + p->todo, what, left);
	p->said_ns = clk_now();
}

static void say_sign(struct progress *p)
{
	char failed[32] = "none";
	if (p->failed)
		snprintf(failed, sizeof(failed), "%u", p->failed);
	cleanup_free char *what = xasprintf("launches done, %s failed", failed);
	say(p, what);
}

void progress_start(struct progress *p, const struct plan_item *it)
{
	char left[48];
	print_left(p, left, sizeof(left));
	if (log_has_progress())
		log_progressf("[%u/%s%u] %s: %s · %s%s%s", p->done + 1, p->estimated ? "~" : "", p->done + p->todo, p->suite->arms[it->arm].name,
		              p->suite->workloads[it->workload].name, left, *p->last ? " · last: " : "", p->last);
	else if (clk_now() - p->said_ns >= p->sign_ns)
		say_sign(p);
}

void progress_ended(struct progress *p, const struct plan_item *it)
{
	struct progress_cell *c = cell(p, it);
	const struct suite_workload *w = &p->suite->workloads[it->workload];
	if (log_has_progress() || c->told || !c->n || !c->launches)
		return;
	c->told = true;
	/* Which of its metrics, where it has several. */
	const char *metric = c->metric && w->workload->metrics[1].name ? c->metric->name : NULL;
	cleanup_free char *figure = c->n_v ? p->eye.text(c->metric, c->v, c->n_v) : xstrdup("no figure");
	cleanup(str_free) struct str what = { 0 };
	str_addf(&what, "%s: %s%s%s: %s, %u launch%s", p->suite->arms[it->arm].name, w->name, metric ? " " : "", metric ? metric : "", figure,
	         c->launches, c->launches == 1 ? "" : "es");
	if (c->failed)
		str_addf(&what, ", %u failed", c->failed);
	say(p, what.s);
}

/* One figure of the launch, for the eye. */
static void note_last(struct progress *p, const struct launch *l)
{
	const struct result *r = &l->result;
	const struct series *s = r->n_series ? &r->series[0] : NULL;
	const struct workload *w = registry_find(r->workload);
	const struct metric *m = s && w ? workload_metric(w, s->metric) : NULL;
	if (m && (s->histogram || s->n))
		snprintf(p->last, sizeof(p->last), "%s %s %s %.3g %s", l->arm, l->workload, m->name,
		         s->histogram ? histogram_quantile(s->histogram, 0.5) : s->v[s->n - 1], m->unit);
	else
		snprintf(p->last, sizeof(p->last), "%s %s %.3g s to main", l->arm, l->workload, launch_startup_s(l));
}

void progress_finish(struct progress *p, const struct plan_item *it, const struct launch *l)
{
	struct progress_cell *c = cell(p, it);
	c->mean_s += (l->wall_s - c->mean_s) / ++c->n;
	c->left--;
	p->todo--;
	p->done++;
	count(p, it, l);
	if (l->ok) {
		note_last(p, l);
	} else if (l->cannot) {
		log_debugf("%s: %s, launch %u can't run: %s", l->arm, l->workload, l->number, l->error);
	} else {
		p->failed++;
		log_warnf("%s: %s, launch %u failed: %s", l->arm, l->workload, l->number, l->error);
	}
	if (!p->estimated && !c->left)
		progress_ended(p, it);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress.c - how far a session is. */
#include "run/progress.h"

#include "base/clk.h"
#include "base/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static size_t cell(const struct progress *p, const struct plan_item *it)
{
	return it->arm * p->suite->n_workloads + it->workload;
}

void progress_init(struct progress *p, const struct suite *s, const struct plan *plan)
{
	size_t cells = s->n_arms * s->n_workloads;
	*p = (struct progress){ .suite = s, .plan = plan, .cell_s = xcalloc(cells, sizeof(*p->cell_s)),
	                        .cell_n = xcalloc(cells, sizeof(*p->cell_n)), .cell_left = xcalloc(cells, sizeof(*p->cell_left)) };
}

void progress_free(struct progress *p)
{
	log_progress_end();
	free(p->cell_s);
	free(p->cell_n);
	free(p->cell_left);
}

void progress_expect(struct progress *p, const struct plan_item *it)
{
	p->todo++;
	p->cell_left[cell(p, it)]++;
}

void progress_set_left(struct progress *p, const struct plan_item *it, unsigned left)
{
	unsigned *was = &p->cell_left[cell(p, it)];
	p->todo += left - *was;
	*was = left;
}

double progress_left_s(const struct progress *p)
{
	size_t nw = p->suite->n_workloads;
	double left = 0, all_s = 0;
	unsigned all_n = 0;
	for (size_t i = 0; i < p->suite->n_arms * nw; i++)
		if (p->cell_n[i]) {
			all_s += p->cell_s[i];
			all_n++;
		}
	for (size_t a = 0; a < p->suite->n_arms; a++) {
		double arm_s = 0;
		unsigned arm_n = 0;
		for (size_t w = 0; w < nw; w++)
			if (p->cell_n[a * nw + w]) {
				arm_s += p->cell_s[a * nw + w];
				arm_n++;
			}
		double guess = arm_n ? arm_s / arm_n : all_n ? all_s / all_n : 0;
		for (size_t w = 0; w < nw; w++) {
			size_t c = a * nw + w;
			left += p->cell_left[c] * (p->cell_n[c] ? p->cell_s[c] : guess);
		}
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

void progress_start(struct progress *p, const struct plan_item *it)
{
	char left[48];
	print_left(p, left, sizeof(left));
	if (log_has_progress())
		log_progressf("[%u/%s%u] %s: %s · %s%s%s", p->done + 1, p->estimated ? "~" : "", p->done + p->todo, p->suite->arms[it->arm].name,
		              p->suite->workloads[it->workload].name, left, *p->last ? " · last: " : "", p->last);
	else if (it->block != p->last_block)
		log_infof("block %u done: %u of %s%u launches, %u failed, %s", p->last_block + 1, p->done, p->estimated ? "about " : "",
		          p->done + p->todo, p->failed, left);
	p->last_block = it->block;
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

void progress_drop(struct progress *p, const struct plan_item *it)
{
	p->todo--;
	p->cell_left[cell(p, it)]--;
}

void progress_finish(struct progress *p, const struct plan_item *it, const struct launch *l)
{
	size_t c = cell(p, it);
	p->cell_s[c] += (l->wall_s - p->cell_s[c]) / ++p->cell_n[c];
	p->cell_left[c]--;
	p->todo--;
	p->done++;
	if (l->ok) {
		note_last(p, l);
		return;
	}
	if (l->cannot) {
		log_debugf("%s: %s, launch %u can't run: %s", l->arm, l->workload, l->number, l->error);
		return;
	}
	p->failed++;
	log_warnf("%s: %s, launch %u failed: %s", l->arm, l->workload, l->number, l->error);
}

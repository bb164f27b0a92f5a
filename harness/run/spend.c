/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spend.c - the launches of an adaptive session. */
#include "run/spend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct spend_cell *cell_at(const struct spend *s, size_t arm, size_t workload)
{
	return &s->cells[arm * s->suite->n_workloads + workload];
}

static struct spend_cell *at(const struct spend *s, const struct plan_item *it)
{
	return cell_at(s, it->arm, it->workload);
}

/* The cell of the arm's twin, or of the arm that this one is the twin of; NULL: there is none that takes part. */
static struct spend_cell *partner(const struct spend *s, const struct plan_item *it)
{
	const struct suite_arm *mine = &s->suite->arms[it->arm];
	for (size_t a = 0; a < s->suite->n_arms; a++) {
		const struct suite_arm *x = &s->suite->arms[a];
		bool pair = (mine->twin_of && strcmp(mine->twin_of, x->name) == 0) || (x->twin_of && strcmp(x->twin_of, mine->name) == 0);
		if (pair && !cell_at(s, a, it->workload)->out)
			return cell_at(s, a, it->workload);
	}
	return NULL;
}

static void add(struct spend_cell *c, struct launch *l)
{
	c->v = xrealloc(c->v, c->n + 1, sizeof(*c->v));
	c->v[c->n++] = l;
	c->ok += l->ok;
}

static enum cell_end own_end(const struct spend *s, const struct spend_cell *c, size_t workload)
{
	return adaptive_decide(&s->run->adaptive, (unsigned)c->n, c->ok, s->suite->workloads[workload].launches, c->half_width);
}

static void look(const struct spend *s, struct spend_cell *c, size_t workload)
{
	c->half_width = c->n ? s->eye.half_width(s->suite->workloads[workload].workload, (const struct launch *const *)c->v, c->n) : NAN;
}

/* End the cell, and with it its partner's, where the rule says so. */
static void decide(struct spend *s, const struct plan_item *it)
{
	struct spend_cell *c = at(s, it), *p = partner(s, it);
	enum cell_end mine = own_end(s, c, it->workload), its = p ? own_end(s, p, it->workload) : CELL_OPEN;
	if (mine == CELL_OPEN || (p && (its == CELL_OPEN || p->n != c->n)))
		return;
	c->end = mine;
	if (p)
		p->end = its;
}

static void take_known(struct spend *s, const struct plan_item *it)
{
	struct spend_cell *c = at(s, it);
	for (size_t i = 0; i < s->run->n_launches; i++) {
		struct launch *l = &s->run->launches[i];
		if (strcmp(l->arm, s->suite->arms[it->arm].name) == 0 && strcmp(l->workload, s->suite->workloads[it->workload].name) == 0)
			add(c, l);
	}
	look(s, c, it->workload);
}

/* A launch that was marked with an end keeps it: the rule was applied when it ran, to its cell and to the partner's. */
static void take_mark(struct spend *s, const struct plan_item *it)
{
	struct spend_cell *c = at(s, it), *p = partner(s, it);
	enum cell_end mark = c->n ? c->v[c->n - 1]->ends : CELL_OPEN;
	if (!mark)
		return;
	c->end = mark;
	enum cell_end its = p ? own_end(s, p, it->workload) : CELL_OPEN;
	if (p && !p->end)
		p->end = its ? its : mark;
}

void spend_init(struct spend *s, const struct suite *suite, struct run *run, struct spend_eye eye)
{
	*s = (struct spend){ .suite = suite, .run = run, .eye = eye, .cells = xcalloc(suite->n_arms * suite->n_workloads, sizeof(*s->cells)) };
	for (size_t i = 0; i < suite->n_arms * suite->n_workloads; i++)
		take_known(s, &(struct plan_item){ .arm = i / suite->n_workloads, .workload = i % suite->n_workloads });
	for (size_t i = 0; i < suite->n_arms * suite->n_workloads; i++)
		take_mark(s, &(struct plan_item){ .arm = i / suite->n_workloads, .workload = i % suite->n_workloads });
	for (size_t i = 0; i < suite->n_arms * suite->n_workloads; i++)
		if (!s->cells[i].end)
			decide(s, &(struct plan_item){ .arm = i / suite->n_workloads, .workload = i % suite->n_workloads });
}

void spend_free(struct spend *s)
{
	for (size_t i = 0; s->cells && i < s->suite->n_arms * s->suite->n_workloads; i++)
		free(s->cells[i].v);
	for (size_t i = 0; i < s->n_own; i++) {
		launch_free(s->own[i]);
		free(s->own[i]);
	}
	free(s->own);
	free(s->cells);
	*s = (struct spend){ 0 };
}

void spend_out(struct spend *s, const struct plan_item *it)
{
	if (s->cells)
		at(s, it)->out = true;
}

bool spend_closed(const struct spend *s, const struct plan_item *it)
{
	return s->cells && at(s, it)->end != CELL_OPEN;
}

/* What a cell is going to have in all, if no partner holds it. */
static unsigned expected(const struct spend *s, const struct spend_cell *c, size_t workload)
{
	unsigned n = (unsigned)c->n;
	return own_end(s, c, workload) ? n : n + adaptive_left(&s->run->adaptive, n, s->suite->workloads[workload].launches, c->half_width);
}

unsigned spend_left(const struct spend *s, const struct plan_item *it)
{
	const struct spend_cell *c = at(s, it), *p = partner(s, it);
	if (c->end || c->out)
		return 0;
	unsigned mine = expected(s, c, it->workload), its = p ? expected(s, p, it->workload) : 0;
	return (its > mine ? its : mine) - (unsigned)c->n;
}

void spend_decide(struct spend *s, const struct plan_item *it, struct launch *l)
{
	struct spend_cell *c = at(s, it);
	add(c, l);
	look(s, c, it->workload);
	decide(s, it);
	l->ends = c->end;
	c->n--;                         /* until it is stored */
	c->ok -= l->ok;
}

void spend_keep(struct spend *s, const struct plan_item *it, struct launch *l)
{
	struct launch *own = xcalloc(1, sizeof(*own));
	*own = *l;
	*l = (struct launch){ 0 };
	s->eye.sum(own);
	s->own = xrealloc(s->own, s->n_own + 1, sizeof(*s->own));
	s->own[s->n_own++] = own;
	add(at(s, it), own);
}

unsigned spend_tell(const struct spend *s, enum cell_end why)
{
	unsigned without_pilot = 0;
	size_t n_workloads = s->suite->n_workloads;
	run_ends_free(s->run);
	s->run->ends = xcalloc(s->suite->n_arms * n_workloads + 1, sizeof(*s->run->ends));
	for (size_t i = 0; i < s->suite->n_arms * n_workloads; i++) {
		const struct spend_cell *c = &s->cells[i];
		if (c->out && !c->end)
			continue;
		without_pilot += !c->end && c->n < s->run->adaptive.min_launches;
		s->run->ends[s->run->n_ends++] = (struct run_end){
			.arm = xstrdup(s->suite->arms[i / n_workloads].name), .workload = xstrdup(s->suite->workloads[i % n_workloads].name),
			.launches = (unsigned)c->n, .end = c->end ? c->end : why, .half_width = c->half_width,
		};
	}
	return without_pilot;
}

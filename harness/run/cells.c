/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cells.c - which cells of a session are run at all. */
#include "run/cells.h"

#include <stdlib.h>
#include <string.h>

static struct cell *at(const struct cells *c, size_t arm, size_t workload)
{
	return &c->v[arm * c->suite->n_workloads + workload];
}

static void count(struct cell *cell, const struct launch *l)
{
	cell->ran += l->ok;
	cell->cannot += l->cannot;
	if (l->cannot) {
		free(cell->said);
		cell->said = xstrdup(l->error ? l->error : "no reason was recorded");
	}
}

void cells_init(struct cells *c, const struct suite *s, struct run *run)
{
	*c = (struct cells){ .suite = s, .run = run, .v = xcalloc(s->n_arms * s->n_workloads, sizeof(*c->v)) };
	for (size_t a = 0; a < s->n_arms; a++)
		for (size_t w = 0; w < s->n_workloads; w++)
			for (size_t i = 0; i < run->n_launches; i++)
				if (strcmp(run->launches[i].arm, s->arms[a].name) == 0 &&
				    strcmp(run->launches[i].workload, s->workloads[w].name) == 0)
					count(at(c, a, w), &run->launches[i]);
}

void cells_free(struct cells *c)
{
	for (size_t i = 0; c->v && i < c->suite->n_arms * c->suite->n_workloads; i++) {
		free(c->v[i].said);
		free(c->v[i].closed);
	}
	free(c->v);
	*c = (struct cells){ 0 };
}

static bool shown(const struct cells *c, size_t arm, size_t workload)
{
	const struct cell *cell = at(c, arm, workload);
	unsigned launches = c->suite->workloads[workload].launches;
	return !cell->ran && cell->cannot && cell->cannot >= (launches < CELLS_AGREE ? launches : CELLS_AGREE);
}

void cells_ask(struct cells *c, size_t a, const struct env_ops *ops, const struct env_arm *arm)
{
	for (size_t w = 0; w < c->suite->n_workloads; w++) {
		const struct suite_workload *sw = &c->suite->workloads[w];
		const struct cannot *was = cannots_find(&c->run->cannot, c->suite->arms[a].name, sw->name);
		struct cell *cell = at(c, a, w);
		struct err why = { 0 };
		if (shown(c, a, w))
			cell->closed = xstrdup(cell->said);
		else if (!arm)
			cell->closed = was ? xstrdup(was->reason) : NULL;
		else if (ops->suits && ops->suits(arm, sw->workload, &sw->params, &why) < 0)
			cell->closed = xstrdup(why.msg);
	}
}

void cells_tell(struct cells *c)
{
	cannots_free(&c->run->cannot);
	for (size_t a = 0; a < c->suite->n_arms; a++)
		for (size_t w = 0; w < c->suite->n_workloads; w++)
			if (at(c, a, w)->closed)
				cannots_add(&c->run->cannot, c->suite->arms[a].name, c->suite->workloads[w].name, at(c, a, w)->closed);
}

bool cells_closed(const struct cells *c, const struct plan_item *it)
{
	return at(c, it->arm, it->workload)->closed;
}

bool cells_note(struct cells *c, const struct plan_item *it, const struct launch *l)
{
	struct cell *cell = at(c, it->arm, it->workload);
	count(cell, l);
	if (cell->closed || !shown(c, it->arm, it->workload))
		return false;
	cell->closed = xstrdup(cell->said);
	cells_tell(c);
	return true;
}

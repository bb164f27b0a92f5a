/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_own.c - workloads that are in no registry: those of a run whose figures another tool measured. */
#include "model/run.h"

#include <stdlib.h>
#include <string.h>

struct workload *run_own_workload(const char *name)
{
	struct workload *w = xcalloc(1, sizeof(*w));
	w->name = xstrdup(name);
	w->resource = RUN_IMPORTED;
	return w;
}

const struct metric *run_own_metric(struct workload *w, const char *name, const char *unit, enum better better, const char *what)
{
	for (size_t i = 0; i < METRICS_MAX; i++) {
		struct metric *m = &w->metrics[i];
		if (m->name)
			continue;
		*m = (struct metric){ .name = xstrdup(name), .unit = xstrdup(unit), .better = better, .what = xstrdup(what) };
		return m;
	}
	return NULL;
}

/* The registry's texts are constants: the type has no room for those that have an owner. */
static void drop(const char *text)
{
	free((char *)(uintptr_t)text);
}

void run_own_free(struct workload *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < METRICS_MAX; i++) {
		drop(w->metrics[i].name);
		drop(w->metrics[i].unit);
		drop(w->metrics[i].what);
	}
	drop(w->name);
	free(w);
}

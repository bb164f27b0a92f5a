/* SPDX-License-Identifier: GPL-3.0-or-later */
/* overheads_gather.c - many runs, each read and reduced to its overheads before the next: on as many CPUs as there are, taken in order. */
#include "report/compare.h"

#include "base/cleanup.h"
#include "store/store.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#define THREADS_MAX 16

struct gather {
	const struct strv *dirs;
	struct overheads *o;
	struct strv *against;
	const struct run *first;        /* what the others are held against */
	pthread_mutex_t lock;
	pthread_cond_t turned;
	size_t next;                    /* the run to be read next */
	size_t turn;                    /* the run whose overheads are taken next */
	struct err err;                 /* of the first run that can't be read; none is read after it */
};

static size_t next_run(struct gather *g)
{
	pthread_mutex_lock(&g->lock);
	size_t i = g->err.code ? g->dirs->n : g->next++;
	pthread_mutex_unlock(&g->lock);
	return i;
}

/* Rows, columns and sentences are in the runs' order, whichever was read first. */
static void take(struct gather *g, size_t i, const struct run *run, const struct report *r, const struct err *err)
{
	cleanup_free char *name = xasprintf("run %zu", i + 1);
	pthread_mutex_lock(&g->lock);
	while (g->turn != i)
		pthread_cond_wait(&g->turned, &g->lock);
	if (err->code && !g->err.code)
		g->err = *err;
	if (!g->err.code) {
		comparable_check(g->first, run, "run 1", name, false, g->against);
		overheads_add(g->o, r);
	}
	g->turn++;
	pthread_cond_broadcast(&g->turned);
	pthread_mutex_unlock(&g->lock);
}

static void *work(void *arg)
{
	struct gather *g = arg;
	for (size_t i; (i = next_run(g)) < g->dirs->n;) {
		struct err err = { 0 };
		struct run *run = NULL;
		int r = store_load_each(g->dirs->v[i], report_sum_median, &run, &err);
		struct report *report = r == 0 ? report_new(run) : NULL;
		take(g, i, run, report, &err);
		report_free(report);
		run_free(run);
	}
	return NULL;
}

static size_t n_cpus(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	size_t n = (size_t)CPU_COUNT(&set);
	return n < THREADS_MAX ? n : THREADS_MAX;
}

int overheads_gather(const struct strv *dirs, struct overheads *o, struct strv *against, struct err *err)
{
	cleanup(run_freep) struct run *first = NULL;
	int r = store_load_each(dirs->v[0], report_sum_median, &first, err);
	if (r < 0)
		return r;
	struct report *report = report_new(first);
	overheads_add(o, report);
	report_free(report);
	struct gather g = { .dirs = dirs, .o = o, .against = against, .first = first, .lock = PTHREAD_MUTEX_INITIALIZER,
		            .turned = PTHREAD_COND_INITIALIZER, .next = 1, .turn = 1 };
	pthread_t thread[THREADS_MAX];
	size_t n = 0;
	for (size_t cpus = n_cpus(); n + 1 < cpus && pthread_create(&thread[n], NULL, work, &g) == 0;)
		n++;
	work(&g);
	for (size_t i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	if (g.err.code)
		*err = g.err;
	return g.err.code;
}

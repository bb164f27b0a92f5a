/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run.c - a whole run as a value. */
#include "model/run.h"

#include <stdlib.h>
#include <string.h>

static void arm_free(struct run_arm *a)
{
	free(a->name);
	free(a->driver);
	free(a->label);
	free(a->accel);
	free(a->reason);
	free(a->twin_of);
	kvs_free(&a->options);
	kvs_free(&a->facts);
}

void run_arms_free(struct run_arm *arms, size_t n)
{
	for (size_t i = 0; i < n; i++)
		arm_free(&arms[i]);
	free(arms);
}

void run_aa_free(struct run_aa *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].arm);
		free(v[i].twin);
		free(v[i].workload);
		free(v[i].metric);
	}
	free(v);
}

void run_ends_free(struct run *r)
{
	for (size_t i = 0; i < r->n_ends; i++) {
		free(r->ends[i].arm);
		free(r->ends[i].workload);
	}
	free(r->ends);
	r->ends = NULL;
	r->n_ends = 0;
}

static void sources_free(struct run *r)
{
	for (size_t i = 0; i < r->n_sources; i++) {
		struct run_source *s = &r->sources[i];
		char *texts[] = { s->file, s->sha256, s->format, s->tool, s->arm };
		for (size_t k = 0; k < sizeof(texts) / sizeof(*texts); k++)
			free(texts[k]);
		kvs_free(&s->context);
	}
	free(r->sources);
}

void run_free(struct run *r)
{
	if (!r)
		return;
	char *texts[] = { r->dir, r->id, r->suite, r->suite_text, r->tool_version, r->tool_commit, r->isoload_sha256, r->started, r->ended,
	                  r->cpu_list };
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		free(texts[i]);
	run_arms_free(r->arms, r->n_arms + r->n_twins);
	run_aa_free(r->aa, r->n_aa);
	run_ends_free(r);
	for (size_t i = 0; i < r->n_workloads; i++) {
		free(r->workloads[i].name);
		kvs_free(&r->workloads[i].params);
		run_own_free(r->workloads[i].own);
	}
	sources_free(r);
	for (size_t i = 0; i < r->n_launches; i++)
		launch_free(&r->launches[i]);
	cannots_free(&r->cannot);
	ladder_free(&r->ladder);
	attempts_free(r->attempts);
	free(r->workloads);
	free(r->launches);
	kvs_free(&r->host_before);
	kvs_free(&r->host_after);
	strv_free(&r->warnings);
	free(r);
}

const struct run_arm *run_arm(const struct run *r, const char *name)
{
	for (size_t i = 0; i < r->n_arms; i++)
		if (strcmp(r->arms[i].name, name) == 0)
			return &r->arms[i];
	return NULL;
}

bool run_arm_is_bare(const struct run_arm *a)
{
	const char *system = kvs_get(&a->facts, RUN_FACT_SYSTEM);
	return system && strcmp(system, RUN_SYSTEM_NONE) == 0;
}

const struct run_workload *run_workload(const struct run *r, const char *name)
{
	for (size_t i = 0; i < r->n_workloads; i++)
		if (strcmp(r->workloads[i].name, name) == 0)
			return &r->workloads[i];
	return NULL;
}

static unsigned launches_of(const struct run *r, const char *arm, const char *workload)
{
	unsigned n = 0;
	for (size_t i = 0; i < r->n_launches; i++)
		n += strcmp(r->launches[i].arm, arm) == 0 && strcmp(r->launches[i].workload, workload) == 0;
	return n;
}

static bool twins(const struct run *r, const char *a, const char *b)
{
	for (size_t i = r->n_arms; i < r->n_arms + r->n_twins; i++) {
		const char *twin = r->arms[i].name, *arm = r->arms[i].twin_of;
		if (arm && ((strcmp(a, twin) == 0 && strcmp(b, arm) == 0) || (strcmp(a, arm) == 0 && strcmp(b, twin) == 0)))
			return true;
	}
	return false;
}

/* Of a run that was killed only the launches tell. The last one of an arm and its twin speaks for both. */
enum cell_end run_cell_end(const struct run *r, const char *arm, const char *workload)
{
	enum cell_end end = CELL_OPEN;
	for (size_t i = 0; i < r->n_ends; i++)
		if (strcmp(r->ends[i].arm, arm) == 0 && strcmp(r->ends[i].workload, workload) == 0)
			return r->ends[i].end;
	for (size_t i = 0; i < r->n_launches; i++) {
		const struct launch *l = &r->launches[i];
		if (l->ends && strcmp(l->workload, workload) == 0 && (strcmp(l->arm, arm) == 0 || (!end && twins(r, l->arm, arm))))
			end = l->ends;
	}
	return end;
}

/* How many launches a cell with n of them has when it has all. Of one that is still open: what it has at least. */
static unsigned wanted(const struct run *r, const char *arm, const struct run_workload *w, unsigned n)
{
	if (!r->adaptive.on || n >= w->launches)
		return w->launches;
	enum cell_end end = run_cell_end(r, arm, w->name);
	if (end == CELL_PRECISION || end == CELL_CAP || end == CELL_FAILED || (end == CELL_BUDGET && n >= r->adaptive.min_launches))
		return n;
	unsigned least = n < r->adaptive.min_launches ? r->adaptive.min_launches : n + 1;
	return least < w->launches ? least : w->launches;
}

unsigned run_missing(const struct run *r)
{
	unsigned missing = 0;
	for (size_t a = 0; a < r->n_arms + r->n_twins; a++)
		for (size_t w = 0; w < r->n_workloads; w++) {
			const char *arm = r->arms[a].name, *workload = r->workloads[w].name;
			unsigned n = launches_of(r, arm, workload), all = wanted(r, arm, &r->workloads[w], n);
			if (n < all && !cannots_find(&r->cannot, arm, workload))
				missing += all - n;
		}
	return missing;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* startup.c - the phases of startup and what an arm holds of the host, over the launches of startup workloads. */
#include "report/model.h"

#include "base/clk.h"
#include "base/cleanup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool startup_counts(const struct report *r, const struct launch *l)
{
	for (size_t i = 0; l->ok && i < r->run->n_workloads; i++)
		if (strcmp(r->run->workloads[i].name, l->workload) == 0)
			return report_is_startup(&r->run->workloads[i]) && !r->workloads[i].gate;
	return false;
}

static size_t phase_index(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n_phases; i++)
		if (strcmp(r->phases[i], name) == 0)
			return i;
	return REPORT_NONE;
}

static void insert_name(struct report *r, size_t at, const char *name)
{
	r->phases = xrealloc(r->phases, r->n_phases + 1, sizeof(*r->phases));
	memmove(r->phases + at + 1, r->phases + at, (r->n_phases - at) * sizeof(*r->phases));
	snprintf(r->phases[at], sizeof(*r->phases), "%s", name);
	r->n_phases++;
}

/* A name that is new goes in front of the next one in its launch that is known, so that the list reads in order of time
 * for every arm: "clone … exec main" after "fork exec main" gives "fork clone … exec main". */
static void collect_names(struct report *r)
{
	for (size_t i = 0; i < r->run->n_launches; i++) {
		const struct launch *l = &r->run->launches[i];
		for (size_t k = startup_counts(r, l) ? l->phases.n : 0, next = r->n_phases; k-- > 0;) {
			size_t at = phase_index(r, l->phases.v[k].name);
			if (at == REPORT_NONE)
				insert_name(r, next, l->phases.v[k].name);
			else
				next = at;
		}
	}
}

/* Seconds that the named phase took in this launch; NaN when it did not happen. A name that comes twice counts twice. */
static double phase_duration(const struct launch *l, const char *name)
{
	int64_t before = l->phases.start_ns, sum = 0;
	bool found = false;
	for (size_t k = 0; k < l->phases.n; k++) {
		if (strcmp(l->phases.v[k].name, name) == 0) {
			sum += l->phases.v[k].end_ns - before;
			found = true;
		}
		before = l->phases.v[k].end_ns;
	}
	return found ? clk_to_s(sum) : NAN;
}

/* Seconds from the start request to the end of the phase; NaN when it did not happen. */
static double phase_end(const struct launch *l, const char *name)
{
	int64_t t = phases_at(&l->phases, name);
	return t ? clk_to_s(t - l->phases.start_ns) : NAN;
}

static double ready(const struct launch *l, const char *name)
{
	(void)name;
	return launch_startup_s(l);
}

static double total(const struct launch *l, const char *name)
{
	(void)name;
	return l->phases.n ? clk_to_s(l->phases.v[l->phases.n - 1].end_ns - l->phases.start_ns) : NAN;
}

static double peak(const struct launch *l, const char *name)
{
	(void)name;
	return l->footprint.memory_peak ? (double)l->footprint.memory_peak : NAN;
}

static double cpu(const struct launch *l, const char *name)
{
	(void)name;
	return l->footprint.cpu_s > 0 ? l->footprint.cpu_s : NAN;
}

/* The median over the launches of an arm of what `of` gives; unknown ones (NaN) are left out. */
static double median_over(const struct report *r, const char *arm, double (*of)(const struct launch *, const char *),
                          const char *phase, size_t *ret_n)
{
	cleanup_free double *v = xcalloc(r->run->n_launches + 1, sizeof(*v));
	size_t n = 0;
	for (size_t i = 0; i < r->run->n_launches; i++) {
		const struct launch *l = &r->run->launches[i];
		if (strcmp(l->arm, arm) != 0 || !startup_counts(r, l))
			continue;
		double x = of(l, phase);
		if (isfinite(x))
			v[n++] = x;
	}
	if (ret_n)
		*ret_n = n;
	return stats_median(v, n);
}

static void fill_phases(const struct report *r, const char *name, struct report_arm *arm)
{
	cleanup_free double *end = xcalloc(r->n_phases + 1, sizeof(*end));
	arm->phase_s = xcalloc(r->n_phases + 1, sizeof(*arm->phase_s));
	arm->order = xcalloc(r->n_phases + 1, sizeof(*arm->order));
	for (size_t p = 0; p < r->n_phases; p++) {
		arm->phase_s[p] = median_over(r, name, phase_duration, r->phases[p], NULL);
		end[p] = median_over(r, name, phase_end, r->phases[p], NULL);
		if (!isfinite(end[p]))
			continue;
		size_t at = arm->n_order++;
		for (; at > 0 && end[arm->order[at - 1]] > end[p]; at--)
			arm->order[at] = arm->order[at - 1];
		arm->order[at] = p;
	}
}

void startup_fill(struct report *r)
{
	collect_names(r);
	for (size_t a = 0; a < r->run->n_arms; a++) {
		const char *name = r->run->arms[a].name;
		struct report_arm *arm = &r->arms[a];
		fill_phases(r, name, arm);
		arm->ready_s = median_over(r, name, ready, NULL, &arm->n_startup);
		arm->total_s = median_over(r, name, total, NULL, NULL);
		arm->memory_peak = median_over(r, name, peak, NULL, &arm->n_footprint);
		arm->cpu_s = median_over(r, name, cpu, NULL, NULL);
	}
}

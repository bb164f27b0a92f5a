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

/* How often one phase came before another, and how often directly: counts[first * n + second]. */
struct sequence {
	size_t n;
	unsigned *before, *directly;
};

static void add_names(struct report *r, const struct launch *l)
{
	for (size_t k = 0; k < l->phases.n; k++) {
		if (phase_index(r, l->phases.v[k].name) != REPORT_NONE)
			continue;
		r->phases = xrealloc(r->phases, r->n_phases + 1, sizeof(*r->phases));
		snprintf(r->phases[r->n_phases++], sizeof(*r->phases), "%s", l->phases.v[k].name);
	}
}

static void add_sequence(const struct report *r, const struct launch *l, struct sequence *s)
{
	for (size_t k = 0; k < l->phases.n; k++)
		for (size_t m = k + 1, first = phase_index(r, l->phases.v[k].name); m < l->phases.n; m++) {
			size_t second = phase_index(r, l->phases.v[m].name);
			s->before[first * s->n + second]++;
			s->directly[first * s->n + second] += m == k + 1;
		}
}

/* Which of those that are not placed yet comes next: one that nothing else must come before, of these the one that was seen to follow the last
 * one, or else the one that was seen first. Where launches contradict each other in a circle: the one with the least before it. */
static size_t next_phase(const struct sequence *s, const bool *placed, size_t last)
{
	size_t best = REPORT_NONE, least = REPORT_NONE;
	bool follows = false;
	for (size_t i = 0; i < s->n; i++) {
		size_t open = 0;
		for (size_t k = 0; k < s->n; k++)
			open += !placed[k] && s->before[k * s->n + i] > s->before[i * s->n + k];
		bool after = last != REPORT_NONE && s->directly[last * s->n + i];
		if (placed[i] || open > least || (open == least && (follows || !after)))
			continue;
		best = i;
		least = open;
		follows = after;
	}
	return best;
}

/* In an order of time that fits every arm: "clone … exec main" and "fork exec main" give "fork clone … exec main". */
static void sort_names(struct report *r, const struct sequence *s)
{
	cleanup_free bool *placed = xcalloc(s->n + 1, sizeof(*placed));
	cleanup_free void *copy = xcalloc(s->n + 1, sizeof(*r->phases));
	char (*sorted)[sizeof(*r->phases)] = copy;
	for (size_t i = 0, last = REPORT_NONE; i < s->n; i++) {
		last = next_phase(s, placed, last);
		placed[last] = true;
		memcpy(sorted[i], r->phases[last], sizeof(*sorted));
	}
	if (s->n)
		memcpy(r->phases, sorted, s->n * sizeof(*sorted));
}

static void collect_names(struct report *r)
{
	for (size_t i = 0; i < r->run->n_launches; i++)
		if (startup_counts(r, &r->run->launches[i]))
			add_names(r, &r->run->launches[i]);
	size_t n = r->n_phases;
	cleanup_free unsigned *before = xcalloc(n * n + 1, sizeof(*before)), *directly = xcalloc(n * n + 1, sizeof(*directly));
	struct sequence s = { n, before, directly };
	for (size_t i = 0; i < r->run->n_launches; i++)
		if (startup_counts(r, &r->run->launches[i]))
			add_sequence(r, &r->run->launches[i], &s);
	sort_names(r, &s);
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fig_resource.c - the metrics of one resource: a panel each with its own axis, a row an arm, every launch a dot below the median and its
 * interval. */
#include "report/figures.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <string.h>

#define IMPORTED_MOST 24                /* panels: another tool's file may have hundreds of benchmarks, which no figure shows */
#define CHAR 7.4                        /* a character of a panel's heading, on the wide side */

bool metric_of_resource(const struct report *r, const struct report_metric *m, const void *resource)
{
	const struct run_workload *w = &r->run->workloads[m->workload];
	return w->workload && !m->detail && strcmp(w->workload->resource, resource) == 0;
}

static void say_span(const struct report *r, size_t arm, metric_filter *wanted, const void *arg, const char *before, struct str *ret)
{
	double lo = INFINITY, hi = 0;
	for (size_t i = 0; i < r->n_metrics; i++)
		if (wanted(r, &r->metrics[i], arg) && report_has_ratio(&r->metrics[i].cells[arm])) {
			lo = fmin(lo, r->metrics[i].cells[arm].ratio);
			hi = fmax(hi, r->metrics[i].cells[arm].ratio);
		}
	if (hi <= 0)
		return;
	cleanup_free char *low = fmt_number(lo), *high = fmt_number(hi);
	str_addf(ret, "%s%s ", ret->len ? before : "", r->arms[arm].label);
	str_addf(ret, strcmp(low, high) == 0 ? "%s ×" : "from %s to %s ×", low, high);
}

void costs_said(const struct report *r, metric_filter *wanted, const void *arg, struct str *ret)
{
	size_t arms = 0, least = REPORT_NONE, most = REPORT_NONE;
	double lo = INFINITY, hi = 0;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		bool any = false;
		for (size_t i = 0; i < r->n_metrics; i++) {
			double ratio = wanted(r, &r->metrics[i], arg) ? r->metrics[i].cells[a].ratio : NAN;
			any = any || isfinite(ratio);
			if (ratio < lo) {
				lo = ratio;
				least = a;
			}
			if (ratio > hi) {
				hi = ratio;
				most = a;
			}
		}
		arms += any;
	}
	if (arms <= 2) {
		for (size_t a = 0; a < r->run->n_arms; a++)
			say_span(r, a, wanted, arg, ", ", ret);
		return;
	}
	cleanup_free char *low = fmt_number(lo), *high = fmt_number(hi);
	str_addf(ret, "from %s × (%s) to %s × (%s)", low, r->arms[least].label, high, r->arms[most].label);
}

/* On a logarithmic axis. */
static bool has_point(const struct report_cell *c)
{
	return c->n && c->s.min > 0;
}

static bool metric_shown(const struct report *r, const struct report_metric *m, const char *resource)
{
	for (size_t a = 0; metric_of_resource(r, m, resource) && a < r->run->n_arms; a++)
		if (has_point(&m->cells[a]))
			return true;
	return false;
}

static bool arm_shown(const struct report *r, size_t arm, const char *resource)
{
	for (size_t i = 0; i < r->n_metrics; i++)
		if (metric_of_resource(r, &r->metrics[i], resource) && has_point(&r->metrics[i].cells[arm]))
			return true;
	return false;
}

/* Blocks of .dat: the launches of all arms, then their medians. */
static void add_panel(const struct report *r, const struct report_metric *m, const char *resource, struct str *dat, double *lo, double *hi)
{
	cleanup(str_free) struct str medians = { 0 };
	size_t row = 0;
	str_addf(dat, "# %s, %s: value of a launch, row, colour\n", m->label, m->unit);
	for (size_t a = 0; a < r->run->n_arms; a++) {
		const struct report_cell *c = &m->cells[a];
		if (!arm_shown(r, a, resource))
			continue;
		for (size_t i = 0; has_point(c) && i < c->n; i++) {
			str_addf(dat, "%.9g %zu %zu\n", c->v[i], row, r->arms[a].slot);
			*lo = fmin(*lo, c->v[i]);
			*hi = fmax(*hi, c->v[i]);
		}
		if (has_point(c))
			str_addf(&medians, "%.9g %zu %.9g %.9g %d %zu %.9g %.9g\n", c->s.median, row, c->median_ci.ok ? c->median_ci.lo : c->s.median,
			         c->median_ci.ok ? c->median_ci.hi : c->s.median, !c->median_ci.ok, r->arms[a].slot,
			         c->s.q1, c->s.q3);
		row++;
	}
	str_addf(dat, "\n\n# %s: median, row, low, high, 1 without interval, colour, quartiles\n%s\n\n", m->label, str_get(&medians));
}

static void add_heading(const struct figure_text *t, const struct report_metric *m, const char *separator, struct str *names, struct str *whats)
{
	cleanup_free char *what = xasprintf("%s%s%s is better", m->what ? m->what : "", m->what ? "; " : "",
	                                    m->better == BETTER_LOWER ? "lower (left)" : "higher (right)");
	bool fits = (double)(text_columns(m->label) + text_columns(what)) * CHAR < t->width - 40.0;
	str_addf(names, "%s", separator);
	set_quoted(names, m->label);
	str_addf(whats, "%s", separator);
	set_quoted(whats, fits ? what : m->better == BETTER_LOWER ? "lower (left) is better" : "higher (right) is better");
}

static size_t add_arms(const struct report *r, const char *resource, struct str *set)
{
	size_t rows = 0, widest = 0;
	str_addf(set, "set ytics (");
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!arm_shown(r, a, resource))
			continue;
		str_addf(set, rows ? ", " : "");
		set_tic(set, r->arms[a].label);
		str_addf(set, " %zu", rows++);
		widest = text_columns(r->arms[a].label) > widest ? text_columns(r->arms[a].label) : widest;
	}
	str_addf(set, ")\nARMS = %zu\nWIDEST = %zu\n", rows, widest);
	return rows;
}

static bool draw(const struct report *r, const char *resource, const char *title, struct figure_text *ret)
{
	cleanup(str_free) struct str names = { 0 }, whats = { 0 }, mins = { 0 }, maxs = { 0 }, tics = { 0 }, costs = { 0 };
	size_t panels = 0;
	for (size_t i = 0; i < r->n_metrics; i++) {
		const struct report_metric *m = &r->metrics[i];
		double lo = INFINITY, hi = 0;
		if (!metric_shown(r, m, resource))
			continue;
		const char *separator = panels++ ? ", " : "";
		add_panel(r, m, resource, &ret->dat, &lo, &hi);
		add_heading(ret, m, separator, &names, &whats);
		double room = fmax(pow(hi / lo, 0.04), 1.01);
		str_addf(&mins, "%s%.6g", separator, lo / room);
		str_addf(&maxs, "%s%.6g", separator, hi * room);
		cleanup(str_free) struct str axis = { 0 };
		set_axis_tics(&axis, "xtics", lo / room, hi * room, m->unit);
		str_addf(&tics, "%s\"%s\"", separator, str_trim(axis.s));
	}
	if (!panels)
		return false;
	costs_said(r, metric_of_resource, resource, &costs);
	if (costs.len)
		str_addf(&ret->title, "%s: %s the host's cost", title, costs.s);
	else
		str_addf(&ret->title, "%s: medians, their 95 %% intervals, and every launch", title);
	set_title(ret);
	add_arms(r, resource, &ret->set);
	str_addf(&ret->set, "PANELS = %zu\narray NAME[PANELS] = [%s]\narray WHAT[PANELS] = [%s]\narray XMIN[PANELS] = [%s]\narray XMAX[PANELS] = [%s]\n"
	                    "array XTICS[PANELS] = [%s]\n", panels, str_get(&names), str_get(&whats), str_get(&mins), str_get(&maxs), str_get(&tics));
	return true;
}

bool fig_cpu(const struct report *r, struct figure_text *ret)
{
	return draw(r, "cpu", "CPU", ret);
}

bool fig_memory(const struct report *r, struct figure_text *ret)
{
	return draw(r, "memory", "Memory", ret);
}

bool fig_kernel(const struct report *r, struct figure_text *ret)
{
	return draw(r, "kernel", "System calls and scheduling", ret);
}

bool fig_file(const struct report *r, struct figure_text *ret)
{
	return draw(r, "file", "Files", ret);
}

bool fig_network(const struct report *r, struct figure_text *ret)
{
	return draw(r, "network", "Network", ret);
}

bool fig_application(const struct report *r, struct figure_text *ret)
{
	return draw(r, "application", "Applications", ret);
}

bool fig_imported(const struct report *r, struct figure_text *ret)
{
	return r->n_metrics <= IMPORTED_MOST && draw(r, RUN_IMPORTED, "Imported figures", ret);
}

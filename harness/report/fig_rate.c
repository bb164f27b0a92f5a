/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fig_rate.c - throughput over the time of a launch: whether it stays what it was at first. A panel a metric, a line an arm. */
#include "report/figures.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define QUARTER (SERIES_TRACK / 4)

/* Of an arm in a metric, over its launches. */
struct rates {
	size_t n;                       /* launches that have a track */
	double median[SERIES_TRACK], q1[SERIES_TRACK], q3[SERIES_TRACK];
	double change;                  /* median over launches of the mean of the last quarter by that of the first */
	struct stats_interval change_ci;
};

static const struct metric *metric_row(const struct report *r, const struct report_metric *m)
{
	return workload_metric(r->run->workloads[m->workload].workload, report_metric_name(r, m));
}

static bool wanted(const struct report *r, const struct report_metric *m, const char *resource)
{
	const struct metric *row = metric_of_resource(r, m, resource) ? metric_row(r, m) : NULL;
	return row && report_is_throughput(row);
}

static double mean(const double *v, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return sum / (double)n;
}

static void take_rates(const struct report *r, const struct report_metric *m, size_t arm, struct rates *ret)
{
	const struct run *run = r->run;
	cleanup_free double *v = xcalloc((run->n_launches + 1) * SERIES_TRACK, sizeof(*v)), *part = xcalloc(run->n_launches + 1, sizeof(*part));
	*ret = (struct rates){ 0 };
	for (size_t i = 0; i < run->n_launches; i++) {
		const struct launch *l = &run->launches[i];
		const struct series *s = l->ok && strcmp(l->arm, run->arms[arm].name) == 0 && strcmp(l->workload, run->workloads[m->workload].name) == 0
		                                 ? result_series(&l->result, report_metric_name(r, m)) : NULL;
		if (s && report_track(s, v + ret->n * SERIES_TRACK))
			ret->n++;
	}
	for (size_t k = 0; ret->n && k < SERIES_TRACK; k++) {
		struct stats_summary sum;
		for (size_t i = 0; i < ret->n; i++)
			part[i] = v[i * SERIES_TRACK + k];
		stats_summarize(part, ret->n, &sum);
		ret->median[k] = sum.median;
		ret->q1[k] = sum.q1;
		ret->q3[k] = sum.q3;
	}
	for (size_t i = 0; i < ret->n; i++)
		part[i] = mean(v + (i + 1) * SERIES_TRACK - QUARTER, QUARTER) / mean(v + i * SERIES_TRACK, QUARTER);
	ret->change = stats_median(part, ret->n);
	ret->change_ci = stats_median_interval(part, ret->n);
}

/* The largest change that the title has to tell of: of those whose interval says that there is one. */
struct change {
	double by;
	struct stats_interval ci;
	const char *metric, *arm;       /* NULL: there is none */
	bool known;                     /* some had launches enough for an interval */
};

static void note_change(const struct rates *a, const char *metric, const char *arm, struct change *ret)
{
	const struct stats_interval *ci = &a->change_ci;
	ret->known = ret->known || ci->ok;
	if (!ci->ok || (ci->lo <= 1 && ci->hi >= 1) || (ret->metric && fabs(log(a->change)) <= fabs(log(ret->by))))
		return;
	*ret = (struct change){ a->change, *ci, metric, arm, true };
}

static void add_rates(const struct rates *a, const char *name, struct str *dat, double *lo, double *hi)
{
	str_addf(dat, "# %s: share of the time in %%, median B/s, quartiles, launches\n", name);
	for (size_t k = 0; a->n && k < SERIES_TRACK; k++) {
		str_addf(dat, "%.4g %.9g %.9g %.9g %zu\n", 100 * ((double)k + 0.5) / SERIES_TRACK, a->median[k], a->q1[k], a->q3[k], a->n);
		*lo = fmin(*lo, a->q1[k]);
		*hi = fmax(*hi, a->q3[k]);
	}
	/* gnuplot warns of a block without points */
	str_addf(dat, a->n ? "\n\n" : "NaN NaN NaN NaN 0\n\n\n");
}

/* The arms that have a line in any panel, by their index in the run. */
static size_t find_arms(const struct report *r, const char *resource, bool *shown)
{
	size_t n = 0;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		for (size_t i = 0; i < r->n_metrics && !shown[a]; i++) {
			struct rates rates = { 0 };
			if (wanted(r, &r->metrics[i], resource))
				take_rates(r, &r->metrics[i], a, &rates);
			shown[a] = rates.n > 0;
		}
		n += shown[a];
	}
	return n;
}

/* false: no arm has any. */
static bool add_panel(const struct report *r, const struct report_metric *m, const bool *shown, struct str *dat, double *lo, double *hi,
                      struct change *change)
{
	cleanup(str_free) struct str lines = { 0 };
	bool any = false;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		struct rates rates;
		if (!shown[a])
			continue;
		take_rates(r, m, a, &rates);
		add_rates(&rates, r->run->arms[a].name, &lines, lo, hi);
		if (rates.n)
			note_change(&rates, m->label, r->arms[a].label, change);
		any = any || rates.n;
	}
	if (any)
		str_addf(dat, "# ==== %s\n%s", m->label, lines.s);
	return any;
}

static double percent(double ratio)
{
	return 100 * (ratio - 1);
}

static int digits(double ratio)
{
	return fabs(percent(ratio)) < 9.95 ? 1 : 0;
}

static void add_title(const char *title, const struct change *c, struct str *ret)
{
	str_addf(ret, "%s over the time of a launch", title);
	if (c->metric)
		str_addf(ret, ": %s of %s changes most, by %+.*f %% [%+.*f, %+.*f] from the first quarter to the last", c->metric, c->arm, digits(c->by),
		         percent(c->by), digits(c->by), percent(c->ci.lo), digits(c->by), percent(c->ci.hi));
	else
		str_addf(ret, c->known ? ": no rate changes from the first quarter to the last beyond what launches scatter" : ": medians and quartiles");
}

static bool draw(const struct report *r, const char *resource, const char *title, struct figure_text *ret)
{
	cleanup(str_free) struct str names = { 0 }, mins = { 0 }, maxs = { 0 }, tics = { 0 };
	cleanup(fig_key_free) struct fig_key key = { 0 };
	cleanup_free bool *shown = xcalloc(r->run->n_arms + 1, sizeof(*shown));
	struct change change = { 0 };
	size_t panels = 0;
	if (!find_arms(r, resource, shown))
		return false;
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (shown[a])
			fig_key_add(&key, r->arms[a].label, r->arms[a].slot);
	for (size_t i = 0; i < r->n_metrics; i++) {
		const struct report_metric *m = &r->metrics[i];
		double lo = INFINITY, hi = 0;
		if (!wanted(r, m, resource) || !add_panel(r, m, shown, &ret->dat, &lo, &hi, &change))
			continue;
		const char *separator = panels++ ? ", " : "";
		double room = fmax(pow(hi / lo, 0.05), 1.05);
		cleanup(str_free) struct str axis = { 0 };
		set_axis_tics(&axis, "ytics", lo / room, hi * room, m->unit);
		str_addf(&names, "%s", separator);
		set_quoted(&names, m->label);
		str_addf(&mins, "%s%.6g", separator, lo / room);
		str_addf(&maxs, "%s%.6g", separator, hi * room);
		str_addf(&tics, "%s\"%s\"", separator, str_trim(axis.s));
	}
	add_title(title, &change, &ret->title);
	set_title(ret);
	fig_key_put(&key, &ret->set);
	str_addf(&ret->set, "PANELS = %zu\narray NAME[PANELS] = [%s]\narray YMIN[PANELS] = [%s]\narray YMAX[PANELS] = [%s]\narray YTICS[PANELS] = [%s]\n",
	         panels, str_get(&names), str_get(&mins), str_get(&maxs), str_get(&tics));
	return true;
}

bool fig_memory_rate(const struct report *r, struct figure_text *ret)
{
	return draw(r, "memory", "Memory", ret);
}

bool fig_file_rate(const struct report *r, struct figure_text *ret)
{
	return draw(r, "file", "Files", ret);
}

bool fig_network_rate(const struct report *r, struct figure_text *ret)
{
	return draw(r, "network", "Network", ret);
}

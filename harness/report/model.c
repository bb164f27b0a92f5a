/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model.c - a run as computed tables. */
#include "report/model.h"

#include "base/cleanup.h"
#include "report/ladder.h"
#include "report/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the series_quantiles. */
static const unsigned char percentile_at[REPORT_PERCENTILES] = { SERIES_MEDIAN, 5, 7, 9 };

static size_t all_arms(const struct run *run)
{
	return run->n_arms + run->n_twins;
}

bool report_is_startup(const struct run_workload *w)
{
	return w->workload && strcmp(w->workload->resource, "startup") == 0;
}

bool report_is_footprint(const struct run_workload *w)
{
	return w->workload && w->workload->observed;
}

const char *report_verdict_text(const struct report_metric *m, const struct report_cell *c)
{
	return m->amount ? stats_verdict_amount(c->verdict) : stats_verdict_text(c->verdict);
}

const char *report_metric_name(const struct report *r, const struct report_metric *m)
{
	const struct run_workload *w = &r->run->workloads[m->workload];
	if (report_is_startup(w))
		return "startup";
	return w->workload->metrics[(size_t)(m - r->metrics) - r->workloads[m->workload].first].name;
}

/* Of what is observed, memory and CPU time as a whole stand for the rest. */
bool report_is_detail(const struct workload *w, const struct metric *m)
{
	return w && w->observed && m && strcmp(m->name, "pss") != 0 && strcmp(m->name, "cpu") != 0;
}

bool report_arm_has(const struct report *r, size_t arm)
{
	return r->arms[arm].ok > 0;
}

bool report_has_ratio(const struct report_cell *c)
{
	return isfinite(c->ratio);
}

struct gathered {
	struct report_cell *cell;
	unsigned block;                 /* of the launch at hand */
	double *percentile[REPORT_PERCENTILES]; /* by launch */
	size_t n_percentile[REPORT_PERCENTILES];
	double *curve[REPORT_CURVE];
	size_t n_curve[REPORT_CURVE];
};

static void take_value(struct gathered *g, double v)
{
	g->cell->block[g->cell->n] = g->block;
	g->cell->v[g->cell->n++] = v;
}

static void take_series(struct gathered *g, const struct series *s, bool latency)
{
	struct series_sum sum;
	report_sum_series(s, &sum);
	if (sum.n == 0)
		return;
	g->cell->samples += sum.n;
	g->cell->histograms += sum.histogram;
	g->cell->max = latency ? fmax(g->cell->max, sum.max) : NAN;
	take_value(g, sum.quantile[SERIES_MEDIAN]);
	latency = latency && !sum.median_only;
	for (size_t i = 0; latency && i < REPORT_PERCENTILES; i++)
		if (stats_can_quantile(sum.n, series_quantiles[percentile_at[i]]))
			g->percentile[i][g->n_percentile[i]++] = sum.quantile[percentile_at[i]];
	for (size_t i = 0; latency && i < REPORT_CURVE; i++)
		if (stats_can_quantile(sum.n, series_quantiles[i]) && stats_can_quantile(sum.n, 1 - series_quantiles[i]))
			g->curve[i][g->n_curve[i]++] = sum.quantile[i];
}

/* One value a launch: the startup time, or the median of the metric's samples. */
static void take_launch(struct gathered *g, const struct launch *l, const char *metric, bool latency)
{
	g->block = l->block;
	if (!metric) {
		double s = launch_startup_s(l);
		if (!isfinite(s))
			return;
		g->cell->samples++;
		take_value(g, s);
		return;
	}
	const struct series *s = result_series(&l->result, metric);
	if (s)
		take_series(g, s, latency);
}

/* Of every launch or not at all: a percentile of some launches would be of others than the median's. */
static void fill_curve(struct gathered *g)
{
	for (size_t i = 0; i < REPORT_CURVE; i++) {
		struct report_point *p = &g->cell->curve[i];
		bool all = g->n_curve[i] && g->n_curve[i] == g->cell->n;
		*p = (struct report_point){ NAN, { .lo = NAN, .hi = NAN } };
		if (all) {
			p->value = stats_median(g->curve[i], g->n_curve[i]);
			p->ci = stats_median_interval(g->curve[i], g->n_curve[i]);
		}
		free(g->curve[i]);
	}
}

/* metric is NULL for the startup time. */
static void fill_cell(const struct run *run, const char *arm, const struct report_metric *m, const char *metric,
                      struct report_cell *c)
{
	const char *workload = run->workloads[m->workload].name;
	struct gathered g = { .cell = c };
	c->v = xcalloc(run->n_launches + 1, sizeof(*c->v));
	c->block = xcalloc(run->n_launches + 1, sizeof(*c->block));
	c->max = NAN;
	for (size_t i = 0; i < REPORT_PERCENTILES; i++)
		g.percentile[i] = xcalloc(run->n_launches + 1, sizeof(double));
	for (size_t i = 0; i < REPORT_CURVE; i++)
		g.curve[i] = xcalloc(run->n_launches + 1, sizeof(double));
	for (size_t i = 0; i < run->n_launches; i++) {
		const struct launch *l = &run->launches[i];
		if (l->ok && strcmp(l->arm, arm) == 0 && strcmp(l->workload, workload) == 0)
			take_launch(&g, l, metric, m->latency);
	}
	for (size_t i = 0; i < REPORT_PERCENTILES; i++) {
		/* Of every launch or not at all: a percentile of some launches would be of others than the median's. */
		bool all = g.n_percentile[i] == c->n;
		c->percentile[i] = all ? stats_median(g.percentile[i], g.n_percentile[i]) : NAN;
		free(g.percentile[i]);
	}
	fill_curve(&g);
	stats_summarize(c->v, c->n, &c->s);
	c->median_ci = stats_median_interval(c->v, c->n);
	c->ratio = NAN;
	c->ratio_ci = (struct stats_interval){ .lo = NAN, .hi = NAN };
}

/* Cost: arm over host where lower is better, host over arm where higher is. */
static void fill_ratio(const struct report *r, const struct report_metric *m, size_t arm)
{
	struct report_cell *c = &m->cells[arm];
	const struct report_cell *host = &m->cells[r->host];
	const struct report_cell *top = m->better == BETTER_LOWER ? c : host;
	const struct report_cell *below = m->better == BETTER_LOWER ? host : c;
	const char *const names[] = { r->run->arms[arm].name, r->run->arms[r->host].name, m->label, "ratio", NULL };
	pairs_ratio(r, top, below, names, c);
	c->verdict = stats_verdict(c->ratio_ci, r->run->margin);
}

static void add_metric(struct report *r, size_t workload, const struct metric *metric, bool alone)
{
	const struct run *run = r->run;
	const struct run_workload *w = &run->workloads[workload];
	struct report_metric *m = &r->metrics[r->n_metrics++];
	*m = (struct report_metric){
		.workload = workload,
		.label = alone ? xstrdup(w->name) : xasprintf("%s %s", w->name, metric->name),
		.unit = metric ? metric->unit : "s",
		.what = metric ? metric->what : "start request to the first record of the program's main, by the host's clock",
		.better = metric ? metric->better : BETTER_LOWER,
		.cells = xcalloc(all_arms(run) + 1, sizeof(*m->cells)),
		.amount = report_is_footprint(w),
		.detail = report_is_detail(w->workload, metric),
	};
	/* CPU, memory and kernel workloads time batches, whose percentiles say nothing of one operation. */
	m->latency = metric && strcmp(m->unit, "s") == 0 && !metric->mean &&
	             (metric->single || strcmp(w->workload->resource, "file") == 0 || strcmp(w->workload->resource, "network") == 0 ||
	              strcmp(w->workload->resource, "application") == 0);
	for (size_t a = 0; a < all_arms(run); a++)
		fill_cell(run, run->arms[a].name, m, metric ? metric->name : NULL, &m->cells[a]);
	for (size_t a = 0; r->host != REPORT_NONE && a < run->n_arms; a++)
		if (a != r->host)
			fill_ratio(r, m, a);
}

static void add_workload(struct report *r, size_t i)
{
	const struct run_workload *w = &r->run->workloads[i];
	struct report_workload *rw = &r->workloads[i];
	rw->first = r->n_metrics;
	rw->gate = w->workload ? gate_check(r->run, w) : xstrdup("this version of isocost does not know the workload");
	if (rw->gate)
		return;
	if (report_is_startup(w)) {
		add_metric(r, i, NULL, true);   /* whose samples are the harness's own */
	} else {
		const struct metric *m = w->workload->metrics;
		for (size_t k = 0; k < METRICS_MAX && m[k].name; k++)
			add_metric(r, i, &m[k], k == 0 && (METRICS_MAX == 1 || !m[1].name));
	}
	rw->n = r->n_metrics - rw->first;
}

/* Of imported arms nothing is known but the name. */
static bool is_host(const struct run *run, const struct run_arm *a)
{
	return strcmp(run_is_imported(run) ? a->name : a->driver, "host") == 0;
}

static size_t find_host(const struct run *run)
{
	for (size_t i = 0; i < run->n_arms; i++)
		if (is_host(run, &run->arms[i]) && run->arms[i].available)
			return i;
	return REPORT_NONE;
}

/* The three plain arms keep their colours in every run; the others follow in the run's order. */
static void fill_slots(struct report *r)
{
	static const char *const plain[] = { "host", "container", "vm" };
	size_t next = 3;
	for (size_t i = 0; i < r->run->n_arms; i++) {
		r->arms[i].slot = REPORT_NONE;
		for (size_t k = 0; k < 3; k++)
			if (strcmp(r->run->arms[i].name, plain[k]) == 0)
				r->arms[i].slot = k;
		if (r->arms[i].slot == REPORT_NONE)
			r->arms[i].slot = next++;
	}
}

static void count_launches(struct report *r)
{
	for (size_t i = 0; i < r->run->n_launches; i++) {
		const struct launch *l = &r->run->launches[i];
		size_t a = 0;
		while (a < all_arms(r->run) && strcmp(r->run->arms[a].name, l->arm) != 0)
			a++;
		if (a == all_arms(r->run))
			continue;
		r->arms[a].ok += l->ok;
		r->n_ok += l->ok;
		r->arms[a].failed += launch_failed(l);
		r->n_failed += launch_failed(l);
		for (size_t k = 0; k < MARK_COUNT; k++)
			r->arms[a].marked[k] += l->ok && (l->marks & (1u << k));
	}
}

/* In the light of the noise floor, which takes all metrics. */
static void judge(struct report *r)
{
	for (size_t i = 0; r->host != REPORT_NONE && i < r->n_metrics; i++)
		for (size_t a = 0; a < r->run->n_arms; a++) {
			struct report_cell *c = &r->metrics[i].cells[a];
			if (report_has_ratio(c))
				c->verdict = stats_above_noise(c->verdict, c->ratio, report_floor(r, &r->metrics[i], a, r->host));
		}
}

struct report *report_new(const struct run *run)
{
	struct report *r = xcalloc(1, sizeof(*r));
	r->run = run;
	r->host = find_host(run);
	r->arms = xcalloc(all_arms(run) + 1, sizeof(*r->arms));
	r->workloads = xcalloc(run->n_workloads + 1, sizeof(*r->workloads));
	r->metrics = xcalloc(run->n_workloads * METRICS_MAX + 1, sizeof(*r->metrics));
	for (size_t i = 0; i < all_arms(run); i++)
		r->arms[i].label = run->arms[i].label ? run->arms[i].label : run->arms[i].name;
	fill_slots(r);
	count_launches(r);
	cannot_fill(r);
	for (size_t i = 0; i < run->n_workloads; i++)
		add_workload(r, i);
	aa_fill(r);
	judge(r);
	startup_fill(r);
	r->ladder = report_ladder_new(r);
	return r;
}

static void cell_free(struct report_cell *c)
{
	free(c->v);
	free(c->block);
}

void report_free(struct report *r)
{
	if (!r)
		return;
	report_ladder_free(r->ladder);
	cannots_free(&r->cannot);
	for (size_t i = 0; i < r->n_metrics; i++) {
		for (size_t a = 0; a < all_arms(r->run); a++)
			cell_free(&r->metrics[i].cells[a]);
		free(r->metrics[i].cells);
		free(r->metrics[i].label);
	}
	for (size_t i = 0; i < r->run->n_workloads; i++)
		free(r->workloads[i].gate);
	for (size_t i = 0; i < all_arms(r->run); i++) {
		free(r->arms[i].phase_s);
		free(r->arms[i].order);
	}
	free(r->aa);
	free(r->metrics);
	free(r->workloads);
	free(r->arms);
	free(r->phases);
	free(r);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fig_ecdf.c - startup times as empirical distribution functions: every launch is a point. */
#include "report/figures.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <string.h>

/* The first metric of a startup workload whose gate is open. */
static const struct report_metric *startup_metric(const struct report *r)
{
	for (size_t i = 0; i < r->n_metrics; i++)
		if (report_is_startup(&r->run->workloads[r->metrics[i].workload]))
			return &r->metrics[i];
	return NULL;
}

static bool has_curve(const struct report_cell *c)
{
	return c->n > 0 && c->s.min > 0;        /* the axis is logarithmic */
}

static void add_curve(const struct report_cell *c, const char *name, struct str *dat)
{
	cleanup_free double *v = xcalloc(c->n, sizeof(*v));
	memcpy(v, c->v, c->n * sizeof(*v));
	stats_sort(v, c->n);
	str_addf(dat, "# %s: startup s, share of launches that are as fast\n%.9g 0\n", name, v[0]);
	for (size_t i = 0; i < c->n; i++)
		str_addf(dat, "%.9g %.6f\n", v[i], (double)(i + 1) / (double)c->n);
	str_addf(dat, "\n\n");
}

static void add_title(const struct report *r, const struct report_metric *m, struct figure_text *ret)
{
	size_t shown = 0, low = REPORT_NONE, high = REPORT_NONE;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!has_curve(&m->cells[a]))
			continue;
		shown++;
		if (low == REPORT_NONE || m->cells[a].s.median < m->cells[low].s.median)
			low = a;
		if (high == REPORT_NONE || m->cells[a].s.median > m->cells[high].s.median)
			high = a;
	}
	str_addf(&ret->title, "Time until main runs, median: ");
	if (shown > 3) {
		cleanup_free char *lo = fmt_value(m->cells[low].s.median, "s"), *hi = fmt_value(m->cells[high].s.median, "s");
		str_addf(&ret->title, "from %s (%s) to %s (%s)", lo, r->arms[low].label, hi, r->arms[high].label);
		return;
	}
	const char *separator = "";
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!has_curve(&m->cells[a]))
			continue;
		cleanup_free char *v = fmt_value(m->cells[a].s.median, "s");
		str_addf(&ret->title, "%s%s %s", separator, r->arms[a].label, v);
		separator = ", ";
	}
}

bool fig_ecdf(const struct report *r, struct figure_text *ret)
{
	const struct report_metric *m = startup_metric(r);
	double lo = INFINITY, hi = 0;
	cleanup(fig_key_free) struct fig_key key = { 0 };
	for (size_t a = 0; m && a < r->run->n_arms; a++) {
		if (!has_curve(&m->cells[a]))
			continue;
		cleanup_free char *text = xasprintf("%s, n = %zu", r->arms[a].label, m->cells[a].n);
		add_curve(&m->cells[a], r->run->arms[a].name, &ret->dat);
		fig_key_add(&key, text, r->arms[a].slot);
		lo = fmin(lo, m->cells[a].s.min / 1.25);
		hi = fmax(hi, m->cells[a].s.max * 1.25);
	}
	if (key.n == 0)
		return false;
	add_title(r, m, ret);
	set_title(ret);
	fig_key_put(&key, &ret->set);
	str_addf(&ret->set, "XMIN = %.6g\nXMAX = %.6g\n", lo, hi);
	set_log_tics(&ret->set, lo, hi, "s");
	return true;
}

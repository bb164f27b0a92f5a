/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fig_footprint.c - what an idle instance holds of the host, and the CPU time of getting there: a dot with its interval for each arm,
 * one panel for bytes and one for seconds. */
#include "report/figures.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <string.h>

/* The metrics of one unit. */
struct panel {
	const char *unit;
	size_t metric[METRICS_MAX], n, widest;
	double lo, hi;
};

static const struct report_workload *observed(const struct report *r, size_t *ret)
{
	for (size_t i = 0; i < r->run->n_workloads; i++)
		if (report_is_footprint(&r->run->workloads[i]) && r->workloads[i].n) {
			*ret = i;
			return &r->workloads[i];
		}
	return NULL;
}

/* The axis is logarithmic: a 0 is not on it. */
static bool has_point(const struct report_cell *c)
{
	return c->n > 0 && c->s.median > 0;
}

static double low(const struct report_cell *c)
{
	return c->median_ci.ok && c->median_ci.lo > 0 ? c->median_ci.lo : c->s.median;
}

static double high(const struct report_cell *c)
{
	return c->median_ci.ok ? c->median_ci.hi : c->s.median;
}

/* Without the workload's name, which is the same for all. */
static const char *row_name(const struct report *r, const struct report_metric *m)
{
	size_t len = strlen(r->run->workloads[m->workload].name);
	return m->label[len] == ' ' ? m->label + len + 1 : m->label;
}

static void take_metric(const struct report *r, size_t i, struct panel *p)
{
	const struct report_metric *m = &r->metrics[i];
	bool any = false;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		const struct report_cell *c = &m->cells[a];
		if (!has_point(c))
			continue;
		any = true;
		p->lo = fmin(p->lo, low(c));
		p->hi = fmax(p->hi, high(c));
	}
	if (!any || p->n == METRICS_MAX)
		return;
	p->metric[p->n++] = i;
	size_t columns = text_columns(row_name(r, m));
	p->widest = columns > p->widest ? columns : p->widest;
}

static struct panel panel_new(const struct report *r, const struct report_workload *w, const char *unit)
{
	struct panel p = { .unit = unit, .lo = INFINITY };
	for (size_t i = w->first; i < w->first + w->n; i++)
		if (strcmp(r->metrics[i].unit, unit) == 0)
			take_metric(r, i, &p);
	double room = p.n ? fmax(pow(p.hi / p.lo, 0.04), 1.3) : 1;
	p.lo /= room;
	p.hi *= room;
	return p;
}

/* Points of one arm: row, value, low, high, 1 without interval. */
static void add_arm(const struct report *r, const struct panel *p, size_t arm, double offset, struct str *dat)
{
	size_t before = dat->len;
	for (size_t k = 0; k < p->n; k++) {
		const struct report_metric *m = &r->metrics[p->metric[k]];
		const struct report_cell *c = &m->cells[arm];
		if (!has_point(c))
			continue;
		str_addf(dat, "%.4f %.9g %.9g %.9g %d ", (double)k + offset, c->s.median, low(c), high(c), !c->median_ci.ok);
		dat_quoted(dat, row_name(r, m));
		str_addf(dat, "\n");
	}
	/* gnuplot warns of a block without points */
	str_addf(dat, dat->len == before ? "NaN NaN NaN NaN 0\n\n\n" : "\n\n");
}

static bool arm_shown(const struct report *r, const struct report_workload *w, size_t arm)
{
	for (size_t i = w->first; i < w->first + w->n; i++)
		if (has_point(&r->metrics[i].cells[arm]))
			return true;
	return false;
}

static void put_panel(const struct report *r, const struct panel *p, const char *prefix, struct str *set)
{
	str_addf(set, "%s_ROWS = %zu\n%s_MIN = %.6g\n%s_MAX = %.6g\n%s_YTICS = \"set ytics (", prefix, p->n, prefix, p->lo, prefix, p->hi,
	         prefix);
	for (size_t k = 0; k < p->n; k++) {
		str_addf(set, k ? ", " : "");
		set_tic(set, row_name(r, &r->metrics[p->metric[k]]));
		str_addf(set, " %zu", k);
	}
	cleanup(str_free) struct str tics = { 0 };
	if (strcmp(p->unit, "B") == 0)
		set_bytes_tics(&tics, p->lo, p->hi);
	else
		set_log_tics(&tics, p->lo, p->hi, p->unit);
	str_addf(set, ")\"\n%s_XTICS = \"%s\"\n", prefix, str_trim(tics.s));
}

static void add_title(const struct report *r, const struct report_workload *w, struct figure_text *ret)
{
	const struct report_metric *m = &r->metrics[w->first];
	const char *separator = "";
	str_addf(&ret->title, "Memory of an idle instance (%s): ", row_name(r, m));
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!has_point(&m->cells[a]))
			continue;
		cleanup_free char *v = fmt_value(m->cells[a].s.median, m->unit);
		str_addf(&ret->title, "%s%s %s", separator, r->arms[a].label, v);
		separator = ", ";
	}
}

bool fig_footprint(const struct report *r, struct figure_text *ret)
{
	size_t at, arms = 0, k = 0;
	const struct report_workload *w = observed(r, &at);
	if (!w)
		return false;
	const struct panel bytes = panel_new(r, w, "B"), seconds = panel_new(r, w, "s");
	for (size_t a = 0; a < r->run->n_arms; a++)
		arms += arm_shown(r, w, a);
	if (!bytes.n || !seconds.n)
		return false;
	cleanup(fig_key_free) struct fig_key key = { 0 };
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!arm_shown(r, w, a))
			continue;
		double offset = (((double)k++ + 0.5) / (double)arms - 0.5) * 0.75;
		str_addf(&ret->dat, "# %s: row, value, low, high, 1 without interval, metric; bytes, then seconds\n", r->run->arms[a].name);
		add_arm(r, &bytes, a, offset, &ret->dat);
		add_arm(r, &seconds, a, offset, &ret->dat);
		fig_key_add(&key, r->arms[a].label, r->arms[a].slot);
	}
	add_title(r, w, ret);
	set_title(ret);
	fig_key_put(&key, &ret->set);
	put_panel(r, &bytes, "BYTES", &ret->set);
	put_panel(r, &seconds, "SECONDS", &ret->set);
	str_addf(&ret->set, "WIDEST = %zu\n", bytes.widest > seconds.widest ? bytes.widest : seconds.widest);
	return true;
}

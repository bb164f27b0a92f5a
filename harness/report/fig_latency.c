/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fig_latency.c - latencies as distributions: for each share of the operations the time within which they were done, a curve an arm. The tail
 * is what the axis has its room for. */
#include "report/figures.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <string.h>

static bool has_curve(const struct report_cell *c)
{
	size_t n = 0;
	for (size_t i = 0; i < REPORT_CURVE; i++)
		n += c->curve[i].value > 0;
	return c->n && n >= 2;
}

static bool metric_shown(const struct report *r, const struct report_metric *m, const char *resource)
{
	for (size_t a = 0; m->latency && metric_of_resource(r, m, resource) && a < r->run->n_arms; a++)
		if (has_curve(&m->cells[a]))
			return true;
	return false;
}

static bool arm_shown(const struct report *r, size_t arm, const char *resource)
{
	for (size_t i = 0; i < r->n_metrics; i++)
		if (metric_shown(r, &r->metrics[i], resource) && has_curve(&r->metrics[i].cells[arm]))
			return true;
	return false;
}

struct span {
	double lo, hi, p;               /* p: the highest share */
};

static void add_curve(const struct report_cell *c, const char *name, struct str *dat, struct span *s)
{
	size_t before = dat->len;
	str_addf(dat, "# %s: share, latency s, low, high\n", name);
	for (size_t i = 0; has_curve(c) && i < REPORT_CURVE; i++) {
		const struct report_point *p = &c->curve[i];
		if (!(p->value > 0))
			continue;
		double lo = p->ci.ok && p->ci.lo > 0 ? p->ci.lo : p->value, hi = p->ci.ok ? p->ci.hi : p->value;
		str_addf(dat, "%.5f %.9g %.9g %.9g\n", series_quantiles[i], p->value, lo, hi);
		*s = (struct span){ fmin(s->lo, lo), fmax(s->hi, hi), fmax(s->p, series_quantiles[i]) };
		before = 0;
	}
	/* gnuplot warns of a block without points */
	str_addf(dat, before ? "NaN NaN NaN NaN\n\n\n" : "\n\n");
}

/* The tail where all arms of the first metric have it: p99 if they do, else the highest share that they do. */
static void add_title(const struct report *r, const char *resource, const char *title, struct figure_text *ret)
{
	const struct report_metric *m = NULL;
	for (size_t i = r->n_metrics; i-- > 0;)
		m = metric_shown(r, &r->metrics[i], resource) ? &r->metrics[i] : m;
	size_t at = REPORT_CURVE, low = REPORT_NONE, high = REPORT_NONE;
	for (size_t i = 0; i < REPORT_CURVE && series_quantiles[i] <= 0.99; i++) {
		bool all = true;
		for (size_t a = 0; a < r->run->n_arms; a++)
			all = all && (!has_curve(&m->cells[a]) || m->cells[a].curve[i].value > 0);
		at = all ? i : at;
	}
	str_addf(&ret->title, "%s", title);
	if (at == REPORT_CURVE)
		return;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!has_curve(&m->cells[a]))
			continue;
		low = low == REPORT_NONE || m->cells[a].curve[at].value < m->cells[low].curve[at].value ? a : low;
		high = high == REPORT_NONE || m->cells[a].curve[at].value > m->cells[high].curve[at].value ? a : high;
	}
	cleanup_free char *least = fmt_value(m->cells[low].curve[at].value, m->unit), *most = fmt_value(m->cells[high].curve[at].value, m->unit);
	str_addf(&ret->title, ": %g %% of %s take at most %s (%s)", 100 * series_quantiles[at], m->label, least, r->arms[low].label);
	if (high != low)
		str_addf(&ret->title, " to %s (%s)", most, r->arms[high].label);
}

static bool draw(const struct report *r, const char *resource, const char *title, struct figure_text *ret)
{
	cleanup(str_free) struct str names = { 0 }, mins = { 0 }, maxs = { 0 }, tics = { 0 };
	cleanup(fig_key_free) struct fig_key key = { 0 };
	size_t panels = 0;
	double p = 0;
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (arm_shown(r, a, resource))
			fig_key_add(&key, r->arms[a].label, r->arms[a].slot);
	for (size_t i = 0; i < r->n_metrics; i++) {
		const struct report_metric *m = &r->metrics[i];
		struct span s = { INFINITY, 0, 0 };
		if (!metric_shown(r, m, resource))
			continue;
		const char *separator = panels++ ? ", " : "";
		str_addf(&ret->dat, "# ==== %s\n", m->label);
		for (size_t a = 0; a < r->run->n_arms; a++)
			if (arm_shown(r, a, resource))
				add_curve(&m->cells[a], r->run->arms[a].name, &ret->dat, &s);
		double room = fmax(pow(s.hi / s.lo, 0.05), 1.05);
		cleanup(str_free) struct str axis = { 0 };
		set_axis_tics(&axis, "ytics", s.lo / room, s.hi * room, m->unit);
		str_addf(&names, "%s", separator);
		set_quoted(&names, m->label);
		str_addf(&mins, "%s%.6g", separator, s.lo / room);
		str_addf(&maxs, "%s%.6g", separator, s.hi * room);
		str_addf(&tics, "%s\"%s\"", separator, str_trim(axis.s));
		p = fmax(p, s.p);
	}
	if (!panels)
		return false;
	add_title(r, resource, title, ret);
	set_title(ret);
	fig_key_put(&key, &ret->set);
	str_addf(&ret->set, "PANELS = %zu\nPMAX = %.5f\narray NAME[PANELS] = [%s]\narray YMIN[PANELS] = [%s]\narray YMAX[PANELS] = [%s]\n"
	                    "array YTICS[PANELS] = [%s]\n", panels, p, str_get(&names), str_get(&mins), str_get(&maxs), str_get(&tics));
	return true;
}

bool fig_file_latency(const struct report *r, struct figure_text *ret)
{
	return draw(r, "file", "Latency of files", ret);
}

bool fig_network_latency(const struct report *r, struct figure_text *ret)
{
	return draw(r, "network", "Latency of the network", ret);
}

bool fig_application_latency(const struct report *r, struct figure_text *ret)
{
	return draw(r, "application", "Latency of applications", ret);
}

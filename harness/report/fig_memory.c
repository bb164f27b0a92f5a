/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fig_memory.c - the time of one load over the size of the working set: the steps of the caches, and what nested page tables add behind them. */
#include "report/figures.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The first workload of the kind whose gate is open. */
static const struct report_workload *found(const struct report *r)
{
	for (size_t i = 0; i < r->run->n_workloads; i++) {
		const struct run_workload *w = &r->run->workloads[i];
		if (w->workload && strcmp(w->workload->name, "mem-latency") == 0 && r->workloads[i].n)
			return &r->workloads[i];
	}
	return NULL;
}

/* "mem-latency 256kib": its metrics are called by their sizes. 0: another one. */
static double size_of(const struct report_metric *m)
{
	static const struct {
		const char *unit;
		double bytes;
	} units[] = { { "kib", 0x1p10 }, { "mib", 0x1p20 }, { "gib", 0x1p30 } };
	const char *last = strrchr(m->label, ' ');
	char *end;
	double v = last ? strtod(last + 1, &end) : 0;
	for (size_t i = 0; last && i < sizeof(units) / sizeof(*units); i++)
		if (strcasecmp(end, units[i].unit) == 0)
			return v * units[i].bytes;
	return 0;
}

static bool has_point(const struct report_metric *m, size_t arm)
{
	return size_of(m) > 0 && m->cells[arm].n && m->cells[arm].s.median > 0;
}

struct axes {
	double x_lo, x_hi, y_lo, y_hi;
};

static size_t add_arm(const struct report *r, const struct report_workload *w, size_t arm, struct str *dat, struct axes *x)
{
	size_t n = 0;
	for (size_t i = w->first; i < w->first + w->n; i++) {
		const struct report_metric *m = &r->metrics[i];
		const struct report_cell *c = &m->cells[arm];
		if (!has_point(m, arm))
			continue;
		double lo = c->median_ci.ok ? c->median_ci.lo : c->s.median, hi = c->median_ci.ok ? c->median_ci.hi : c->s.median, size = size_of(m);
		if (!n++)
			str_addf(dat, "# %s: bytes, s, low, high\n", r->run->arms[arm].name);
		str_addf(dat, "%.0f %.9g %.9g %.9g\n", size, c->s.median, lo, hi);
		*x = (struct axes){ fmin(x->x_lo, size), fmax(x->x_hi, size), fmin(x->y_lo, lo), fmax(x->y_hi, hi) };
	}
	str_addf(dat, n ? "\n\n" : "");
	return n;
}

/* What the largest working set costs each arm. */
static void add_title(const struct report *r, const struct report_workload *w, struct figure_text *ret)
{
	const struct report_metric *last = &r->metrics[w->first];
	for (size_t i = w->first; i < w->first + w->n; i++)
		last = size_of(&r->metrics[i]) > size_of(last) ? &r->metrics[i] : last;
	cleanup_free char *size = fmt_bytes(size_of(last));
	const char *separator = "";
	str_addf(&ret->title, "One load within %s: ", size);
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!has_point(last, a))
			continue;
		cleanup_free char *v = fmt_value(last->cells[a].s.median, last->unit);
		str_addf(&ret->title, "%s%s %s", separator, r->arms[a].label, v);
		separator = ", ";
	}
}

/* At the working sets themselves. */
static void add_tics(const struct report *r, const struct report_workload *w, struct str *set)
{
	const char *separator = "";
	str_addf(set, "set xtics (");
	for (size_t i = w->first; i < w->first + w->n; i++) {
		double size = size_of(&r->metrics[i]);
		cleanup_free char *text = fmt_tick(size, "B");
		if (size > 0)
			str_addf(set, "%s'%s' %.0f", separator, text, size);
		separator = size > 0 ? ", " : separator;
	}
	str_addf(set, ")\n");
}

bool fig_memory_curve(const struct report *r, struct figure_text *ret)
{
	const struct report_workload *w = found(r);
	cleanup(fig_key_free) struct fig_key key = { 0 };
	struct axes x = { INFINITY, 0, INFINITY, 0 };
	for (size_t a = 0; w && a < r->run->n_arms; a++)
		if (add_arm(r, w, a, &ret->dat, &x))
			fig_key_add(&key, r->arms[a].label, r->arms[a].slot);
	if (!key.n || x.x_hi <= x.x_lo)
		return false;
	add_title(r, w, ret);
	set_title(ret);
	fig_key_put(&key, &ret->set);
	double room = fmax(pow(x.y_hi / x.y_lo, 0.06), 1.1);
	str_addf(&ret->set, "XMIN = %.6g\nXMAX = %.6g\nYMIN = %.6g\nYMAX = %.6g\n", x.x_lo / 1.5, x.x_hi * 1.5, x.y_lo / room, x.y_hi * room);
	add_tics(r, w, &ret->set);
	set_axis_tics(&ret->set, "ytics", x.y_lo / room, x.y_hi * room, "s");
	return true;
}

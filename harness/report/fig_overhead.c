/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fig_overhead.c - cost against the host by workload: a dot with its interval for each arm, on a logarithmic axis. */
#include "report/figures.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <string.h>

struct span {
	double lo, hi;
};

static void widen(struct span *s, const struct report_cell *c)
{
	s->lo = fmin(s->lo, c->ratio_ci.ok ? c->ratio_ci.lo : c->ratio);
	s->hi = fmax(s->hi, c->ratio_ci.ok ? c->ratio_ci.hi : c->ratio);
}

/* Rows are the metrics with any ratio. */
static bool has_row(const struct report *r, const struct report_metric *m)
{
	for (size_t a = 0; a < r->run->n_arms && !m->detail; a++)
		if (report_has_ratio(&m->cells[a]))
			return true;
	return false;
}

static bool arm_shown(const struct report *r, size_t arm)
{
	for (size_t i = 0; i < r->n_metrics; i++)
		if (!r->metrics[i].detail && report_has_ratio(&r->metrics[i].cells[arm]))
			return true;
	return false;
}

/* Points of one arm: y ratio lo hi, and a 1 where there is no interval. offset spreads the arms of a row. */
static void add_arm(const struct report *r, size_t arm, double offset, struct str *dat, struct span *span)
{
	size_t row = 0;
	str_addf(dat, "# %s: row, ratio, low, high, 1 without interval, workload\n", r->run->arms[arm].name);
	for (size_t i = 0; i < r->n_metrics; i++) {
		const struct report_metric *m = &r->metrics[i];
		const struct report_cell *c = &m->cells[arm];
		if (!has_row(r, m))
			continue;
		if (report_has_ratio(c)) {
			bool ok = c->ratio_ci.ok;
			str_addf(dat, "%.4f %.9g %.9g %.9g %d ", (double)row + offset, c->ratio, ok ? c->ratio_ci.lo : c->ratio,
			         ok ? c->ratio_ci.hi : c->ratio, !ok);
			dat_quoted(dat, m->label);
			str_addf(dat, "\n");
			widen(span, c);
		}
		row++;
	}
	str_addf(dat, "\n\n");
}

static size_t add_rows(const struct report *r, struct str *set, size_t *ret_widest)
{
	size_t rows = 0, widest = 0;
	str_addf(set, "set ytics (");
	for (size_t i = 0; i < r->n_metrics; i++) {
		if (!has_row(r, &r->metrics[i]))
			continue;
		str_addf(set, rows ? ", " : "");
		set_tic(set, r->metrics[i].label);
		str_addf(set, " %zu", rows++);
		size_t w = text_columns(r->metrics[i].label);
		widest = w > widest ? w : widest;
	}
	str_addf(set, ")\n");
	*ret_widest = widest;
	return rows;
}

static void add_title(const struct report *r, size_t arms, struct figure_text *ret)
{
	str_addf(&ret->title, "Cost against %s", r->arms[r->host].label);
	const char *separator = ": ";
	for (size_t a = 0; arms <= 2 && a < r->run->n_arms; a++) {
		struct span s = { INFINITY, 0 };
		for (size_t i = 0; i < r->n_metrics; i++)
			if (!r->metrics[i].detail && report_has_ratio(&r->metrics[i].cells[a]))
				s = (struct span){ fmin(s.lo, r->metrics[i].cells[a].ratio), fmax(s.hi, r->metrics[i].cells[a].ratio) };
		if (s.hi <= 0)
			continue;
		cleanup_free char *lo = fmt_number(s.lo), *hi = fmt_number(s.hi);
		if (strcmp(lo, hi) == 0)
			str_addf(&ret->title, "%s%s %s ×", separator, r->arms[a].label, lo);
		else
			str_addf(&ret->title, "%s%s from %s to %s ×", separator, r->arms[a].label, lo, hi);
		separator = ", ";
	}
	if (arms > 2)
		str_addf(&ret->title, ", by workload and arm");
}

bool fig_overhead(const struct report *r, struct figure_text *ret)
{
	struct span span = { 0.95, 1.05 };
	size_t arms = 0, k = 0, widest;
	for (size_t a = 0; a < r->run->n_arms; a++)
		arms += arm_shown(r, a);
	if (arms == 0)
		return false;
	cleanup(fig_key_free) struct fig_key key = { 0 };
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!arm_shown(r, a))
			continue;
		add_arm(r, a, (((double)k++ + 0.5) / (double)arms - 0.5) * 0.75, &ret->dat, &span);
		fig_key_add(&key, r->arms[a].label, r->arms[a].slot);
	}
	span = (struct span){ span.lo / pow(span.hi / span.lo, 0.03), span.hi * pow(span.hi / span.lo, 0.03) };
	add_title(r, arms, ret);
	set_title(ret);
	fig_key_put(&key, &ret->set);
	str_addf(&ret->set, "XMIN = %.6g\nXMAX = %.6g\nMARGIN = %.6g\n", span.lo, span.hi, r->run->margin);
	set_log_tics(&ret->set, span.lo, span.hi, NULL);
	size_t rows = add_rows(r, &ret->set, &widest);
	str_addf(&ret->set, "ROWS = %zu\nWIDEST = %zu\n", rows, widest);
	return true;
}

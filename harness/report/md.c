/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md.c - the report in Markdown: order of the parts, and what they share. */
#include "report/md.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <string.h>

void md_cell(struct str *b, const char *text)
{
	for (; text && *text; text++) {
		switch (*text) {
		case '|': str_addf(b, "\\|"); break;
		case '<': str_addf(b, "&lt;"); break;
		case '>': str_addf(b, "&gt;"); break;
		case '&': str_addf(b, "&amp;"); break;
		case '*': case '_': case '`': case '[': case ']': str_addf(b, "\\%c", *text); break;
		case '\n': case '\r': case '\t': str_addf(b, " "); break;
		default: str_add(b, text, 1);
		}
	}
}

void md_picture(const struct md_figures *f, enum figure fig, struct str *b)
{
	if (!f->drawn[fig])
		return;
	str_addf(b, "![");
	md_cell(b, f->made->alt[fig]);
	str_addf(b, "](plots/%s.svg)\n\n", figure_name(fig));
}

bool md_has_driver(const struct report *r, const char *driver)
{
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (report_arm_has(r, a) && strcmp(r->run->arms[a].driver, driver) == 0)
			return true;
	return false;
}

static void add_text(struct str *b, char *text)
{
	cleanup_free char *owned = text;
	str_addf(b, " %s |", owned);
}

static void metric_row(const struct report *r, const struct report_metric *m, size_t a, struct str *b)
{
	const struct report_cell *c = &m->cells[a];
	str_addf(b, "| ");
	md_cell(b, r->arms[a].label);
	str_addf(b, " | %zu |", c->n);
	add_text(b, fmt_interval(c->s.median, c->median_ci, m->unit));
	cleanup_free char *q1 = fmt_value(c->s.q1, m->unit), *q3 = fmt_value(c->s.q3, m->unit);
	cleanup_free char *min = fmt_value(c->s.min, m->unit), *max = fmt_value(c->s.max, m->unit);
	str_addf(b, " %s … %s | %s … %s | %zu | %zu |", q1, q3, min, max, c->s.outliers, c->samples);
	if (r->host == REPORT_NONE) {
		str_addf(b, "\n");
		return;
	}
	add_text(b, a == r->host ? xstrdup("1 (reference)") : fmt_ratio(c->ratio, c->ratio_ci));
	str_addf(b, " %s |\n", report_has_ratio(c) ? report_verdict_text(m, c) : FMT_NONE);
}

void md_metric_table(const struct report *r, const struct report_metric *m, struct str *b)
{
	bool host = r->host != REPORT_NONE;
	str_addf(b, "| arm | n | median [95 %% interval] | quartiles | min … max | outliers | samples |%s\n",
	         host ? " times the host's cost | verdict |" : "");
	str_addf(b, "|---|--:|---|---|---|--:|--:|%s\n", host ? "---|---|" : "");
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (m->cells[a].n)
			metric_row(r, m, a, b);
	str_addf(b, "\n");
}

char *md_text(const struct report *r, const struct md_figures *f)
{
	struct str b = { 0 };
	md_top(r, f, &b);
	md_summary(r, f, &b);
	md_startup(r, f, &b);
	md_share(r, &b);
	md_kvm(r, &b);
	md_resources(r, f, &b);
	md_ladder(r, f, &b);
	md_isolation(r, f, &b);
	md_footprint(r, f, &b);
	md_felter(r, &b);
	md_cannot(r, &b);
	md_spent(r, &b);
	md_aa(r, &b);
	md_care(r, &b);
	md_conditions(r, &b);
	md_method(r, &b);
	md_reproduce(r, &b);
	return b.s;
}

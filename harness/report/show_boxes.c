/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show_boxes.c - box plots in text: a line an arm, all of a metric on one axis; from the least to the most, the quartiles, the median. */
#include "report/report.h"

#include "base/cleanup.h"
#include "report/figures.h"
#include "report/fmt.h"
#include "report/show_parts.h"

#include <math.h>
#include <string.h>

#define LAUNCHES_LEAST 5        /* a box of fewer says no more than they do */
#define COLUMNS_LEAST 24
#define COLUMNS_MOST 72
#define LOG_FROM 5.0            /* times: an axis that spans more is logarithmic */

struct axis {
	double lo, hi;
	bool log;
	int columns;
};

static bool has_box(const struct report_cell *c)
{
	return c->n >= LAUNCHES_LEAST;
}

static int at(const struct axis *x, double v)
{
	if (x->hi <= x->lo)
		return 0;
	double share = x->log ? log(v / x->lo) / log(x->hi / x->lo) : (v - x->lo) / (x->hi - x->lo);
	return (int)lround(share * (x->columns - 1));
}

static bool fill_axis(const struct report *r, const struct report_metric *m, struct axis *x)
{
	x->lo = INFINITY;
	x->hi = -INFINITY;
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (has_box(&m->cells[a])) {
			x->lo = fmin(x->lo, m->cells[a].s.min);
			x->hi = fmax(x->hi, m->cells[a].s.max);
		}
	x->log = x->lo > 0 && x->hi / x->lo > LOG_FROM;
	return x->lo < x->hi;
}

static void add_box(const struct axis *x, const struct report_cell *c, struct str *b)
{
	int min = at(x, c->s.min), q1 = at(x, c->s.q1), median = at(x, c->s.median), q3 = at(x, c->s.q3), max = at(x, c->s.max);
	str_addf(b, "%*s", min, "");
	for (int i = min; i <= max; i++)
		str_addf(b, "%s", i == median ? "┃" : i >= q1 && i <= q3 ? "▒" : i == min ? "├" : i == max ? "┤" : "─");
}

void show_boxes(const struct report *r, const struct report_metric *m, int label, int width, bool colour, struct str *b)
{
	int room = width - SHOW_INDENT - label;
	struct axis x = { .columns = room > COLUMNS_MOST ? COLUMNS_MOST : room };
	if (room < COLUMNS_LEAST || !fill_axis(r, m, &x))
		return;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!has_box(&m->cells[a]))
			continue;
		str_addf(b, "%*s", SHOW_INDENT, "");
		show_padded(b, r->arms[a].label, label);
		add_box(&x, &m->cells[a], b);
		str_addf(b, "\n");
	}
	cleanup_free char *lo = fmt_value(x.lo, m->unit), *hi = fmt_value(x.hi, m->unit);
	const char *scale = x.log ? "log scale" : "";
	int ends = (int)(text_columns(lo) + text_columns(hi)), middle = x.columns - ends;
	str_addf(b, "%*s%s%s", SHOW_INDENT + label, "", colour ? SHOW_DIM : "", lo);
	int before = (middle - (int)strlen(scale)) / 2;
	str_addf(b, "%*s%s%*s%s%s\n", before, "", scale, middle - before - (int)strlen(scale), "", hi, colour ? SHOW_RESET : "");
}

/* What stands for a sign where there is only ASCII. */
static const struct {
	const char *sign, *ascii;
} signs[] = {
	{ "×", "x" }, { "µ", "u" }, { "…", "..." }, { "²", "2" }, { "█", "#" }, { "░", "-" }, { "┃", "O" }, { "▒", "=" }, { "├", "|" },
	{ "┤", "|" }, { "─", "-" }, { "’", "'" },   { "“", "\"" }, { "”", "\"" },
};

char *show_ascii(const char *text)
{
	struct str b = { 0 };
	while (*text) {
		size_t i = 0, n = 1;
		while (i < sizeof(signs) / sizeof(*signs) && strncmp(text, signs[i].sign, strlen(signs[i].sign)) != 0)
			i++;
		if (i < sizeof(signs) / sizeof(*signs)) {
			str_addf(&b, "%s", signs[i].ascii);
			n = strlen(signs[i].sign);
		} else if (*text & 0x80) {
			str_addf(&b, "?");
			while (((unsigned char)text[n] & 0xc0) == 0x80)
				n++;
		} else {
			str_add(&b, text, 1);
		}
		text += n;
	}
	return b.s ? b.s : xstrdup("");
}

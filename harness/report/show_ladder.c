/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show_ladder.c - the ladder of isolation for a terminal: a row a rung, a column a metric. */
#include "report/show_parts.h"

#include "base/cleanup.h"
#include "report/figures.h"
#include "report/ladder.h"

#include <string.h>

#define GAP 2
#define LABEL_MOST 48           /* columns of a rung: a rung that stands for several has a long name */

static int min_int(int a, int b)
{
	return a < b ? a : b;
}

static int max_int(int a, int b)
{
	return a > b ? a : b;
}

/* A rung's name, cut to the columns there are. Owner frees. */
static char *rung_text(const struct report *r, size_t i, int most)
{
	char *text = ladder_rung_text(r, i);
	if ((int)text_columns(text) <= most)
		return text;
	cleanup_free char *whole = text;
	size_t len = 0;
	for (int n = 0; n < most; len++)        /* to the first byte of the character that has no room */
		n += ((unsigned char)whole[len + 1] & 0xc0) != 0x80;
	while (len && ((unsigned char)whole[len - 1] & 0xc0) == 0x80)
		len--;
	return xasprintf("%.*s…", (int)(len - 1), whole);
}

static int column_width(const struct report_ladder *l, const struct report_panel *p)
{
	int width = (int)text_columns(p->name);
	for (size_t i = 0; i < l->n; i++) {
		cleanup_free char *text = ladder_step_text(&p->steps[i], i == 0);
		width = max_int(width, (int)text_columns(text));
	}
	return width;
}

/* As many metrics as fit beside the rungs, from `first` on; returns the first that did not. */
static size_t add_table(const struct report *r, size_t first, int label, int width, struct str *b)
{
	const struct report_ladder *l = r->ladder;
	size_t end = first;
	int at = SHOW_INDENT + label;
	while (end < l->n_panels && (end == first || at + GAP + column_width(l, &l->panels[end]) <= width))
		at += GAP + column_width(l, &l->panels[end++]);
	str_addf(b, "%*s", SHOW_INDENT + label, "");
	for (size_t k = first; k < end; k++)
		show_padded(b, l->panels[k].name, -(GAP + column_width(l, &l->panels[k])));
	str_addf(b, "\n");
	for (size_t i = 0; i < l->n; i++) {
		cleanup_free char *rung = rung_text(r, i, label);
		str_addf(b, "%*s", SHOW_INDENT, "");
		show_padded(b, rung, label);
		for (size_t k = first; k < end; k++) {
			cleanup_free char *text = ladder_step_text(&l->panels[k].steps[i], i == 0);
			show_padded(b, text, -(GAP + column_width(l, &l->panels[k])));
		}
		str_addf(b, "\n");
	}
	return end;
}

static void add_legend(const struct report_ladder *l, struct str *b)
{
	bool open = false, untold = false;
	for (size_t k = 0; k < l->n_panels; k++)
		for (size_t i = 1; i < l->n; i++) {
			open = open || l->panels[k].steps[i].word == STEP_NOT_DISTINGUISHABLE;
			untold = untold || (l->panels[k].steps[i].n && l->panels[k].steps[i].word == STEP_NONE);
		}
	if (open)
		str_addf(b, "~: not distinguishable from the rung above it in this table.\n");
	if (untold)
		str_addf(b, "In brackets: too few launches to tell.\n");
	for (size_t k = 0; k < l->n_panels; k++)
		if (strcmp(l->panels[k].label, l->panels[k].name) != 0)
			str_addf(b, "A rate as a time: %s.\n", l->panels[k].label);
	str_addf(b, "\n");
}

void show_ladder(const struct report *r, int width, bool colour, struct str *b)
{
	const struct report_ladder *l = r->ladder;
	int label = 0, column = 0;
	if (!l)
		return;
	for (size_t k = 0; k < l->n_panels; k++)
		column = max_int(column, column_width(l, &l->panels[k]));
	for (size_t i = 0; i < l->n; i++) {
		cleanup_free char *rung = rung_text(r, i, min_int(LABEL_MOST, width - SHOW_INDENT - GAP - column));
		label = max_int(label, (int)text_columns(rung));
	}
	str_addf(b, "%sladder of isolation%s  %sa median, then what each rung adds%s\n", colour ? SHOW_BOLD : "",
	         colour ? SHOW_RESET : "", colour ? SHOW_DIM : "", colour ? SHOW_RESET : "");
	for (size_t k = 0; k < l->n_panels;)
		k = add_table(r, k, label, width, b);
	add_legend(l, b);
}

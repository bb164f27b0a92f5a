/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fig_isolation.c - escape attempts as a table of colours: a column an attempt, a row an arm, topics beside and below each other.
 *
 * The layout is made here, in pixels. What is got from the host has a cross besides its colour. */
#include "report/figures.h"

#include "base/cleanup.h"

#include <string.h>

#define EDGE 16
#define COLUMN 12.5                     /* px of an attempt: a turned line of the names' font */
#define ROW 20
#define HEAD 20                         /* a topic's line */
#define GAP 10                          /* between topics */
#define BELOW 18                        /* between lines of topics */
#define CHAR 6.9                        /* a character of the 12 px font, on the wide side */
#define NAME_CHAR 5.5                   /* and of the names' 10 px */
#define KEY 22

static const char *const key_texts[ATTEMPT_ENDS] = {
	[ATTEMPT_HELD] = "held",
	[ATTEMPT_OWN_KERNEL] = "reached the arm's own kernel only",
	[ATTEMPT_ESCAPED] = "reached the host",
	[ATTEMPT_ODD] = "held, not as expected",
	[ATTEMPT_NA] = "can't be tried here",
};

struct layout {
	struct str cells, arms, names, topics, crosses, keys;
	double left, width, x, y;       /* x: of the next column; y: of the topics' line */
	size_t longest;                 /* name in this line, characters */
};

static void layout_free(struct layout *l)
{
	str_free(&l->cells);
	str_free(&l->arms);
	str_free(&l->names);
	str_free(&l->topics);
	str_free(&l->crosses);
	str_free(&l->keys);
}

static void add_label(struct str *b, double x, double y, const char *text)
{
	str_addf(b, "%.1f %.1f ", x, y);
	dat_quoted(b, text);
	str_addf(b, "\n");
}

static void add_box(struct str *b, double x, double y, double w, double h, enum attempt_end end)
{
	str_addf(b, "%.1f %.1f %.1f %.1f %d\n", x, x + w, y, y + h, end);
}

static void add_key(const struct attempts *a, struct layout *l)
{
	double x = EDGE;
	for (int e = 0; e < ATTEMPT_ENDS; e++) {
		unsigned n = 0;
		for (size_t k = 0; k < a->n_arms; k++)
			n += attempts_count(a, k, (enum attempt_end)e);
		double w = 20 + (double)text_columns(key_texts[e]) * CHAR + 18;
		if (!n)
			continue;
		if (x > EDGE && x + w > l->width - EDGE) {
			x = EDGE;
			l->y += KEY;
		}
		add_box(&l->cells, x, l->y + 4, 12, 12, (enum attempt_end)e);
		if (e == ATTEMPT_ESCAPED)
			str_addf(&l->crosses, "%.1f %.1f\n", x + 6, l->y + 10);
		add_label(&l->keys, x + 18, l->y + 10, key_texts[e]);
		x += w;
	}
	l->y += KEY + 6;
}

/* Arms beside a line of topics. */
static void add_arms(const struct attempts *a, struct layout *l)
{
	for (size_t k = 0; k < a->n_arms; k++)
		add_label(&l->arms, l->left - 8, l->y + HEAD + ROW * ((double)k + 0.5), a->arms[k].label);
	l->x = l->left;
	l->longest = 0;
}

static void next_line(const struct attempts *a, struct layout *l)
{
	l->y += HEAD + ROW * (double)a->n_arms + 6 + (double)l->longest * NAME_CHAR + BELOW;
}

static void add_column(const struct attempts *a, size_t i, struct layout *l)
{
	const struct attempt *t = &a->v[i];
	for (size_t k = 0; k < a->n_arms; k++) {
		enum attempt_end end = attempts_end(a, i, k);
		double y = l->y + HEAD + ROW * (double)k;
		add_box(&l->cells, l->x + 0.5, y + 1, COLUMN - 1, ROW - 2, end);
		if (end == ATTEMPT_ESCAPED)
			str_addf(&l->crosses, "%.1f %.1f\n", l->x + COLUMN / 2, y + ROW / 2.0);
	}
	add_label(&l->names, l->x + COLUMN / 2, l->y + HEAD + ROW * (double)a->n_arms + 5, t->name);
	l->longest = text_columns(t->name) > l->longest ? text_columns(t->name) : l->longest;
	l->x += COLUMN;
}

/* How many of the attempts from i on are of one topic. */
static size_t topic_size(const struct attempts *a, size_t i)
{
	size_t n = 1;
	while (i + n < a->n && strcmp(a->v[i + n].topic, a->v[i].topic) == 0)
		n++;
	return n;
}

static void add_topic(const struct attempts *a, size_t first, size_t n, struct layout *l)
{
	double columns = (double)n * COLUMN, text = (double)text_columns(a->v[first].topic) * CHAR, wide = columns > text ? columns : text;
	if (l->x > l->left && l->x + wide > l->width - EDGE) {
		next_line(a, l);
		add_arms(a, l);
	}
	double from = l->x;
	add_label(&l->topics, from, l->y + HEAD / 2.0, a->v[first].topic);
	for (size_t i = first; i < first + n; i++) {
		if (l->x > l->left && l->x + COLUMN > l->width - EDGE) {
			next_line(a, l);
			add_arms(a, l);
			from = l->x;
		}
		add_column(a, i, l);
	}
	l->x = (l->x > from + text ? l->x : from + text) + GAP;
}

static void add_title(const struct attempts *a, struct figure_text *ret)
{
	const char *separator = "";
	str_addf(&ret->title, "Reached the host, of %zu attempts to get out: ", a->n);
	for (size_t k = 0; k < a->n_arms; k++) {
		str_addf(&ret->title, "%s%u from %s", separator, attempts_count(a, k, ATTEMPT_ESCAPED), a->arms[k].label);
		separator = ", ";
	}
}

static void add_block(struct str *dat, const char *what, const struct str *block)
{
	/* gnuplot warns of a block without points: one that is out of sight is drawn instead */
	str_addf(dat, "# %s\n%s\n\n", what, block->len ? str_get(block) : "NaN NaN NaN NaN 0\n");
}

bool fig_isolation(const struct report *r, struct figure_text *ret)
{
	const struct attempts *a = r->run->attempts;
	cleanup(layout_free) struct layout l = { .width = ret->width };
	size_t longest = 0;
	if (!a || !a->n || !a->n_arms)
		return false;
	str_addf(&ret->dat, "# What came of each attempt, arm by arm: the figure's data. The blocks below are its layout in pixels.\n");
	for (size_t k = 0; k < a->n_arms; k++) {
		longest = text_columns(a->arms[k].label) > longest ? text_columns(a->arms[k].label) : longest;
		for (size_t i = 0; i < a->n; i++)
			str_addf(&ret->dat, "# %s\t%s\t%s\n", a->arms[k].name, a->v[i].name, attempt_words[attempts_end(a, i, k)]);
	}
	l.left = EDGE + (double)longest * CHAR + 8;
	add_key(a, &l);
	add_arms(a, &l);
	for (size_t i = 0, n; i < a->n; i += n) {
		n = topic_size(a, i);
		add_topic(a, i, n, &l);
	}
	next_line(a, &l);
	add_title(a, ret);
	add_block(&ret->dat, "cells and the key's squares: x0 x1 y0 y1 what came of it", &l.cells);
	add_block(&ret->dat, "arms: x y text", &l.arms);
	add_block(&ret->dat, "attempts: x y text", &l.names);
	add_block(&ret->dat, "topics: x y text", &l.topics);
	add_block(&ret->dat, "the key: x y text", &l.keys);
	add_block(&ret->dat, "what reached the host: x y", &l.crosses);
	set_title(ret);
	str_addf(&ret->set, "BODY = %.0f\n", l.y - BELOW);
	return true;
}

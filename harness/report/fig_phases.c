/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fig_phases.c - startup phases as one stacked bar an arm, each at its own scale, since a container's milliseconds and a
 * guest's seconds can't be read off one axis.
 *
 * The layout is made here, in pixels: below each bar stands its key with the phases' durations, broken into lines. */
#include "report/figures.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <string.h>

#define LEFT 16
#define HEAD 20                         /* line of text above the bar */
#define BAR 26
#define LINE 19                         /* line of the key */
#define GAP 22                          /* between arms */
#define CHAR 7.4                        /* a character of the key's 12 px font, on the wide side */
#define BOX 16                          /* key's coloured square and the blank behind it */

#define COLOURS 20                      /* of plots/common.gp, and what is much alike among them */
static const unsigned char hue[COLOURS] = { 0, 1, 2, 3, 0, 1, 4, 5, 0, 1, 2, 3, 0, 1, 4, 5, 0, 3, 2, 4 };

struct layout {
	const size_t *colour;           /* of each phase */
	struct str bars, boxes, keys, heads, ready;
	double y, width, bar;           /* bar: how wide one is */
};

static void layout_free(struct layout *l)
{
	str_free(&l->bars);
	str_free(&l->boxes);
	str_free(&l->keys);
	str_free(&l->heads);
	str_free(&l->ready);
}

/* Where the phase comes in the arm's bar, or n_order. */
static size_t place_of(const struct report_arm *a, size_t phase)
{
	size_t k = 0;
	while (k < a->n_order && a->order[k] != phase)
		k++;
	return k;
}

/* Whether two phases stand in one bar; *ret_beside: side by side. */
static bool together(const struct report *r, size_t p, size_t q, bool *ret_beside)
{
	bool any = false;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		size_t x = place_of(&r->arms[a], p), y = place_of(&r->arms[a], q);
		if (x == r->arms[a].n_order || y == r->arms[a].n_order)
			continue;
		any = true;
		*ret_beside = *ret_beside || x + 1 == y || y + 1 == x;
	}
	return any;
}

/* How much speaks against a colour, given those that phases have: 2 where it is in the same bar already, 1 beside its like. */
static unsigned against(const struct report *r, size_t phase, const size_t *colour, size_t c)
{
	unsigned worst = 0;
	for (size_t q = 0; q < r->n_phases; q++) {
		bool beside = false;
		if (colour[q] == COLOURS || !together(r, phase, q, &beside))
			continue;
		if (colour[q] == c)
			return 2;
		if (beside && hue[colour[q]] == hue[c])
			worst = 1;
	}
	return worst;
}

static void choose_colour(const struct report *r, size_t p, size_t *colour)
{
	size_t best = p % COLOURS;
	for (size_t i = 1; i < COLOURS; i++)
		if (against(r, p, colour, (p + i) % COLOURS) < against(r, p, colour, best))
			best = (p + i) % COLOURS;
	colour[p] = best;
}

static size_t bars_with(const struct report *r, size_t phase)
{
	size_t n = 0;
	for (size_t a = 0; a < r->run->n_arms; a++)
		n += place_of(&r->arms[a], phase) < r->arms[a].n_order;
	return n;
}

/* A colour for each phase, the same in all bars; those that most bars have choose first. Caller frees. */
static size_t *colours(const struct report *r)
{
	size_t *colour = xcalloc(r->n_phases + 1, sizeof(*colour));
	for (size_t p = 0; p < r->n_phases; p++)
		colour[p] = COLOURS;
	for (size_t n = r->run->n_arms + 1; n-- > 0;)
		for (size_t p = 0; p < r->n_phases; p++)
			if (bars_with(r, p) == n)
				choose_colour(r, p, colour);
	return colour;
}

static double sum_of(const struct report_arm *a)
{
	double sum = 0;
	for (size_t k = 0; k < a->n_order; k++)
		sum += a->phase_s[a->order[k]];
	return sum;
}

static void add_head(struct layout *l, const struct report_arm *a)
{
	cleanup_free char *ready = fmt_value(a->ready_s, "s"), *all = fmt_value(a->total_s, "s");
	cleanup_free char *n = fmt_count(a->n_startup, "launch", "launches");
	cleanup_free char *text = xasprintf("%s: main runs after %s, all gone after %s (medians of %s)", a->label, ready, all, n);
	str_addf(&l->heads, "%d %.1f ", LEFT, l->y + HEAD / 2.0);
	dat_quoted(&l->heads, text);
	str_addf(&l->heads, "\n");
	l->y += HEAD;
}

/* One phase's entry in the key at *x; goes to the next line when it would not fit. */
static void add_key(struct layout *l, double *x, const char *name, double s, size_t colour)
{
	cleanup_free char *value = fmt_value(s, "s");
	cleanup_free char *text = xasprintf("%s %s", name, value);
	double width = BOX + (double)text_columns(text) * CHAR + 14;
	if (*x > LEFT && *x + width > l->width - LEFT) {
		*x = LEFT;
		l->y += LINE;
	}
	double mid = l->y + LINE / 2.0;
	str_addf(&l->boxes, "%.1f %.1f %.1f %.1f %zu\n", *x, *x + 11, mid - 5.5, mid + 5.5, colour);
	str_addf(&l->keys, "%.1f %.1f ", *x + BOX, mid);
	dat_quoted(&l->keys, text);
	str_addf(&l->keys, "\n");
	*x += width;
}

/* Where main begins to run: the end of that phase, where the arm has one. Medians don't add up: by time alone the mark would
 * stand a little beside the edge. */
static double ready_at(const struct report *r, const struct report_arm *a, double sum, double bar)
{
	double s = 0;
	for (size_t k = 0; k < a->n_order; k++) {
		s += a->phase_s[a->order[k]];
		if (strcmp(r->phases[a->order[k]], "main") == 0)
			return LEFT + s / sum * bar;
	}
	return LEFT + a->ready_s / sum * bar;
}

static void add_arm(const struct report *r, const struct report_arm *a, struct layout *l)
{
	double sum = sum_of(a), at = LEFT, x = LEFT;
	add_head(l, a);
	for (size_t k = 0; k < a->n_order; k++) {
		double w = a->phase_s[a->order[k]] / sum * l->bar;
		if (w > 0)
			str_addf(&l->bars, "%.2f %.2f %.1f %.1f %zu\n", at, at + w, l->y, l->y + BAR, l->colour[a->order[k]]);
		at += w;
	}
	double ready = ready_at(r, a, sum, l->bar);
	if (ready <= LEFT + l->bar)
		str_addf(&l->ready, "%.2f %.1f %.2f %.1f\n", ready, l->y - 4, 0.0, BAR + 8.0);
	l->y += BAR + 4;
	for (size_t k = 0; k < a->n_order; k++)
		add_key(l, &x, r->phases[a->order[k]], a->phase_s[a->order[k]], l->colour[a->order[k]]);
	l->y += LINE + GAP;
}

static bool has_bar(const struct report_arm *a)
{
	return a->n_startup > 0 && sum_of(a) > 0 && isfinite(a->ready_s);
}

/* The finding: what the slowest arm spends most of its time on. */
static void add_title(const struct report *r, struct figure_text *ret)
{
	const struct report_arm *slowest = NULL;
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (has_bar(&r->arms[a]) && (!slowest || r->arms[a].total_s > slowest->total_s))
			slowest = &r->arms[a];
	size_t top = slowest->order[0];
	for (size_t k = 1; k < slowest->n_order; k++)
		if (slowest->phase_s[slowest->order[k]] > slowest->phase_s[top])
			top = slowest->order[k];
	str_addf(&ret->title, "Where a launch's time goes: %s spends %.0f %% of it in “%s”", slowest->label,
	         100 * slowest->phase_s[top] / sum_of(slowest), r->phases[top]);
}

static void add_block(struct str *dat, const char *what, const struct str *block)
{
	/* gnuplot warns of a block without points: one that is out of sight is drawn instead */
	str_addf(dat, "# %s\n%s\n\n", what, block->len ? str_get(block) : "NaN NaN NaN NaN 0\n");
}

bool fig_phases(const struct report *r, struct figure_text *ret)
{
	cleanup_free size_t *colour = colours(r);
	cleanup(layout_free) struct layout l = { .colour = colour, .y = 8, .width = ret->width, .bar = ret->width - 2 * LEFT };
	str_addf(&ret->dat, "# Median duration of each phase, s: the figure's data. The blocks below are its layout in pixels.\n");
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!has_bar(&r->arms[a]))
			continue;
		const struct report_arm *arm = &r->arms[a];
		for (size_t k = 0; k < arm->n_order; k++)
			str_addf(&ret->dat, "# %s\t%s\t%.9g\n", r->run->arms[a].name, r->phases[arm->order[k]],
			         arm->phase_s[arm->order[k]]);
		add_arm(r, arm, &l);
	}
	if (l.bars.len == 0)
		return false;
	add_title(r, ret);
	add_block(&ret->dat, "bars: x0 x1 y0 y1 colour", &l.bars);
	add_block(&ret->dat, "key squares: x0 x1 y0 y1 colour", &l.boxes);
	add_block(&ret->dat, "key texts: x y text", &l.keys);
	add_block(&ret->dat, "headings: x y text", &l.heads);
	add_block(&ret->dat, "main runs: x y dx dy", &l.ready);
	set_title(ret);
	str_addf(&ret->set, "BODY = %.0f\n", l.y - GAP + 4);
	return true;
}

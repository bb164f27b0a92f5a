/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fig_ladder.c - the ladder of isolation as a staircase: a panel a metric, one above the other on the same rungs.
 *
 * A tread is a rung's median with its interval, a riser what the rung adds to the one below. Axes begin at 0, so that a riser
 * looks as large as it is; a last rung far above the rest (a guest under software emulation) leaves the scale and is
 * written down instead. */
#include "report/figures.h"

#include "base/cleanup.h"
#include "report/fmt.h"
#include "report/ladder.h"

#include <math.h>
#include <string.h>

#define LEFT 78                         /* px for the tics of the y axis */
#define RIGHT 14
#define COLUMN_MIN 78                   /* px of a rung */
#define BLANK 8                         /* between the labels of two rungs */
#define CHAR 6.7                        /* a character of a label's 11 px font, on the wide side */
#define LINE 17
#define LINES_MAX 5                     /* of a rung's label; with more, labels are turned */
#define SLOPE 0.52                      /* sine of the angle of turned labels, CHAR being on the wide side */
#define HEADROOM 1.3                    /* above the highest interval, for its text */
#define MEDIANS_LEAST 0.5               /* of the axis that the medians take: one wide interval must not flatten them */

/* Blocks of .dat for one panel, in order. */
struct blocks {
	struct str treads, risers, texts, gone;
};

static void blocks_free(struct blocks *b)
{
	str_free(&b->treads);
	str_free(&b->risers);
	str_free(&b->texts);
	str_free(&b->gone);
}

/* The three plain drivers have their arms' colours in every figure; any other has the next one. */
static size_t slot_of(const struct report *r, size_t rung)
{
	static const char *const drivers[] = { "host", "container", "vm" };
	const char *driver = r->run->arms[r->ladder->rungs[rung].arm].driver;
	size_t slot = 0;
	while (slot < 3 && strcmp(driver, drivers[slot]) != 0)
		slot++;
	return slot;
}

static double high(const struct report_step *s)
{
	return s->median_ci.ok ? s->median_ci.hi : s->median;
}

static double top_of(const struct report_panel *p)
{
	double top = 0, medians = 0;
	for (size_t i = 0; i < p->n_on_scale; i++)
		if (p->steps[i].n) {
			top = fmax(top, high(&p->steps[i]) * HEADROOM);
			medians = fmax(medians, p->steps[i].median / MEDIANS_LEAST);
		}
	return top > 0 ? fmin(top, medians) : 1;
}

static void add_text(struct str *b, double x, double y, const char *text)
{
	str_addf(b, "%.4g %.9g ", x, y);
	dat_quoted(b, text);
	str_addf(b, "\n");
}

static void add_tread(const struct report *r, size_t rung, const struct report_step *s, double top, struct blocks *b)
{
	double lo = s->median_ci.ok ? s->median_ci.lo : s->median;
	str_addf(&b->treads, "%zu %.9g %.9g %.9g %zu\n", rung, s->median, lo, high(s), slot_of(r, rung));
	cleanup_free char *text = ladder_step_text(s, rung == 0);
	if (s->word != STEP_NOT_DISTINGUISHABLE)
		add_text(&b->texts, (double)rung, fmin(high(s), top / HEADROOM), strcmp(text, FMT_NONE) == 0 ? "" : text);
}

/* From the tread below; known: the difference is more than chance. */
static void add_riser(const struct report_panel *p, size_t rung, double to, struct str *b)
{
	const struct report_step *s = &p->steps[rung];
	if (isfinite(s->added))
		str_addf(b, "%.1f %.9g %.9g %d\n", (double)rung - 0.5, p->steps[rung - 1].median, to - p->steps[rung - 1].median,
		         s->word == STEP_ADDS || s->word == STEP_SAVES);
}

static void add_gone(const struct report_panel *p, size_t rung, double top, struct blocks *b)
{
	const struct report_step *s = &p->steps[rung];
	cleanup_free char *value = fmt_value(s->median, "s");
	if (isfinite(s->added))
		str_addf(&b->gone, "%.1f %.9g %.9g\n", (double)rung - 0.5, p->steps[rung - 1].median,
		         top - p->steps[rung - 1].median);
	add_text(&b->texts, (double)rung, top * 0.72, value);
	add_text(&b->texts, (double)rung, top * 0.53, "(off scale)");
}

static void add_block(struct str *dat, const char *what, const struct str *block)
{
	/* gnuplot warns of a block without points: one that is out of sight is drawn instead */
	str_addf(dat, "# %s\n%s\n\n", what, block->len ? str_get(block) : "NaN NaN NaN NaN 0\n");
}

static void add_panel(const struct report *r, const struct report_panel *p, double top, struct str *dat)
{
	cleanup(blocks_free) struct blocks b = { 0 };
	for (size_t i = 0; i < r->ladder->n; i++) {
		if (!p->steps[i].n)
			continue;
		if (i < p->n_on_scale) {
			add_tread(r, i, &p->steps[i], top, &b);
			add_riser(p, i, p->steps[i].median, &b.risers);
		} else {
			add_gone(p, i, top, &b);
		}
	}
	str_addf(dat, "# ==== %s, s\n", p->label);
	add_block(dat, "treads: rung, median, low, high, colour", &b.treads);
	add_block(dat, "risers: x, median below, difference, 1 where its interval excludes 0", &b.risers);
	add_block(dat, "texts: x, y, text", &b.texts);
	add_block(dat, "off scale: x, y, length of the arrow", &b.gone);
}

static size_t longest_word(const char *text)
{
	size_t longest = 0;
	cleanup(strv_free) struct strv words = { 0 };
	strv_split(&words, text, " ");
	for (size_t i = 0; i < words.n; i++)
		longest = text_columns(words.v[i]) > longest ? text_columns(words.v[i]) : longest;
	return longest;
}

/* The rungs' labels below the axis: broken into lines where their words fit into the columns, or else turned. */
static void add_labels(const struct report *r, double column, struct str *set)
{
	cleanup(str_free) struct str broken = { 0 }, turned = { 0 };
	size_t width = (size_t)((column - BLANK) / CHAR), longest = 0;
	int most = 1;
	bool fits = true;
	for (size_t i = 0; i < r->ladder->n; i++) {
		cleanup_free char *label = ladder_rung_text(r, i);
		fits = fits && longest_word(label) <= width;
		longest = text_columns(label) > longest ? text_columns(label) : longest;
		str_addf(&broken, i ? ", " : "");
		int lines = set_lines(&broken, label, width);
		most = lines > most ? lines : most;
		str_addf(&turned, i ? ", " : "");
		set_quoted(&turned, label);
	}
	fits = fits && most <= LINES_MAX;
	str_addf(set, "array RUNG[RUNGS] = [%s]\nTURNED = %d\nFOOT = %.0f\n", fits ? str_get(&broken) : str_get(&turned), !fits,
	         fits ? most * LINE + 8 : (double)longest * CHAR * SLOPE + 16);
}

static const struct report_panel *told_panel(const struct report_ladder *l)
{
	for (size_t i = 0; i < l->n_panels; i++)
		if (l->panels[i].startup)
			return &l->panels[i];
	return &l->panels[0];
}

/* The finding: which rung adds most to startup, and how much of it all that is. */
static void add_title(const struct report *r, struct figure_text *ret)
{
	const struct report_ladder *l = r->ladder;
	const struct report_panel *p = told_panel(l);
	size_t best = ladder_dearest(l, p), last = p->n_on_scale - 1;
	const struct report_step *from = &p->steps[0], *to = &p->steps[last];
	str_addf(&ret->title, "The ladder of isolation: ");
	if (best) {
		cleanup_free char *added = fmt_value(p->steps[best].added, "s");
		str_addf(&ret->title, "“%s” adds most to %s, %s", l->rungs[best].adds, p->label, added);
	} else {
		str_addf(&ret->title, "no rung is known to add to %s", p->label);
	}
	if (from->n && to->n) {
		cleanup_free char *low = fmt_value(from->median, "s"), *end = fmt_value(to->median, "s");
		cleanup_free char *all = fmt_value(to->median - from->median, "s");
		str_addf(&ret->title, "%s%s from %s (%s) to %s (%s)", best ? " of the " : ",", best ? all : "",
		         r->arms[l->rungs[0].arm].label, low, r->arms[l->rungs[last].arm].label, end);
	}
	if (last + 1 < l->n) {
		cleanup_free char *gone = fmt_value(p->steps[l->n - 1].median, "s");
		str_addf(&ret->title, "; %s takes %s", r->arms[l->rungs[l->n - 1].arm].label, gone);
	}
}

bool fig_ladder(const struct report *r, struct figure_text *ret)
{
	const struct report_ladder *l = r->ladder;
	if (!l)
		return false;
	double width = fmax(ret->width, LEFT + RIGHT + (double)l->n * COLUMN_MIN);
	cleanup(str_free) struct str names = { 0 }, whats = { 0 }, tops = { 0 }, tics = { 0 };
	for (size_t i = 0; i < l->n_panels; i++) {
		double top = top_of(&l->panels[i]);
		const char *separator = i ? ", " : "";
		add_panel(r, &l->panels[i], top, &ret->dat);
		str_addf(&names, "%s", separator);
		set_quoted(&names, l->panels[i].label);
		str_addf(&whats, "%s", separator);
		set_quoted(&whats, l->panels[i].what ? l->panels[i].what : "");
		str_addf(&tops, "%s%.6g", separator, top);
		str_addf(&tics, "%s\"", separator);
		set_time_tics(&tics, top, 5);
		str_addf(&tics, "\"");
	}
	add_title(r, ret);
	ret->width = (unsigned)width;
	set_title(ret);
	str_addf(&ret->set, "LEFT = %d\nRIGHT = %d\nRUNGS = %zu\nPANELS = %zu\narray NAME[PANELS] = [%s]\n"
	         "array WHAT[PANELS] = [%s]\narray YMAX[PANELS] = [%s]\narray YTICS[PANELS] = [%s]\n", LEFT, RIGHT, l->n,
	         l->n_panels, str_get(&names), str_get(&whats), str_get(&tops), str_get(&tics));
	add_labels(r, (width - LEFT - RIGHT) / (double)l->n, &ret->set);
	return true;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fig_text.c - pieces of .set and .dat files that figures share. */
#include "report/figures.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <string.h>

size_t text_columns(const char *utf8)
{
	size_t n = 0;
	for (; *utf8; utf8++)
		n += ((unsigned char)*utf8 & 0xc0) != 0x80;
	return n;
}

/* Single quotes, because gnuplot runs what stands in `backquotes` inside of double ones. An apostrophe becomes a typographic
 * one: doubled at the beginning of a string, as gnuplot's manual has it, it is not read back. */
void set_quoted(struct str *b, const char *text)
{
	str_addf(b, "'");
	for (; *text; text++)
		str_addf(b, *text == '\'' ? "’" : "%c", *text == '\n' ? ' ' : *text);
	str_addf(b, "'");
}

void set_tic(struct str *b, const char *text)
{
	cleanup(str_free) struct str doubled = { 0 };
	for (; *text; text++)
		str_addf(&doubled, *text == '%' ? "%%%%" : "%c", *text);
	set_quoted(b, str_get(&doubled));
}

int set_lines(struct str *b, const char *text, size_t width)
{
	cleanup_free char *copy = xstrdup(text);
	char *at = copy;
	int lines = 1;
	for (;; lines++) {
		char *cut = NULL;
		size_t col = 0;
		for (char *c = at; *c && (col <= width || !cut); c++, col++)
			if (*c == ' ')
				cut = c;
		if (text_columns(at) <= width || !cut)
			break;
		*cut = '\0';
		set_quoted(b, at);
		str_addf(b, ".\"\\n\".");
		at = cut + 1;
	}
	set_quoted(b, at);
	return lines;
}

void set_string(struct str *b, const char *name, const char *text, size_t width)
{
	str_addf(b, "%s = ", name);
	int lines = set_lines(b, text, width);
	str_addf(b, "\n%s_LINES = %d\n", name, lines);
}

#define TITLE_COLUMNS 94                /* what fits on a line of 900 px */

void set_title(struct figure_text *t)
{
	set_string(&t->set, "TITLE", str_get(&t->title), (size_t)TITLE_COLUMNS * t->width / 900);
	str_addf(&t->set, "WIDTH = %u\n", t->width);
}

/* A column of text in a .dat file has no way to quote a quote. */
void dat_quoted(struct str *b, const char *text)
{
	str_addf(b, "\"");
	for (; *text; text++)
		str_addf(b, "%c", *text == '"' || *text == '\\' ? '\'' : *text == '\n' ? ' ' : *text);
	str_addf(b, "\"");
}

static void add_tick(struct str *b, double v, const char *unit, size_t *n)
{
	cleanup_free char *text = unit ? fmt_tick(v, unit) : xasprintf("%.10g", v);
	str_addf(b, "%s'%s' %.10g", (*n)++ ? ", " : "", text, v);
}

/* Over less than a third of a decade a logarithmic axis is as good as linear: multiples of 1, 2 or 5 times a power. */
static void add_even_tics(struct str *b, double lo, double hi, const char *unit, size_t *n)
{
	double raw = (hi - lo) / 8, power = pow(10, floor(log10(raw)));
	double step = raw <= 2 * power ? 2 * power : raw <= 5 * power ? 5 * power : 10 * power;
	for (double k = ceil(lo / step); k * step <= hi; k++)
		add_tick(b, k * step, unit, n);
}

void set_time_tics(struct str *b, double hi, int n)
{
	double raw = hi / n, power = pow(10, floor(log10(raw)));
	double step = raw <= power ? power : raw <= 2 * power ? 2 * power : raw <= 5 * power ? 5 * power : 10 * power;
	size_t count = 0;
	str_addf(b, "set ytics (");
	for (int k = 0; k * step <= hi; k++)
		add_tick(b, k * step, "s", &count);
	str_addf(b, ")");
}

void set_axis_tics(struct str *b, const char *axis, double lo, double hi, const char *unit)
{
	static const double many[] = { 1, 1.5, 2, 3, 5, 7, 0 }, some[] = { 1, 2, 5, 0 }, few[] = { 1, 3, 0 }, one[] = { 1, 0 };
	double decades = log10(hi / lo);
	const double *steps = decades < 1 ? many : decades < 2.5 ? some : decades < 4 ? few : one;
	size_t n = 0;
	str_addf(b, "set %s (", axis);
	if (decades < 0.33)
		add_even_tics(b, lo, hi, unit, &n);
	for (int e = (int)floor(log10(lo)); decades >= 0.33 && e <= (int)ceil(log10(hi)); e++)
		for (const double *s = steps; *s > 0; s++)
			if (*s * pow(10, e) >= lo && *s * pow(10, e) <= hi)
				add_tick(b, *s * pow(10, e), unit, &n);
	str_addf(b, ")\n");
}

void set_log_tics(struct str *b, double lo, double hi, const char *unit)
{
	set_axis_tics(b, "xtics", lo, hi, unit);
}

void set_bytes_tics(struct str *b, double lo, double hi)
{
	int step = log2(hi / lo) > 14 ? 4 : 2;
	size_t n = 0;
	str_addf(b, "set xtics (");
	for (int e = (int)ceil(log2(lo) / step) * step; e <= (int)floor(log2(hi)); e += step)
		add_tick(b, pow(2, e), "B", &n);
	str_addf(b, ")\n");
}

void fig_key_add(struct fig_key *k, const char *label, size_t slot)
{
	size_t columns = text_columns(label);
	str_addf(&k->labels, k->n ? ", " : "");
	set_quoted(&k->labels, label);
	str_addf(&k->slots, "%s%zu", k->n ? ", " : "", slot);
	k->n++;
	k->longest = columns > k->longest ? columns : k->longest;
}

void fig_key_put(const struct fig_key *k, struct str *set)
{
	str_addf(set, "N = %zu\nLONGEST = %zu\narray LABEL[N] = [%s]\narray SLOT[N] = [%s]\n", k->n, k->longest,
	         str_get(&k->labels), str_get(&k->slots));
}

void fig_key_free(struct fig_key *k)
{
	str_free(&k->labels);
	str_free(&k->slots);
}

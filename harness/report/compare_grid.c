/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compare_grid.c - the tables of a comparison, as text in columns and in Markdown. */
#include "report/compare_parts.h"

#include "base/cleanup.h"
#include "report/figures.h"
#include "report/fmt.h"
#include "report/md.h"
#include "report/show_parts.h"

#include <math.h>
#include <stdlib.h>

#define RED "\033[31m"
#define GREEN "\033[32m"
#define GAP 2
#define BAR_LEAST 4
#define BAR_MOST 40

static char *p_text(double p)
{
	return isfinite(p) && p < 0.001 ? xstrdup("< 0.001") : fmt_number(p);
}

static void fill_row(struct grid_row *row, const struct compare_cell *cell, const struct compare_ratio *r, char *a, char *b)
{
	bool amount = cell->m->amount;
	*row = (struct grid_row){
		.cell = { xasprintf("%s %s", cell->arm, cell->m->label), a, b, fmt_ratio(r->ratio, r->ci), p_text(r->adjusted),
		          xstrdup(amount ? stats_verdict_amount(r->verdict) : stats_verdict_text(r->verdict)) },
		.ratio = r->ratio,
		.verdict = r->verdict,
	};
}

static char *median_text(const struct report_cell *c, const char *unit, bool interval)
{
	cleanup_free char *with = fmt_interval(c->s.median, c->median_ci, unit);
	return interval ? xasprintf("%s, n = %zu", with, c->n) : fmt_value(c->s.median, unit);
}

static char *overhead_text(const struct report_cell *c, bool interval)
{
	return fmt_ratio(c->ratio, interval ? c->ratio_ci : (struct stats_interval){ .ok = false });
}

void grid_costs(const struct compare *c, bool intervals, struct grid *ret)
{
	*ret = (struct grid){ .head = { "cell", "A", "B", "B over A as cost", "adjusted p", "B is" },
		              .rows = xcalloc(c->n + 1, sizeof(*ret->rows)) };
	for (size_t i = 0; i < c->n; i++) {
		const struct compare_cell *cell = &c->cells[i];
		fill_row(&ret->rows[ret->n++], cell, &cell->cost, median_text(cell->c[0], cell->m->unit, intervals),
		         median_text(cell->c[1], cell->m->unit, intervals));
	}
}

void grid_overheads(const struct compare *c, bool intervals, struct grid *ret)
{
	*ret = (struct grid){ .head = { "cell", "A over its host", "B over its host", "B over A", "adjusted p", "B's overhead is" },
		              .rows = xcalloc(c->n + 1, sizeof(*ret->rows)) };
	for (size_t i = 0; i < c->n; i++) {
		const struct compare_cell *cell = &c->cells[i];
		if (isfinite(cell->overhead.ratio))
			fill_row(&ret->rows[ret->n++], cell, &cell->overhead, overhead_text(cell->c[0], intervals),
			         overhead_text(cell->c[1], intervals));
	}
}

void grid_free(struct grid *g)
{
	for (size_t i = 0; i < g->n; i++)
		for (size_t k = 0; k < GRID_COLUMNS; k++)
			free(g->rows[i].cell[k]);
	free(g->rows);
}

static const char *colour_of(enum verdict v)
{
	return v == VERDICT_SLOWER ? RED : v == VERDICT_FASTER ? GREEN : SHOW_DIM;
}

/* From 1 on a logarithmic scale: full blocks for a higher cost, hollow ones for a lower. */
static void add_bar(const struct grid_row *row, double scale, int room, struct str *b)
{
	int n = isfinite(row->ratio) && scale > 0 ? (int)lround(fabs(log(row->ratio)) / scale * room) : 0;
	for (int i = 0; i < n; i++)
		str_addf(b, row->ratio > 1 ? "█" : "░");
}

static void end_line(struct str *b)
{
	while (b->len && b->s[b->len - 1] == ' ')
		b->s[--b->len] = '\0';
	str_addf(b, "\n");
}

struct layout {
	int width[GRID_COLUMNS], room;  /* columns; for the bar, 0: none */
	double scale;
	bool colour;
};

static void lay_out(const struct grid *g, int width, struct layout *l)
{
	int all = 0;
	for (size_t k = 0; k < GRID_COLUMNS; k++) {
		l->width[k] = (int)text_columns(g->head[k]);
		for (size_t i = 0; i < g->n; i++) {
			int n = (int)text_columns(g->rows[i].cell[k]);
			l->width[k] = n > l->width[k] ? n : l->width[k];
		}
		all += l->width[k] + GAP;
	}
	for (size_t i = 0; i < g->n; i++)
		if (isfinite(g->rows[i].ratio))
			l->scale = fmax(l->scale, fabs(log(g->rows[i].ratio)));
	int room = width - all;
	l->room = room < BAR_LEAST ? 0 : room > BAR_MOST ? BAR_MOST : room;
}

static void add_row(const struct grid_row *row, const struct layout *l, struct str *b)
{
	for (size_t k = 0; k < GRID_COLUMNS; k++) {
		if (k == GRID_COLUMNS - 1 && l->colour)
			str_addf(b, "%s", colour_of(row->verdict));
		show_padded(b, row->cell[k], l->width[k] + GAP);
	}
	add_bar(row, l->scale, l->room, b);
	if (l->colour)
		str_addf(b, "%s", SHOW_RESET);
	end_line(b);
}

void grid_text(const struct grid *g, int width, bool colour, struct str *b)
{
	struct layout l = { .colour = colour };
	lay_out(g, width, &l);
	str_addf(b, "%s", colour ? SHOW_BOLD : "");
	for (size_t k = 0; k < GRID_COLUMNS; k++)
		show_padded(b, g->head[k], l.width[k] + GAP);
	str_addf(b, "%s", colour ? SHOW_RESET : "");
	end_line(b);
	for (size_t i = 0; i < g->n; i++)
		add_row(&g->rows[i], &l, b);
	cleanup_free char *longest = fmt_number(exp(l.scale));
	if (l.room && l.scale > 0)
		str_addf(b, "Bars: the ratio's logarithm; the longest is %s × or 1 over it.\n", longest);
	str_addf(b, "\n");
}

void grid_md(const struct grid *g, struct str *b)
{
	for (size_t k = 0; k < GRID_COLUMNS; k++)
		str_addf(b, "| %s ", g->head[k]);
	str_addf(b, "|\n|---|---|---|---|--:|---|\n");
	for (size_t i = 0; i < g->n; i++) {
		for (size_t k = 0; k < GRID_COLUMNS; k++) {
			str_addf(b, "| ");
			md_cell(b, g->rows[i].cell[k]);
			str_addf(b, " ");
		}
		str_addf(b, "|\n");
	}
	str_addf(b, "\n");
}

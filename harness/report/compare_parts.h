/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compare_parts.h - what the terminal's and the Markdown's comparison share: tables of text, and sentences. */
#ifndef ISOCOST_REPORT_COMPARE_PARTS_H
#define ISOCOST_REPORT_COMPARE_PARTS_H

#include "report/compare.h"

#define GRID_COLUMNS 6

/* A table as text; the last column is the one that a bar follows. */
struct grid_row {
	char *cell[GRID_COLUMNS];
	double ratio;                   /* for the bar; NaN: none */
	enum verdict verdict;           /* for its colour */
};

struct grid {
	const char *head[GRID_COLUMNS];
	struct grid_row *rows;
	size_t n;
};

/* The costs, or the overheads. intervals: of the medians too. Owner calls grid_free. */
void grid_costs(const struct compare *c, bool intervals, struct grid *ret);
void grid_overheads(const struct compare *c, bool intervals, struct grid *ret);
void grid_free(struct grid *g);
void grid_text(const struct grid *g, int width, bool colour, struct str *b);
void grid_md(const struct grid *g, struct str *b);

/* What has to be said beside the figures. */
void compare_say(const struct compare *c, struct strv *ret);

#endif

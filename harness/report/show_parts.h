/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show_parts.h - what the files of the terminal's summary share. */
#ifndef ISOCOST_REPORT_SHOW_PARTS_H
#define ISOCOST_REPORT_SHOW_PARTS_H

#include "report/model.h"

#define SHOW_INDENT 2
#define SHOW_BOLD "\033[1m"
#define SHOW_DIM "\033[2m"
#define SHOW_RESET "\033[0m"

/* Text in a column of `width`; %-*s counts bytes, and there are "µ" and "×". A negative width sets it to the right. */
void show_padded(struct str *b, const char *text, int width);

/* Box plots of a metric's launches, a line an arm with its label in `label` columns, within `width` columns; nothing where no arm has
 * launches enough, or the terminal no room. */
void show_boxes(const struct report *r, const struct report_metric *m, int label, int width, bool colour, struct str *b);

/* The ladder of isolation in lines of at most `width` columns; nothing when the run has none. */
void show_ladder(const struct report *r, int width, bool colour, struct str *b);

/* The launches of an adaptive run and what ended each cell, a line a cell with `rows`; nothing of another run. */
void show_spent(const struct report *r, bool rows, bool colour, struct str *b);

/* What the host's CPUs spent by what was moved, a block a workload that tells; labels in `label` columns. */
void show_workcost(const struct report *r, int label, bool colour, struct str *b);

#endif

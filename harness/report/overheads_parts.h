/* SPDX-License-Identifier: GPL-3.0-or-later */
/* overheads_parts.h - what the tables of many runs' overheads share. */
#ifndef ISOCOST_REPORT_OVERHEADS_PARTS_H
#define ISOCOST_REPORT_OVERHEADS_PARTS_H

#include "report/compare.h"

#define OVERHEADS_COLUMNS 24            /* runs that a table has columns for; more are told by their spread */

/* "differ: run 3 below run 1", or "". Owner frees. */
char *overheads_apart(const struct overheads_row *row);

void overheads_spread_text(const struct overheads *o, struct str *b);
void overheads_spread_md(const struct overheads *o, struct str *b);
/* Which runs these tables name: ret[i] becomes true. */
void overheads_named(const struct overheads *o, bool *ret);

#endif

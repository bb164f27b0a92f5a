/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.h - a run as text for people: REPORT.md with its figures, and a summary for the terminal. */
#ifndef ISOCOST_REPORT_H
#define ISOCOST_REPORT_H

#include "base/err.h"
#include "model/run.h"

#include <stdbool.h>

/* Write md_path, and beside it plots/NAME.svg, drawn by the .gp files in plots_src_dir. The figures' data (.dat, .set) goes
 * to plots/ in run->dir, or beside the pictures where run->dir is NULL. Pictures that can't be drawn (no gnuplot) are left
 * out; the report and a logged warning say so. */
int report_write(const struct run *run, const char *md_path, const char *plots_src_dir, struct err *err);

/* The summary for a terminal of `width` columns (at least 60 are used), with ANSI colours when `colour`. Owner frees. */
char *show_text(const struct run *run, int width, bool colour);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.h - a run as text for people: REPORT.md and report.html with their figures, and a summary for the terminal. */
#ifndef ISOCOST_REPORT_H
#define ISOCOST_REPORT_H

#include "base/err.h"
#include "model/run.h"

#include <stdbool.h>

struct report_paths {
	const char *md;                 /* REPORT.md; its figures go to plots/NAME.svg beside it */
	const char *html;               /* the page; NULL: beside the text, report.html or as the text is called */
	const char *gp_dir;             /* where the .gp files are */
};

/* Write the text, the page and the figures. The figures' data (.dat, .set) goes to plots/ in run->dir, or beside the pictures where
 * run->dir is NULL. Pictures that can't be drawn (no gnuplot) are left out; the report and a logged warning say so. */
int report_write(const struct run *run, const struct report_paths *paths, struct err *err);

/* The summary for a terminal of `width` columns (at least 60 are used), with ANSI colours when `colour`, with box plots of the launches when
 * `boxes`. UTF-8. Owner frees. */
char *show_text(const struct run *run, int width, bool colour, bool boxes);
/* A text for a terminal that has ASCII alone: signs become letters, what has none "?". Owner frees. */
char *show_ascii(const char *text);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html.h - the report as one page that needs nothing else: made from its Markdown, the figures within. */
#ifndef ISOCOST_REPORT_HTML_H
#define ISOCOST_REPORT_HTML_H

#include "base/err.h"

/* The page of a Markdown text of this program: GitHub's dialect, its HTML passed on (md_cell keeps that of others out). A paragraph that
 * is a picture plots/NAME.svg becomes svg_dir/NAME.svg itself. No script, and a policy within that forbids any, and every request.
 * *ret is the caller's to free. */
int html_text(const char *md, const char *title, const char *svg_dir, char **ret, struct err *err);

/* The page's style without the colours of figures. */
extern const char html_style[];

#endif

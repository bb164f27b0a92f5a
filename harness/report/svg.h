/* SPDX-License-Identifier: GPL-3.0-or-later */
/* svg.h - gnuplot's SVG made fit for readers: named for those who can't see it, and set into a page with its colours. Text in, text
 * out. */
#ifndef ISOCOST_REPORT_SVG_H
#define ISOCOST_REPORT_SVG_H

#include "base/str.h"

/* Put title and desc in the place of gnuplot's own. NULL when the text is no SVG with a title and a desc. Owner frees. */
char *svg_named(const char *svg, const char *title, const char *desc);

/* The <svg> element to stand in a page beside others: every id begins with prefix, no two figures share one; the neutral colours (paper,
 * ink, grid) and those too dark for a dark page are variables of the page's style, svg_colours. NULL when there is no <svg>. Owner
 * frees. */
char *svg_inline(const char *svg, const char *prefix);

/* The style's variables: name, on a light page, on a dark one. Ends at name == NULL. */
struct svg_colour {
	const char *name;
	unsigned light, dark;           /* 0xRRGGBB */
};
extern const struct svg_colour svg_colours[];

#endif

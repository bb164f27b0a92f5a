/* SPDX-License-Identifier: GPL-3.0-or-later */
/* line.h - a line of the journal as this program writes it, straight into a launch. A tree of everything takes many times as long; it
 * is for lines that are written in another way, or wrong, and says what is. */
#ifndef ISOCOST_STORE_LINE_H
#define ISOCOST_STORE_LINE_H

#include "model/launch.h"

#include <stdbool.h>

/* Times come back with the start request at 1 ns: 0 means "did not happen". */
#define LAUNCH_ORIGIN_NS 1

/* The launch of a line, the same as json_to_launch of its tree. false: the line is to be read as a tree, and *ret holds nothing. Usual are
 * the fields that json_from_launch writes, in any order, each once; strings of printable ASCII without escapes; no traced calls and no
 * histogram. line is NUL-terminated. */
bool line_to_launch(const char *line, size_t len, struct launch *ret);

/* One number as JSON has it, behind which *end is set; the double nearest to it. false: it is none. text is NUL-terminated. */
bool line_number(const char *text, const char **end, double *ret);

#endif

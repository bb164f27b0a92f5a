/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples.h - samples and phases of a line of the journal, taken out of its text before it becomes a tree: they are nearly all of it. */
#ifndef ISOCOST_STORE_SAMPLES_H
#define ISOCOST_STORE_SAMPLES_H

#include "base/str.h"

#include <stdbool.h>

#define SAMPLES_ARRAYS 64               /* of a line */
#define SAMPLES_PHASES 64

/* Kept from line to line; {0} is empty, the owner calls samples_free. */
struct samples {
	struct str rest;                /* the line, each array of samples replaced by [NUMBER] of its place in array */
	double *v;                      /* the values of all arrays; null is NaN */
	size_t n, cap;
	struct {
		size_t at, n;           /* in v */
	} array[SAMPLES_ARRAYS];
	size_t n_arrays;
	struct {
		const char *name;       /* in the line, not terminated */
		size_t len;
		double end_s;
	} phase[SAMPLES_PHASES];
	size_t n_phases;                /* 0: they are still in rest */
	bool phases_seen;
};

/* Take the arrays that are called "samples" or "warmup" out of a line, which stays as it is, and "phases" where they are as usual. false: there is one that holds something
 * else than numbers and null, or the line is written in an unusual way; it is to be read as it is, by what names errors. */
bool samples_take(struct samples *s, const char *line, size_t len);
void samples_free(struct samples *s);

/* One number as JSON has it, behind which *end is set; the double nearest to it. false: it is none. text is NUL-terminated. */
bool samples_number(const char *text, const char **end, double *ret);

#endif

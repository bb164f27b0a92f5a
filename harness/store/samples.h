/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples.h - what a line of the journal is mostly made of, taken out of its text before it becomes a tree: samples, phases, names with
 * values. A tree of everything takes ten times as long. */
#ifndef ISOCOST_STORE_SAMPLES_H
#define ISOCOST_STORE_SAMPLES_H

#include "base/str.h"

#include <stdbool.h>

#define SAMPLES_ARRAYS 64               /* of a line */
#define SAMPLES_PHASES 64
#define SAMPLES_PAIRS 64

struct samples_text {
	const char *s;                  /* in the line, not terminated */
	size_t len;
};

struct samples_pairs {
	struct samples_text key[SAMPLES_PAIRS], val[SAMPLES_PAIRS];
	size_t n;                       /* 0: they are still in rest */
};

/* Kept from line to line; {0} is empty, the owner calls samples_free. */
struct samples {
	struct str rest;                /* the line: each array of samples is [NUMBER] of its place in array, and what else is here is empty */
	double *v;                      /* the values of all arrays; null is NaN */
	size_t n, cap;
	struct {
		size_t at, n;           /* in v */
	} array[SAMPLES_ARRAYS];
	size_t n_arrays;
	struct {
		struct samples_text name;
		double end_s;
	} phase[SAMPLES_PHASES];
	size_t n_phases;                /* 0: they are still in rest */
	struct samples_pairs seen, params;
	unsigned met;                   /* what was in the line so far */
};

/* Take the arrays that are called "samples" or "warmup" out of a line, which stays as it is and where it is while what is taken is used; and
 * "phases", "seen" and "params" where they are written as usual. false: an array holds something else than numbers and null, or the line
 * is written in an unusual way; it is to be read as it is, by what names errors. */
bool samples_take(struct samples *s, const char *line, size_t len);
void samples_free(struct samples *s);

/* One number as JSON has it, behind which *end is set; the double nearest to it. false: it is none. text is NUL-terminated. */
bool samples_number(const char *text, const char **end, double *ret);

#endif

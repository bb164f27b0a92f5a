/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needed.h - how many launches it takes to find a change, cell by cell, from how the launches of a run scattered. */
#ifndef ISOCOST_REPORT_NEEDED_H
#define ISOCOST_REPORT_NEEDED_H

#include "report/export.h"
#include "report/scatter.h"

/* What is to be found. */
struct needed_conf {
	double detect;                  /* the change, as a fraction: 0.02 is 2 % more cost, or less */
	double power;                   /* in what share of experiments */
	unsigned cells;                 /* of the comparison, which is corrected for their number; 1: this cell alone */
};

/* The level at which one cell's test must say so, at worst (Holm's first step). */
double needed_alpha(const struct needed_conf *c);

/* One arm in one metric. NaN: not known, as everything is whose grounds are not known. */
struct needed {
	struct export_cell cell;        /* names, and the figures it is from */
	struct scatter scatter;
	double launches, from, to;      /* of this arm in either run, to find the change between two runs; and for the ends of sd's 95 % interval */
	double pairs_sd;                /* of the logarithms of the blocks' ratios to the host; NaN: they don't pair up */
	double against_host;            /* of this arm and of the host in one run, to find it between the two; NaN for the host */
	double found;                   /* the least change that as many launches as the run has find */
	double wall_s;                  /* median of what a launch of the cell takes, all in all */
};

/* All cells with figures, metric by metric. *ret is the caller's to free. */
size_t needed_make(const struct report *r, const struct needed_conf *c, struct needed **ret);
/* The most launches that any of them needs; NaN: none of them can tell. */
double needed_most(const struct needed *v, size_t n);
/* What it takes to run all cells that often, each (arm, workload) once a block. */
double needed_time(const struct needed *v, size_t n, double launches);

/* As a table with what it means below; owner frees. */
char *needed_text(const struct report *r, const struct needed_conf *c, const struct needed *v, size_t n);
json_t *needed_json(const struct report *r, const struct needed_conf *c, const struct needed *v, size_t n);

#endif

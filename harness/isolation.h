/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isolation.h - what `isocost isolation` found, and its two ways of showing it. */
#ifndef ISOCOST_ISOLATION_H
#define ISOCOST_ISOLATION_H

#include "run/battery.h"

/* One column: an arm in which the battery was run. */
struct isolation_arm {
	char *label;
	const char *name, *driver;      /* the suite's */
	struct strv warnings;
	struct battery battery;
};

void isolation_table(const struct isolation_arm *arms, size_t n);
/* Every attempt with what it tries, what holds it, and what came of it in each arm, in words. */
void isolation_long(const struct isolation_arm *arms, size_t n);
int isolation_json(const struct isolation_arm *arms, size_t n);        /* 0 or -errno */

#endif

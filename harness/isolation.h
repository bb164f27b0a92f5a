/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isolation.h - what `isocost isolation` found, for a terminal. */
#ifndef ISOCOST_ISOLATION_H
#define ISOCOST_ISOLATION_H

#include "model/attempts.h"
#include "run/battery.h"

/* What the battery came to in one arm is put into a's column k, whose labels are the caller's. a is of isolation_new. */
void isolation_take(struct attempts *a, size_t k, const struct battery *b);
/* All attempts there are, in n arms; where and when are set. */
struct attempts *isolation_new(size_t n_arms);

void isolation_table(const struct attempts *a);
/* Every attempt with what it tries, what holds it, and what came of it in each arm, in words. */
void isolation_long(const struct attempts *a);

#endif

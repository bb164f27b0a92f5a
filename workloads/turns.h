/* SPDX-License-Identifier: GPL-3.0-or-later */
/* turns.h - what workloads share in which two take turns: the token that they pass to and fro, and where they run. */
#ifndef ISOCOST_TURNS_H
#define ISOCOST_TURNS_H

#include "load.h"

enum { TURNS_CHECKED = 1000 };          /* round trips before the measurement; the token after them is the check value */

#define TURNS_CPU_PARAM \
	{ "cpu", PARAM_CHOICE, "same", "same any", "same: both on one CPU, each hand-over is a switch; any: as scheduled" }

/* What the other side does to the token, so that a round trip leaves a trace. */
static inline uint64_t turns_next(uint64_t token)
{
	return token * 6364136223846793005u + 1442695040888963407u;
}

/* With cpu=same, keep this thread, and so what it forks or starts, on the CPU it runs on. 0, or -errno with the reason said. */
int turns_pin(struct load *l);

#endif

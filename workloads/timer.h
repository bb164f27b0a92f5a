/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timer.h - the clock that workloads are timed by: CLOCK_MONOTONIC, with its cost and resolution as found by use. */
#ifndef ISOCOST_TIMER_H
#define ISOCOST_TIMER_H

#include <stdint.h>
#include <time.h>

static inline int64_t load_now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Seconds, of any size, as nanoseconds that can be added to a reading. */
static inline int64_t load_ns(double seconds)
{
	return seconds < 1e9 ? (int64_t)(seconds * 1e9) : (int64_t)1e18;
}

struct load_timer {
	double resolution;              /* s: the smallest step seen between two readings */
	double cost;                    /* s: one reading */
};

/* Measure both; some milliseconds at most, unless the clock itself ticks more slowly than that. */
struct load_timer load_timer_measure(void);

/* Do nothing for so long. */
void load_sleep(double seconds);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clk.h - the one clock that durations are taken from: the host's CLOCK_MONOTONIC, in nanoseconds. */
#ifndef ISOCOST_CLK_H
#define ISOCOST_CLK_H

#include <stdint.h>
#include <time.h>

#define CLK_S 1000000000LL
#define CLK_MS 1000000LL

static inline int64_t clk_now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * CLK_S + ts.tv_nsec;
}

static inline double clk_to_s(int64_t ns)
{
	return (double)ns / 1e9;
}

/* A moment of this host's wall clock as one of this clock: the wall clock may not be set in between. Not later than now. */
static inline int64_t clk_from_wall(int64_t s, int64_t us)
{
	struct timespec wall;
	clock_gettime(CLOCK_REALTIME, &wall);
	int64_t age = ((int64_t)wall.tv_sec - s) * CLK_S + wall.tv_nsec - us * 1000;
	return clk_now() - (age > 0 ? age : 0);
}

/* Milliseconds until deadline for poll(2): at least 0; -1 (wait for ever) when deadline is 0. */
static inline int clk_poll_ms(int64_t deadline_ns)
{
	if (deadline_ns == 0)
		return -1;
	int64_t left = deadline_ns - clk_now();
	if (left <= 0)
		return 0;
	left = (left + CLK_MS - 1) / CLK_MS;
	return left > 3600000 ? 3600000 : (int)left;
}

#endif

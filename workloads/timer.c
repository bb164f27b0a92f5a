/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timer.c - what one reading of the clock costs, and how finely it ticks. */
#include "timer.h"

#include <errno.h>

enum { BATCHES = 10, BATCH = 200, STEPS = 100, READINGS_MAX = 100000 };

static int64_t smallest_step(void)
{
	int64_t best = 0, before = load_now();
	for (int steps = 0, i = 0; steps < STEPS && i < READINGS_MAX; i++) {
		int64_t now = load_now(), step = now - before;
		before = now;
		if (step <= 0)
			continue;
		steps++;
		if (!best || step < best)
			best = step;
	}
	return best;
}

void load_sleep(double seconds)
{
	int64_t until = load_now() + load_ns(seconds);
	struct timespec ts = { .tv_sec = until / 1000000000, .tv_nsec = until % 1000000000 };
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

struct load_timer load_timer_measure(void)
{
	int64_t best = INT64_MAX;
	for (int b = 0; b < BATCHES; b++) {
		int64_t start = load_now(), end = start;
		for (int i = 0; i < BATCH; i++)
			end = load_now();
		if (end > start && end - start < best)
			best = end - start;
	}
	struct timespec res = { 0 };
	clock_getres(CLOCK_MONOTONIC, &res);
	int64_t step = smallest_step();
	/* A clock that never moved ticks at least as coarsely as the kernel admits. */
	struct load_timer t = { .resolution = step ? step / 1e9 : (double)res.tv_sec + res.tv_nsec / 1e9 };
	t.cost = best == INT64_MAX ? t.resolution : best / 1e9 / BATCH;
	return t;
}

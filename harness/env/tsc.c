/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tsc.c - the rate of the host's time stamp counter. */
#include "env/tsc.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"

#include <time.h>
#include <x86intrin.h>

struct pair {
	int64_t ns;
	uint64_t tsc, width;
};

static int64_t raw_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Both clocks at one moment: of many readings the one that was interrupted least. */
static struct pair read_pair(void)
{
	struct pair best = { .width = UINT64_MAX };
	for (int i = 0; i < 64; i++) {
		uint64_t before = __rdtsc();
		int64_t ns = raw_ns();
		uint64_t after = __rdtsc();
		if (after - before < best.width)
			best = (struct pair){ ns, before + (after - before) / 2, after - before };
	}
	return best;
}

uint64_t tsc_khz(void)
{
	static uint64_t khz;
	if (khz)
		return khz;
	struct pair a = read_pair(), b;
	struct timespec nap = { .tv_nsec = 20000000 };
	nanosleep(&nap, NULL);
	b = read_pair();
	khz = (uint64_t)((double)(b.tsc - a.tsc) * 1e6 / (double)(b.ns - a.ns) + 0.5);
	return khz;
}

bool tsc_is_steady(void)
{
	/* One that was found to be unstable is not offered any more. */
	cleanup_free char *line = fs_read_line("/sys/devices/system/clocksource/clocksource0/available_clocksource");
	cleanup(strv_free) struct strv names = { 0 };
	strv_split(&names, line ? line : "", " ");
	return strv_has(&names, "tsc");
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tsc.c - the rate of the host's time stamp counter. */
#include "env/tsc.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"

#include <math.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

/* Far above what reading on two CPUs differs by, far below the 100 us and more at which a kernel gives a TSC up. */
#define TSC_SKEW_NS 20e3
#define TSC_CPUS 64

static int64_t raw_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Both clocks at one moment: of many readings the one that was interrupted least. */
static struct tsc_pair read_pair(void)
{
	struct tsc_pair best = { .width = UINT64_MAX };
	for (int i = 0; i < 64; i++) {
		uint64_t before = __rdtsc();
		int64_t ns = raw_ns();
		uint64_t after = __rdtsc();
		if (after - before < best.width)
			best = (struct tsc_pair){ ns, before + (after - before) / 2, after - before };
	}
	return best;
}

uint64_t tsc_khz(void)
{
	static uint64_t khz;
	if (khz)
		return khz;
	struct tsc_pair a = read_pair(), b;
	struct timespec nap = { .tv_nsec = 20000000 };
	nanosleep(&nap, NULL);
	b = read_pair();
	khz = (uint64_t)((double)(b.tsc - a.tsc) * 1e6 / (double)(b.ns - a.ns) + 0.5);
	return khz;
}

bool tsc_agree(const struct tsc_pair *pairs, size_t n, uint64_t kilohertz)
{
	for (size_t i = 1; i < n; i++) {
		double by_tsc = (double)(int64_t)(pairs[i].tsc - pairs[0].tsc) * 1e6 / (double)kilohertz;
		if (fabs(by_tsc - (double)(pairs[i].ns - pairs[0].ns)) > TSC_SKEW_NS)
			return false;
	}
	return n > 0;
}

/* Twice on each CPU that this thread may use. */
static bool agrees_everywhere(void)
{
	cpu_set_t all, one;
	struct tsc_pair pairs[2 * TSC_CPUS];
	size_t n = 0;
	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		return false;
	uint64_t kilohertz = tsc_khz();
	for (int pass = 0; pass < 2; pass++)
		for (int cpu = 0; cpu < CPU_SETSIZE && n < sizeof(pairs) / sizeof(*pairs); cpu++) {
			if (!CPU_ISSET(cpu, &all))
				continue;
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			if (sched_setaffinity(0, sizeof(one), &one) == 0)
				pairs[n++] = read_pair();
		}
	sched_setaffinity(0, sizeof(all), &all);
	return tsc_agree(pairs, n, kilohertz);
}

static bool find_steady(void)
{
	/* One that the kernel found to be unstable is not offered any more; nor is one that stepped once, as when this host is a virtual
	 * machine that was restored from a snapshot. */
	cleanup_free char *line = fs_read_line("/sys/devices/system/clocksource/clocksource0/available_clocksource");
	cleanup(strv_free) struct strv names = { 0 };
	strv_split(&names, line ? line : "", " ");
	if (strv_has(&names, "tsc"))
		return true;
	cleanup_free char *info = NULL;
	return fs_read("/proc/cpuinfo", &info, NULL) == 0 && strstr(info, " constant_tsc ") && strstr(info, " nonstop_tsc ") && agrees_everywhere();
}

bool tsc_is_steady(void)
{
	static int known = -1;
	if (known < 0)
		known = find_steady();
	return known;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* boot.c - bootstrap intervals of a ratio, a ratio of ratios and a difference of medians. */
#include "stats/boot.h"

#include "base/cleanup.h"
#include "base/rng.h"
#include "stats/quantile.h"
#include "stats/resample.h"

#include <math.h>

static void rng_freep(struct rng **r)
{
	rng_free(*r);
}

static void resample_freep(struct resample **s)
{
	resample_free(*s);
}

static struct stats_interval percentile_interval(double *stat)
{
	double bound[2];
	stats_quantiles(stat, STATS_RESAMPLES, (const double[]){ 0.025, 0.975 }, 2, bound);
	return (struct stats_interval){ .ok = true, .lo = bound[0], .hi = bound[1] };
}

static const struct stats_interval suppressed = { .ok = false, .lo = NAN, .hi = NAN };

struct stats_interval stats_boot_ratio(const double *a, size_t n_a, const double *b, size_t n_b, uint64_t seed)
{
	double stat[STATS_RESAMPLES];
	if (n_a < STATS_LAUNCHES_MIN || n_b < STATS_LAUNCHES_MIN)
		return suppressed;
	cleanup(rng_freep) struct rng *r = rng_new(seed);
	cleanup(resample_freep) struct resample *of_a = resample_new(a, n_a);
	cleanup(resample_freep) struct resample *of_b = resample_new(b, n_b);
	for (size_t i = 0; i < STATS_RESAMPLES; i++) {
		double top = resample_median(of_a, r), below = resample_median(of_b, r);
		if (!(top > 0) || !(below > 0))
			return suppressed;
		stat[i] = top / below;
	}
	return percentile_interval(stat);
}

/* false: one was not above 0. */
static bool resample_ratios(struct resample *const s[4], struct rng *r, double *stat)
{
	for (size_t i = 0; i < STATS_RESAMPLES; i++) {
		double median[4];
		for (size_t k = 0; k < 4; k++) {
			median[k] = resample_median(s[k], r);
			if (!(median[k] > 0))
				return false;
		}
		stat[i] = median[0] / median[1] / (median[2] / median[3]);
	}
	return true;
}

struct stats_interval stats_boot_ratios(struct stats_values a, struct stats_values a_by, struct stats_values b, struct stats_values b_by,
                                        uint64_t seed)
{
	const struct stats_values all[] = { a, a_by, b, b_by };
	double stat[STATS_RESAMPLES];
	for (size_t k = 0; k < 4; k++)
		if (all[k].n < STATS_LAUNCHES_MIN)
			return suppressed;
	struct resample *s[4];
	for (size_t k = 0; k < 4; k++)
		s[k] = resample_new(all[k].v, all[k].n);
	cleanup(rng_freep) struct rng *r = rng_new(seed);
	bool ok = resample_ratios(s, r, stat);
	for (size_t k = 0; k < 4; k++)
		resample_free(s[k]);
	return ok ? percentile_interval(stat) : suppressed;
}

struct stats_interval stats_boot_diff(const double *a, size_t n_a, const double *b, size_t n_b, uint64_t seed)
{
	double stat[STATS_RESAMPLES];
	if (n_a < STATS_LAUNCHES_MIN || n_b < STATS_LAUNCHES_MIN)
		return suppressed;
	cleanup(rng_freep) struct rng *r = rng_new(seed);
	cleanup(resample_freep) struct resample *of_a = resample_new(a, n_a);
	cleanup(resample_freep) struct resample *of_b = resample_new(b, n_b);
	for (size_t i = 0; i < STATS_RESAMPLES; i++) {
		double from = resample_median(of_a, r);
		stat[i] = from - resample_median(of_b, r);
	}
	return percentile_interval(stat);
}

uint64_t stats_seed(uint64_t seed, const char *const names[])
{
	uint64_t h = 0xcbf29ce484222325u;
	for (int i = 0; i < 64; i += 8)
		h = (h ^ (seed >> i & 0xff)) * 0x100000001b3u;
	for (; *names; names++) {
		const unsigned char *s = (const unsigned char *)*names;
		do                      /* the NUL too, so that "a" "bc" and "ab" "c" differ */
			h = (h ^ *s) * 0x100000001b3u;
		while (*s++);
	}
	return (h ^ h >> 32) & 0xffffffffu;
}

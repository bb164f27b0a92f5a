/* SPDX-License-Identifier: GPL-3.0-or-later */
/* boot.c - bootstrap intervals of a median, and of a ratio and a difference of medians. */
#include "stats/boot.h"

#include "base/cleanup.h"
#include "base/rng.h"
#include "base/str.h"
#include "stats/quantile.h"

#include <math.h>

static void rng_freep(struct rng **r)
{
	rng_free(*r);
}

/* The median of n values drawn from v with replacement; tmp has room for n. */
static double resampled_median(struct rng *r, const double *v, size_t n, double *tmp)
{
	for (size_t i = 0; i < n; i++)
		tmp[i] = v[rng_below(r, n)];
	stats_sort(tmp, n);
	return stats_quantile(tmp, n, 0.5);
}

static struct stats_interval percentile_interval(double *stat, size_t n)
{
	stats_sort(stat, n);
	return (struct stats_interval){
		.ok = true,
		.lo = stats_quantile(stat, n, 0.025),
		.hi = stats_quantile(stat, n, 0.975),
	};
}

static const struct stats_interval suppressed = { .ok = false, .lo = NAN, .hi = NAN };

struct stats_interval stats_boot_median(const double *v, size_t n, uint64_t seed)
{
	if (n < STATS_LAUNCHES_MIN)
		return suppressed;
	cleanup(rng_freep) struct rng *r = rng_new(seed);
	cleanup_free double *tmp = xcalloc(n, sizeof(*tmp));
	cleanup_free double *stat = xcalloc(STATS_RESAMPLES, sizeof(*stat));
	for (size_t i = 0; i < STATS_RESAMPLES; i++)
		stat[i] = resampled_median(r, v, n, tmp);
	return percentile_interval(stat, STATS_RESAMPLES);
}

struct stats_interval stats_boot_ratio(const double *a, size_t n_a, const double *b, size_t n_b, uint64_t seed)
{
	if (n_a < STATS_LAUNCHES_MIN || n_b < STATS_LAUNCHES_MIN)
		return suppressed;
	cleanup(rng_freep) struct rng *r = rng_new(seed);
	cleanup_free double *tmp = xcalloc(n_a > n_b ? n_a : n_b, sizeof(*tmp));
	cleanup_free double *stat = xcalloc(STATS_RESAMPLES, sizeof(*stat));
	for (size_t i = 0; i < STATS_RESAMPLES; i++) {
		double top = resampled_median(r, a, n_a, tmp);
		double below = resampled_median(r, b, n_b, tmp);
		if (!(top > 0) || !(below > 0))
			return suppressed;
		stat[i] = top / below;
	}
	return percentile_interval(stat, STATS_RESAMPLES);
}

struct stats_interval stats_boot_ratios(struct stats_values a, struct stats_values a_by, struct stats_values b, struct stats_values b_by,
                                        uint64_t seed)
{
	const struct stats_values all[] = { a, a_by, b, b_by };
	size_t most = 0;
	for (size_t k = 0; k < 4; k++) {
		if (all[k].n < STATS_LAUNCHES_MIN)
			return suppressed;
		most = all[k].n > most ? all[k].n : most;
	}
	cleanup(rng_freep) struct rng *r = rng_new(seed);
	cleanup_free double *tmp = xcalloc(most, sizeof(*tmp));
	cleanup_free double *stat = xcalloc(STATS_RESAMPLES, sizeof(*stat));
	for (size_t i = 0; i < STATS_RESAMPLES; i++) {
		double median[4];
		for (size_t k = 0; k < 4; k++) {
			median[k] = resampled_median(r, all[k].v, all[k].n, tmp);
			if (!(median[k] > 0))
				return suppressed;
		}
		stat[i] = median[0] / median[1] / (median[2] / median[3]);
	}
	return percentile_interval(stat, STATS_RESAMPLES);
}

struct stats_interval stats_boot_diff(const double *a, size_t n_a, const double *b, size_t n_b, uint64_t seed)
{
	if (n_a < STATS_LAUNCHES_MIN || n_b < STATS_LAUNCHES_MIN)
		return suppressed;
	cleanup(rng_freep) struct rng *r = rng_new(seed);
	cleanup_free double *tmp = xcalloc(n_a > n_b ? n_a : n_b, sizeof(*tmp));
	cleanup_free double *stat = xcalloc(STATS_RESAMPLES, sizeof(*stat));
	for (size_t i = 0; i < STATS_RESAMPLES; i++) {
		double from = resampled_median(r, a, n_a, tmp);
		stat[i] = from - resampled_median(r, b, n_b, tmp);
	}
	return percentile_interval(stat, STATS_RESAMPLES);
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

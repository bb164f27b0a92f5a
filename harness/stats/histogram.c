/* SPDX-License-Identifier: GPL-3.0-or-later */
/* histogram.c - a log-linear histogram. */
#include "stats/histogram.h"

#include "base/str.h"

#include <math.h>
#include <stdlib.h>

#define PARTS 64                        /* of a power of two */
#define EXP_MIN (-60)
#define EXP_MAX 60
#define BINS ((size_t)(EXP_MAX - EXP_MIN) * PARTS)

struct histogram {
	uint64_t count, clamped;
	double min, max;
	uint64_t bin[BINS];
};

struct histogram *histogram_new(void)
{
	struct histogram *h = xcalloc(1, sizeof(*h));
	h->min = h->max = NAN;
	return h;
}

void histogram_free(struct histogram *h)
{
	free(h);
}

/* frexp: value = m 2^e with m in [1/2, 1). */
static size_t bin_of(double value, int *ret_clamped)
{
	int e = 0;
	double m = frexp(value, &e);
	*ret_clamped = !(value > 0) || e <= EXP_MIN || e > EXP_MAX;
	if (!(value > 0) || e <= EXP_MIN)
		return 0;
	if (e > EXP_MAX)
		return BINS - 1;
	return (size_t)(e - 1 - EXP_MIN) * PARTS + (size_t)((m - 0.5) * 2 * PARTS);
}

static double middle_of(size_t bin)
{
	double m = 0.5 + ((double)(bin % PARTS) + 0.5) / (2 * PARTS);
	return ldexp(m, (int)(bin / PARTS) + 1 + EXP_MIN);
}

void histogram_add(struct histogram *h, double value, uint64_t times)
{
	int clamped;
	if (!times)
		return;
	h->bin[bin_of(value, &clamped)] += times;
	h->count += times;
	h->clamped += clamped ? times : 0;
	h->min = fmin(h->min, value);
	h->max = fmax(h->max, value);
}

void histogram_merge(struct histogram *h, const struct histogram *from)
{
	for (size_t i = 0; i < BINS; i++)
		h->bin[i] += from->bin[i];
	h->count += from->count;
	h->clamped += from->clamped;
	h->min = fmin(h->min, from->min);
	h->max = fmax(h->max, from->max);
}

uint64_t histogram_count(const struct histogram *h)
{
	return h->count;
}

uint64_t histogram_clamped(const struct histogram *h)
{
	return h->clamped;
}

double histogram_min(const struct histogram *h)
{
	return h->min;
}

double histogram_max(const struct histogram *h)
{
	return h->max;
}

double histogram_quantile(const struct histogram *h, double p)
{
	if (!h->count || p <= 0 || p >= 1)
		return !h->count ? NAN : p <= 0 ? h->min : h->max;
	double want = ceil(p * (double)h->count), seen = 0;
	for (size_t i = 0; i < BINS; i++) {
		seen += (double)h->bin[i];
		if (h->bin[i] && seen >= want)
			return fmin(fmax(middle_of(i), h->min), h->max);
	}
	return h->max;
}

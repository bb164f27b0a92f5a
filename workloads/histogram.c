/* SPDX-License-Identifier: GPL-3.0-or-later */
/* histogram.c - a log-linear histogram. */
#include "histogram.h"

#include <math.h>
#include <string.h>

void histogram_clear(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
	h->min = h->max = NAN;
}

/* frexp: value = m 2^e with m in [1/2, 1). */
static size_t bin_of(double value, int *ret_clamped)
{
	int e = 0;
	double m = frexp(value, &e);
	*ret_clamped = !(value > 0) || e <= HISTOGRAM_LOWEST || e > HISTOGRAM_HIGHEST;
	if (!(value > 0) || e <= HISTOGRAM_LOWEST)
		return 0;
	if (e > HISTOGRAM_HIGHEST)
		return HISTOGRAM_BINS - 1;
	return (size_t)(e - 1 - HISTOGRAM_LOWEST) * HISTOGRAM_PARTS + (size_t)((m - 0.5) * 2 * HISTOGRAM_PARTS);
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
	for (size_t i = 0; i < HISTOGRAM_BINS; i++)
		h->bin[i] += from->bin[i];
	h->count += from->count;
	h->clamped += from->clamped;
	h->min = fmin(h->min, from->min);
	h->max = fmax(h->max, from->max);
}

double histogram_middle(const struct histogram *h, size_t bin)
{
	double m = 0.5 + ((double)(bin % HISTOGRAM_PARTS) + 0.5) / (2 * HISTOGRAM_PARTS);
	double middle = ldexp(m, (int)(bin / HISTOGRAM_PARTS) + 1 + HISTOGRAM_LOWEST);
	return fmin(fmax(middle, h->min), h->max);
}

double histogram_quantile(const struct histogram *h, double p)
{
	if (!h->count || p <= 0 || p >= 1)
		return !h->count ? NAN : p <= 0 ? h->min : h->max;
	double want = ceil(p * (double)h->count), seen = 0;
	for (size_t i = 0; i < HISTOGRAM_BINS; i++) {
		seen += (double)h->bin[i];
		if (h->bin[i] && seen >= want)
			return histogram_middle(h, i);
	}
	return h->max;
}

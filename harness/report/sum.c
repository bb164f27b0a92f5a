/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sum.c - what the tables need of a launch's samples, in place of them. */
#include "report/model.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The measured samples that are numbers. */
static size_t measured(const struct series *s, double **ret)
{
	double *v = xcalloc(s->n + 1, sizeof(*v));
	size_t n = 0;
	for (size_t i = s->n_warm; i < s->n; i++)
		if (isfinite(s->v[i]))
			v[n++] = s->v[i];
	*ret = v;
	return n;
}

/* Of all quantiles, or of the median alone. */
static void sum_series(const struct series *s, bool median_only, struct series_sum *ret)
{
	size_t first = median_only ? SERIES_MEDIAN : 0, n = median_only ? 1 : SERIES_QUANTILES;
	*ret = (struct series_sum){ .max = NAN, .median_only = median_only };
	for (size_t i = 0; median_only && i < SERIES_QUANTILES; i++)
		ret->quantile[i] = NAN;
	if (s->histogram) {
		ret->n = s->histogram->count;
		ret->max = s->histogram->max;
		ret->histogram = true;
		for (size_t i = first; i < first + n; i++)
			ret->quantile[i] = histogram_quantile(s->histogram, series_quantiles[i]);
		return;
	}
	cleanup_free double *v = NULL;
	ret->n = measured(s, &v);
	for (size_t i = 0; i < ret->n; i++)
		ret->max = fmax(ret->max, v[i]);
	stats_quantiles(v, ret->n, series_quantiles + first, n, ret->quantile + first);
}

void report_sum_series(const struct series *s, struct series_sum *ret)
{
	if (s->summed)
		*ret = s->sum;
	else
		sum_series(s, false, ret);
}

/* Of every series: a launch knows its workload by the suite's name alone, and not which of its metrics is a throughput. */
static double *track_of(const struct series *s)
{
	double track[SERIES_TRACK];
	if (!report_track(s, track))
		return NULL;
	double *ret = xcalloc(SERIES_TRACK, sizeof(*ret));
	memcpy(ret, track, sizeof(track));
	return ret;
}

static void sum_launch(struct launch *l, bool median_only)
{
	for (size_t i = 0; i < l->result.n_series; i++) {
		struct series *s = &l->result.series[i];
		struct series_sum sum;
		if (s->summed)
			continue;
		sum_series(s, median_only, &sum);
		s->track = median_only ? NULL : track_of(s);
		free(s->v);
		free(s->histogram);
		s->v = NULL;
		s->histogram = NULL;
		s->n = s->n_warm = s->cap = 0;
		s->summed = true;
		s->sum = sum;
	}
}

void report_sum_launch(struct launch *l)
{
	sum_launch(l, false);
}

void report_sum_median(struct launch *l)
{
	sum_launch(l, true);
}

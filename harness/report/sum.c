/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sum.c - what the tables need of a launch's samples, in place of them. */
#include "report/model.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>

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

void report_sum_series(const struct series *s, struct series_sum *ret)
{
	if (s->summed) {
		*ret = s->sum;
		return;
	}
	if (s->histogram) {
		*ret = (struct series_sum){ .n = s->histogram->count, .max = s->histogram->max, .histogram = true };
		for (size_t i = 0; i < SERIES_QUANTILES; i++)
			ret->quantile[i] = histogram_quantile(s->histogram, series_quantiles[i]);
		return;
	}
	cleanup_free double *v = NULL;
	*ret = (struct series_sum){ .n = measured(s, &v), .max = NAN };
	for (size_t i = 0; i < ret->n; i++)
		ret->max = fmax(ret->max, v[i]);
	stats_quantiles(v, ret->n, series_quantiles, SERIES_QUANTILES, ret->quantile);
}

void report_sum_launch(struct launch *l)
{
	for (size_t i = 0; i < l->result.n_series; i++) {
		struct series *s = &l->result.series[i];
		struct series_sum sum;
		report_sum_series(s, &sum);
		free(s->v);
		free(s->histogram);
		s->v = NULL;
		s->histogram = NULL;
		s->n = s->n_warm = s->cap = 0;
		s->summed = true;
		s->sum = sum;
	}
}

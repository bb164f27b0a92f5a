/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scatter.c - how the launches of a cell scatter. */
#include "report/scatter.h"

#include "base/cleanup.h"
#include "report/pairs.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define QUARTILE_SD 1.3489795003921634  /* what lies between the quartiles of a normal distribution, in standard deviations */
#define SAMPLES_MIN 8                   /* below, quartiles of samples tell nothing of how they scatter */
enum { LOWER = 2, UPPER = 4 };          /* quartiles in series_quantiles */

static double log_sd(const double *v, size_t n)
{
	cleanup_free double *logs = xcalloc(n + 1, sizeof(*logs));
	for (size_t i = 0; i < n; i++) {
		if (!(v[i] > 0))
			return NAN;
		logs[i] = log(v[i]);
	}
	return n < STATS_LAUNCHES_MIN ? NAN : gsl_stats_sd(logs, 1, n);
}

/* By the quartiles: they tell how dense samples are where their median is, whatever their tail. */
static double within(const struct series_sum *s)
{
	return s->n >= SAMPLES_MIN && s->quantile[LOWER] > 0 ? log(s->quantile[UPPER] / s->quantile[LOWER]) / QUARTILE_SD : NAN;
}

static void split(const struct report *r, const struct report_metric *m, size_t arm, struct scatter *ret)
{
	const struct report_cell *c = &m->cells[arm];
	const char *workload = r->run->workloads[m->workload].name, *metric = report_metric_name(r, m);
	cleanup_free double *w = xcalloc(c->n + 1, sizeof(*w)), *samples = xcalloc(c->n + 1, sizeof(*samples));
	size_t k = 0;
	for (size_t i = 0; i < r->run->n_launches && k < c->n; i++) {
		const struct launch *l = &r->run->launches[i];
		const struct series *s = l->ok && strcmp(l->arm, r->run->arms[arm].name) == 0 && strcmp(l->workload, workload) == 0
		                                 ? result_series(&l->result, metric) : NULL;
		struct series_sum sum = { 0 };
		if (s)
			report_sum_series(s, &sum);
		w[k] = within(&sum);
		samples[k] = (double)sum.n;
		k += isfinite(w[k]);
	}
	if (k < c->n)
		return;
	ret->spread = stats_spread_split(c->v, w, c->n, stats_median(samples, k));
	ret->within_share = ret->sd > 0 ? 1 - gsl_pow_2(ret->spread.between / ret->sd) : 0;
}

struct scatter report_scatter(const struct report *r, const struct report_metric *m, size_t arm)
{
	const struct report_cell *c = &m->cells[arm];
	struct scatter s = { .sd = log_sd(c->v, c->n), .spread = { NAN, NAN, NAN }, .within_share = NAN };
	if (isfinite(s.sd))
		split(r, m, arm, &s);
	return s;
}

double report_scatter_of_pairs(const struct report *r, const struct report_metric *m, size_t arm)
{
	double q[2];
	if (!m->cells[arm].pairs)
		return NAN;
	struct pairs p = pairs_make(&m->cells[arm], &m->cells[r->host]);
	for (size_t i = 0; i < p.n; i++)
		p.v[0][i] = log(p.v[0][i] / p.v[1][i]);
	stats_quantiles(p.v[0], p.n, (const double[]){ 0.25, 0.75 }, 2, q);
	pairs_free(&p);
	return (q[1] - q[0]) / QUARTILE_SD;
}

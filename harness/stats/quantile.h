/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quantile.h - order statistics of a sample: quantiles, the five-number summary, Tukey's fences.
 *
 * Every value must be finite: callers sort out NaN and infinities before. An empty sample gives NaN, never a crash. */
#ifndef ISOCOST_STATS_QUANTILE_H
#define ISOCOST_STATS_QUANTILE_H

#include <stdbool.h>
#include <stddef.h>

void stats_sort(double *v, size_t n);

/* The p-quantile (0 <= p <= 1) of an ascending sample, linear between order statistics at (n - 1) p: type 7 of Hyndman
 * and Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996); what R and numpy do unasked. */
double stats_quantile(const double *sorted, size_t n, double p);

/* The same p-quantiles, in ascending order of p, of a sample in any order, which is put in another: by selection, which takes time in
 * proportion to n. */
void stats_quantiles(double *v, size_t n, const double *p, size_t n_p, double *ret);

/* The median of a sample in any order; v is left as it is. */
double stats_median(const double *v, size_t n);

/* Tukey's five-number summary (with type 7 quartiles) and n. */
struct stats_summary {
	size_t n;
	double min, q1, median, q3, max;
	size_t outliers;                /* values outside of Tukey's inner fences */
};
void stats_summarize(const double *v, size_t n, struct stats_summary *ret);

/* Tukey, "Exploratory Data Analysis" (1977): outside of q1 - 1.5 IQR … q3 + 1.5 IQR. */
bool stats_is_outlier(const struct stats_summary *s, double x);

/* Whether n values can carry the p-quantile: n >= 10 / (1 - p), ten values beyond it. */
bool stats_can_quantile(size_t n, double p);

#endif

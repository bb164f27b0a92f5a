/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hetero.h - whether several hosts agree on a figure: Cochran's Q and Higgins' I2. */
#ifndef ISOCOST_STATS_HETERO_H
#define ISOCOST_STATS_HETERO_H

#include "stats/boot.h"

struct stats_hetero {
	size_t n;                       /* hosts that count */
	double q, p;                    /* p of no difference but chance; NaN below 2 hosts */
	double i2;                      /* share of the scatter between hosts that chance does not explain, 0 to 1; NaN below 2 */
};

/* Cochran, "The combination of estimates from different experiments", Biometrics 10 (1954): Q = sum of (y - mean)^2 / se^2, the mean weighted by 1 / se^2,
 * against the chi-squared distribution with n - 1 degrees. I2 = (Q - (n - 1)) / Q, not below 0: Higgins and Thompson, "Quantifying
 * heterogeneity in a meta-analysis", Statistics in Medicine 21 (2002). What has no finite y or no se above 0 does not count. */
struct stats_hetero stats_hetero(const double *y, const double *se, size_t n);

/* The same of ratios with their 95 % intervals, on logarithms, where an interval is 2 x 1.96 standard errors wide. One that has no interval, or
 * one without width, does not count. */
struct stats_hetero stats_hetero_ratios(const double *ratio, const struct stats_interval *ci, size_t n);

#endif

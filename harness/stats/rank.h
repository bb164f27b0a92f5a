/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rank.h - what the order of values tells: the Mann-Whitney test, the sign test, the Hodges-Lehmann shift, and Holm's correction.
 *
 * They support what the intervals say; alone they decide nothing. One value a launch; every value is finite. */
#ifndef ISOCOST_STATS_RANK_H
#define ISOCOST_STATS_RANK_H

#include <stdbool.h>
#include <stddef.h>

struct stats_mann_whitney {
	double u;                       /* pairs in which the value of a is the larger one, ties counted half */
	double p;                       /* two-sided; NaN for an empty sample, 1 when all values are equal */
	bool exact;                     /* from the distribution of u itself, else its normal approximation */
};

/* Mann and Whitney, "On a test of whether one of two random variables is stochastically larger than the other", Annals of
 * Mathematical Statistics 18 (1947). Exact where there are no ties and neither sample has more than 50 values; else normal, with the
 * variance corrected for ties and with continuity correction (Lehmann, "Nonparametrics", 1975, section 1.4). */
struct stats_mann_whitney stats_mann_whitney(const double *a, size_t n_a, const double *b, size_t n_b);

/* The two-sided p of the sign test: of n pairs as many or more to one side by chance, those that are equal left out (Dixon and Mood, "The
 * statistical sign test", Journal of the American Statistical Association 41, 1946); exact. NaN for n = 0, 1 when all pairs are equal. */
double stats_sign_test(const double *a, const double *b, size_t n);

/* The median of all differences a[i] - b[j]: Hodges and Lehmann, "Estimates of location based on rank tests", Annals of Mathematical
 * Statistics 34 (1963). NaN for an empty sample. Takes n_a n_b doubles of memory. */
double stats_hodges_lehmann(const double *a, size_t n_a, const double *b, size_t n_b);

/* Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979): adjusted[i] is the
 * smallest level at which all n tests together reject the i-th. NaN stays NaN and does not count. */
void stats_holm(const double *p, size_t n, double *adjusted);

#endif

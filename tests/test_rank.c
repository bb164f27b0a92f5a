/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_rank.c - ranks, corrections, shapes and histograms against scipy (tests/data/rank_reference.py) and simulation. */
#include "base/rng.h"
#include "histogram.h"
#include "stats/hetero.h"
#include "stats/quantile.h"
#include "stats/rank.h"
#include "stats/shape.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define assert_near(a, b, eps) assert_true(fabs((a) - (b)) <= (eps))

static const double a[] = { 10.2, 10.4, 9.9, 10.1, 10.8, 10.0, 10.3, 10.6, 9.8, 10.5, 13.0, 10.2 };
static const double b[] = { 10.1, 10.3, 9.7, 10.0, 9.95, 10.6, 10.05, 9.85, 10.15, 10.25 };
static const double x[] = { 1.1, 2.3, 0.7, 4.1, 3.3, 2.9, 5.5 };
static const double y[] = { 2.0, 3.1, 4.5, 6.1, 5.2 };
static const double drift[] = { 1.0, 1.3, 1.1, 1.6, 1.5, 1.5, 1.9, 1.8, 2.2, 2.1 };

static void test_mann_whitney(void **state)
{
	(void)state;
	struct stats_mann_whitney r = stats_mann_whitney(a, LEN(a), b, LEN(b));
	assert_near(r.u, 82, 1e-9);
	assert_near(r.p, 0.15570275920237975, 1e-9);
	assert_false(r.exact);                  /* there are ties */
	r = stats_mann_whitney(x, LEN(x), y, LEN(y));
	assert_near(r.u, 10, 1e-9);
	assert_near(r.p, 0.26767676767676774, 1e-12);
	assert_true(r.exact);
	/* The other way round is the same question. */
	assert_near(stats_mann_whitney(y, LEN(y), x, LEN(x)).p, r.p, 1e-12);
	static const double same[] = { 2, 2, 2, 2, 2, 2 };
	assert_near(stats_mann_whitney(same, 6, same, 6).p, 1, 0);
	assert_true(isnan(stats_mann_whitney(x, 0, y, 5).p));
}

/* Of 1000 comparisons of equal things at most about 5 % are below 0.05. */
static void test_mann_whitney_level(void **state)
{
	(void)state;
	struct rng *r = rng_new(3);
	unsigned found = 0;
	for (unsigned k = 0; k < 1000; k++) {
		double v[10], w[12];
		for (size_t i = 0; i < LEN(v); i++)
			v[i] = rng_normal(r);
		for (size_t i = 0; i < LEN(w); i++)
			w[i] = rng_normal(r);
		found += stats_mann_whitney(v, LEN(v), w, LEN(w)).p < 0.05;
	}
	rng_free(r);
	assert_in_range(found, 25, 70);
}

static void test_hodges_lehmann(void **state)
{
	(void)state;
	assert_near(stats_hodges_lehmann(a, LEN(a), b, LEN(b)), 0.2, 1e-12);
	assert_near(stats_hodges_lehmann(x, LEN(x), y, LEN(y)), -1.3, 1e-12);
	assert_true(isnan(stats_hodges_lehmann(x, 0, y, 3)));
}

static void test_holm(void **state)
{
	(void)state;
	static const double p[] = { 0.01, 0.04, NAN, 0.03, 0.005, 0.5 }, expected[] = { 0.04, 0.09, NAN, 0.09, 0.025, 0.5 };
	double q[LEN(p)];
	stats_holm(p, LEN(p), q);
	for (size_t i = 0; i < LEN(p); i++)
		assert_true(isnan(expected[i]) ? isnan(q[i]) : fabs(q[i] - expected[i]) < 1e-12);
	static const double large[] = { 0.6, 0.9 };
	stats_holm(large, 2, q);
	assert_near(q[0], 1, 0);                /* never above 1 */
	stats_holm(NULL, 0, q);
}

static void test_mad(void **state)
{
	(void)state;
	assert_near(stats_mad(a, LEN(a)), 0.3706505546264005, 1e-12);
	assert_true(isnan(stats_mad(a, 0)));
}

static void test_trend(void **state)
{
	(void)state;
	struct stats_trend t = stats_trend(drift, LEN(drift));
	assert_near(t.slope, 0.125, 1e-12);
	assert_near(t.p, 0.002263469812035174, 1e-9);
	static const double flat[] = { 3, 3, 3, 3, 3 };
	assert_near(stats_trend(flat, 5).p, 1, 0);
	assert_near(stats_trend(flat, 5).slope, 0, 0);
	assert_true(isnan(stats_trend(flat, 3).p));
}

static void test_step(void **state)
{
	(void)state;
	double v[20];
	for (size_t i = 0; i < LEN(v); i++)
		v[i] = (i < 7 ? 5.0 : 9.0) + (double)(i * 7 % 5) / 10;
	struct stats_step_found s = stats_find_step(v, LEN(v));
	assert_int_equal(s.at, 7);
	assert_true(s.p < 0.01);
	struct rng *r = rng_new(5);
	unsigned found = 0;
	for (unsigned k = 0; k < 500; k++) {
		for (size_t i = 0; i < LEN(v); i++)
			v[i] = rng_normal(r);
		found += stats_find_step(v, LEN(v)).p < 0.05;
	}
	rng_free(r);
	assert_true(found <= 30);               /* Pettitt's approximation errs on the safe side */
	assert_true(isnan(stats_find_step(v, 5).p));
}

static unsigned two_modes_found(struct rng *r, double apart, int tail)
{
	unsigned found = 0;
	for (unsigned k = 0; k < 100; k++) {
		double v[30];
		for (size_t i = 0; i < LEN(v); i++) {
			v[i] = rng_normal(r) + (i % 3 == 0 ? apart : 0);
			if (tail)
				v[i] = exp(v[i]);
		}
		found += stats_two_modes(v, LEN(v), 0.05, k + 1).p <= 0.05;
	}
	return found;
}

static void test_two_modes(void **state)
{
	(void)state;
	struct rng *r = rng_new(11);
	assert_true(two_modes_found(r, 6, 0) >= 95);
	assert_true(two_modes_found(r, 0, 0) <= 12);
	assert_true(two_modes_found(r, 0, 1) <= 12);            /* a long tail is no second mode */
	rng_free(r);
	static const double same[] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	assert_near(stats_two_modes(same, 8, 0.05, 1).p, 1, 0);
	assert_true(isnan(stats_two_modes(same, 7, 0.05, 1).p));
	static const double parts[] = { 3.1, 1.0, 3.0, 1.1, 0.9, 3.2, 1.05, 0.95, 1.02, 1.01 };
	struct stats_modes m = stats_two_modes(parts, LEN(parts), 0.005, 1);
	assert_true(m.p <= 0.001);
	assert_int_equal(m.below, 7);
	assert_near(m.lower, 1.01, 1e-12);
	assert_near(m.upper, 3.1, 1e-12);
	/* One launch far off is an outlier, however far. */
	static const double one[] = { 1.3, 1.0, 1.1, 1.2, 0.9, 500, 1.05, 0.95, 1.02, 1.01 };
	assert_true(stats_two_modes(one, LEN(one), 0.005, 1).p > 0.05);
}

static void test_histogram(void **state)
{
	(void)state;
	struct histogram *h = calloc(1, sizeof(*h)), *half = calloc(1, sizeof(*half)), *rest = calloc(1, sizeof(*rest));
	histogram_clear(h);
	histogram_clear(half);
	histogram_clear(rest);
	assert_true(isnan(histogram_quantile(h, 0.5)));
	struct rng *r = rng_new(2);
	static double v[20000];
	for (size_t i = 0; i < LEN(v); i++) {
		v[i] = exp(3 * rng_normal(r)) * 1e-6;
		histogram_add(h, v[i], 1);
		histogram_add(i % 2 ? half : rest, v[i], 1);
	}
	rng_free(r);
	stats_sort(v, LEN(v));
	histogram_merge(half, rest);
	for (double p = 0.001; p < 1; p += 0.001) {
		double exact = v[(size_t)ceil(p * LEN(v)) - 1], q = histogram_quantile(h, p);
		assert_true(fabs(q - exact) <= exact * HISTOGRAM_ERROR * 1.0001);
		assert_true(q == histogram_quantile(half, p));
	}
	assert_int_equal(half->count, LEN(v));
	assert_true(half->min == v[0] && half->max == v[LEN(v) - 1]);
	assert_true(histogram_quantile(h, 0) == v[0] && histogram_quantile(h, 1) == v[LEN(v) - 1]);
	assert_int_equal(h->clamped, 0);
	histogram_add(h, 0, 3);
	histogram_add(h, -1, 1);
	histogram_add(h, 1e300, 1);
	assert_int_equal(h->clamped, 5);
	assert_true(h->min == -1);
	free(h);
	free(half);
	free(rest);
}

/* The 13 trials of BCG that textbooks and R's metafor use (Colditz et al., JAMA 271, 1994): Q = 152.233, I2 = 92.12 %. */
static void test_heterogeneity(void **state)
{
	(void)state;
	static const double trial[13][4] = {
		{ 4, 119, 11, 128 },     { 6, 300, 29, 274 },       { 3, 228, 11, 209 },    { 62, 13536, 248, 12619 }, { 33, 5036, 47, 5761 },
		{ 180, 1361, 372, 1079 }, { 8, 2537, 10, 619 },     { 505, 87886, 499, 87892 }, { 29, 7470, 45, 7232 }, { 17, 1699, 65, 1600 },
		{ 186, 50448, 141, 27197 }, { 5, 2493, 3, 2338 },   { 27, 16886, 29, 17825 },
	};
	double v[15], se[15], ratio[13];
	struct stats_interval ci[13];
	for (size_t i = 0; i < 13; i++) {
		const double *t = trial[i];
		v[i] = log(t[0] / (t[0] + t[1]) / (t[2] / (t[2] + t[3])));
		se[i] = sqrt(1 / t[0] - 1 / (t[0] + t[1]) + 1 / t[2] - 1 / (t[2] + t[3]));
		ratio[i] = exp(v[i]);
		ci[i] = (struct stats_interval){ true, exp(v[i] - 1.959963984540054 * se[i]), exp(v[i] + 1.959963984540054 * se[i]) };
	}
	v[13] = NAN;
	se[13] = 1;
	v[14] = 1;
	se[14] = 0;
	struct stats_hetero h = stats_hetero(v, se, 15);
	assert_int_equal(h.n, 13);
	assert_near(h.q, 152.23301, 1e-4);
	assert_near(h.i2, 0.92117, 1e-5);
	assert_true(h.p < 1e-20);
	struct stats_hetero same = stats_hetero_ratios(ratio, ci, 13);
	assert_near(same.q, h.q, 1e-6);
	/* chi-squared with one degree: 3.8415 is its 95 % point */
	static const double two[] = { 0, 2.7718585822512662 }, ones[] = { 1, 1 };
	h = stats_hetero(two, ones, 2);
	assert_near(h.p, 0.05, 1e-4);
	assert_near(stats_hetero(ones, ones, 2).i2, 0, 0);
	assert_true(isnan(stats_hetero(ones, ones, 1).p));
	ci[0].ok = false;
	assert_int_equal(stats_hetero_ratios(ratio, ci, 13).n, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heterogeneity), cmocka_unit_test(test_mann_whitney), cmocka_unit_test(test_mann_whitney_level), cmocka_unit_test(test_hodges_lehmann),
		cmocka_unit_test(test_holm),         cmocka_unit_test(test_mad),                cmocka_unit_test(test_trend),
		cmocka_unit_test(test_step),         cmocka_unit_test(test_two_modes),
		cmocka_unit_test(test_histogram),
	};
	return cmocka_run_group_tests_name("rank", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_paired.c - ratios of launches that ran side by side: known values, and what blocks have in common. */
#include "base/rng.h"
#include "stats/boot.h"
#include "stats/paired.h"
#include "stats/rank.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define assert_near(a, b, eps) assert_true(fabs((a) - (b)) <= (eps))
#define N 15

static void test_known(void **state)
{
	(void)state;
	/* Ratios 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7 in some order. */
	const double b[] = { 2, 10, 4, 100, 1, 7, 30 }, a[] = { 2.4, 11, 6, 170, 1.3, 11.2, 42 };
	struct stats_paired p = stats_paired_ratio(a, b, 7);
	assert_near(p.ratio, 1.4, 1e-12);
	/* Between the least and the largest lies the median with 98.4 %, between the seconds with 87.5 %: 0.034375 of 0.109375 of the way for 95 %. */
	assert_true(p.ci.ok);
	assert_near(log(p.ci.lo), log(1.1) + 22.0 / 70 * log(1.2 / 1.1), 1e-9);
	assert_near(log(p.ci.hi), log(1.7) - 22.0 / 70 * log(1.7 / 1.6), 1e-9);
	/* Turned over. */
	struct stats_paired q = stats_paired_ratio(b, a, 7);
	assert_near(q.ratio * p.ratio, 1, 1e-12);
	assert_near(q.ci.lo * p.ci.hi, 1, 1e-12);
	assert_near(q.ci.hi * p.ci.lo, 1, 1e-12);
	/* Of two in the middle, the geometric mean. */
	assert_near(stats_paired_ratio(a, b, 2).ratio, sqrt(1.2 * 1.1), 1e-12);
	assert_false(stats_paired_ratio(a, b, 5).ci.ok);
	assert_near(stats_paired_ratio(a, b, 5).ratio, 1.3, 1e-12);
}

static void test_none(void **state)
{
	(void)state;
	const double zero[] = { 1, 2, 3, 0, 4, 5 }, six[] = { 1, 2, 3, 4, 5, 6 };
	assert_true(isnan(stats_paired_ratio(six, six, 0).ratio));
	assert_true(isnan(stats_paired_ratio(zero, six, 6).ratio) && !stats_paired_ratio(zero, six, 6).ci.ok);
	assert_true(isnan(stats_paired_ratio(six, zero, 6).ratio));
	struct stats_noise n = stats_noise_paired(six, zero, 6, 1);
	assert_true(isnan(n.ratio) && isnan(n.floor) && !n.ci.ok);
	n = stats_noise_paired(six, six, 5, 1);
	assert_true(n.ratio == 1 && isnan(n.floor) && !n.ci.ok);
	n = stats_noise_paired(six, six, 6, 1);
	assert_true(n.ratio == 1 && n.floor == 0 && n.halves == 0 && n.p == 1);
}

/* tests/data/rank_reference.py */
static void test_sign(void **state)
{
	(void)state;
	const double a[] = { 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 }, eight[] = { 1, 1, 1, 1, 1, 1, 1, 1, 3, 3 }, ties[] = { 1, 1, 1, 1, 1, 2, 2, 2, 2, 2 };
	assert_near(stats_sign_test(a, eight, 10), 0.109375, 1e-12);
	assert_near(stats_sign_test(eight, a, 10), 0.109375, 1e-12);
	assert_near(stats_sign_test(a, eight, 9), 0.0390625, 1e-12);
	assert_near(stats_sign_test(a, ties, 10), 0.0625, 1e-12);
	assert_true(stats_sign_test(a, a, 10) == 1);
	assert_true(isnan(stats_sign_test(a, a, 0)));
}

/* Blocks differ by 30 %, the two launches of one by 1 %, and one is 3 % slower: found by pairs, and not without them. */
static void test_blocks(void **state)
{
	(void)state;
	struct rng *r = rng_new(3);
	int paired = 0, apart = 0, tries = 100;
	for (int i = 0; i < tries; i++) {
		double a[N], b[N];
		for (int k = 0; k < N; k++) {
			double block = exp(0.3 * rng_normal(r));
			a[k] = 1.03 * block * exp(0.007 * rng_normal(r));
			b[k] = block * exp(0.007 * rng_normal(r));
		}
		struct stats_paired p = stats_paired_ratio(a, b, N);
		paired += p.ci.lo > 1 && p.ci.lo < 1.03 && p.ci.hi > 1.03;
		apart += stats_boot_ratio(a, N, b, N, (uint64_t)i).lo > 1;
		struct stats_noise n = stats_noise_paired(a, b, N, 5), again = stats_noise_paired(a, b, N, 5);
		assert_true(n.ratio == p.ratio && n.ci.lo == p.ci.lo && n.ci.hi == p.ci.hi);
		assert_true(n.floor == again.floor && n.p <= 0.05);
		assert_near(log1p(n.floor), fmax(log(n.ci.hi), log1p(n.halves)), 1e-12);
	}
	assert_true(paired > 85 && apart < 10);
	rng_free(r);
}

/* The floor of pairs holds what equal things are apart, whatever blocks have in common. */
static void test_floor_holds(void **state)
{
	(void)state;
	struct rng *r = rng_new(13);
	int above = 0, all = 400;
	for (int i = 0; i < all; i++) {
		double v[4][N];
		for (int k = 0; k < N; k++) {
			double block = exp(0.3 * rng_normal(r));
			for (int j = 0; j < 4; j++)
				v[j][k] = block * exp(0.01 * rng_normal(r));
		}
		struct stats_noise n = stats_noise_paired(v[0], v[1], N, (uint64_t)i);
		assert_true(n.floor > 0.001 && n.floor < 0.05);
		above += !stats_is_noise(stats_paired_ratio(v[2], v[3], N).ratio, n.floor);
	}
	assert_true(above < all * 8 / 100);
	rng_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_sign),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_floor_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

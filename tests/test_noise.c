/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_noise.c - the noise floor of made-up data. */
#include "base/rng.h"
#include "stats/noise.h"
#include "stats/verdict.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N 15

static void normal(struct rng *r, double mid, double sd, double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		v[i] = mid * exp(sd * rng_normal(r));
}

static void test_known(void **state)
{
	(void)state;
	const double same[] = { 3, 3, 3, 3, 3, 3 }, twice[] = { 6, 6, 6, 6, 6, 6 };
	struct stats_noise n = stats_noise(same, 6, same, 6, 1);
	assert_true(n.ratio == 1 && n.floor == 0 && n.halves == 0 && n.p == 1);
	/* Nothing scatters, and the one is twice the other: equal things that lie 100 % apart. */
	n = stats_noise(same, 6, twice, 6, 1);
	assert_true(n.ratio == 0.5 && n.ci.lo == 0.5 && n.ci.hi == 0.5);
	assert_true(fabs(n.floor - 1) < 1e-9 && fabs(n.halves - 1) < 1e-9);
	assert_true(n.p < 0.01);
}

static void test_none(void **state)
{
	(void)state;
	const double few[] = { 1, 2, 3, 4, 5 }, six[] = { 1, 2, 3, 4, 5, 6 }, zeros[] = { 0, 0, 0, 0, 0, 1 };
	struct stats_noise n = stats_noise(few, 5, six, 6, 1);
	assert_true(isfinite(n.ratio) && !n.ci.ok && isnan(n.floor) && isnan(n.halves));
	n = stats_noise(six, 6, zeros, 6, 1);
	assert_true(isnan(n.ratio) && !n.ci.ok && isnan(n.floor));
	const double one_zero[] = { 0, 5, 5, 5, 5, 6 };         /* its median is fine, its logarithm isn't */
	n = stats_noise(six, 6, one_zero, 6, 1);
	assert_true(isnan(n.floor));
	n = stats_noise(NULL, 0, six, 6, 1);
	assert_true(isnan(n.ratio) && isnan(n.p) && isnan(n.floor));
}

/* The floor is the larger one of the two bounds, and the same for the same seed. */
static void test_larger(void **state)
{
	(void)state;
	struct rng *r = rng_new(7);
	for (int i = 0; i < 20; i++) {
		double a[N], b[N];
		normal(r, 1, 0.03, a, N);
		normal(r, i % 2 ? 1 : 1.2, 0.03, b, N);
		struct stats_noise n = stats_noise(a, N, b, N, 5), again = stats_noise(a, N, b, N, 5);
		double reach = fmax(fabs(log(n.ci.lo)), fabs(log(n.ci.hi)));
		assert_true(n.floor == again.floor);
		assert_true(fabs(log1p(n.floor) - fmax(reach, log1p(n.halves))) < 1e-12);
		assert_true(stats_is_noise(n.ratio, n.floor));
	}
	rng_free(r);
}

/* Of equal things hardly any lie farther apart than a floor that was measured on others; and it is not far above what the scatter of a
 * median makes: 1.96 sqrt(pi / n) sd. */
static void test_holds(void **state)
{
	(void)state;
	struct rng *r = rng_new(11);
	int above = 0, called = 0, all = 300;
	double sum = 0, sd = 0.02;
	for (int i = 0; i < all; i++) {
		double v[4][N];
		for (int k = 0; k < 4; k++)
			normal(r, 1, sd, v[k], N);
		struct stats_noise n = stats_noise(v[0], N, v[1], N, (uint64_t)i), other = stats_noise(v[2], N, v[3], N, (uint64_t)i);
		above += !stats_is_noise(other.ratio, n.floor);
		called += n.ci.lo > 1 || n.ci.hi < 1;
		sum += n.floor / all;
	}
	rng_free(r);
	assert_true(above <= all * 5 / 100);
	assert_true(called <= all * 8 / 100);   /* 5 % are to be expected, give or take 1.3 % */
	double expected = 1.96 * sqrt(M_PI / N) * sd;
	assert_true(sum > expected && sum < 2.5 * expected);
}

static void test_verdicts(void **state)
{
	(void)state;
	assert_true(stats_is_noise(1.03, 0.031) && stats_is_noise(1 / 1.03, 0.031) && !stats_is_noise(1.04, 0.03));
	assert_false(stats_is_noise(1, NAN) || stats_is_noise(NAN, 0.03));
	assert_int_equal(stats_above_noise(VERDICT_SLOWER, 1.03, 0.05), VERDICT_WITHIN_FLOOR);
	assert_int_equal(stats_above_noise(VERDICT_FASTER_OPEN, 0.97, 0.05), VERDICT_WITHIN_FLOOR);
	assert_int_equal(stats_above_noise(VERDICT_SLOWER, 1.06, 0.05), VERDICT_SLOWER);
	assert_int_equal(stats_above_noise(VERDICT_SLOWER, 1.03, NAN), VERDICT_SLOWER);
	assert_int_equal(stats_above_noise(VERDICT_WITHIN_MARGIN, 1.001, 0.05), VERDICT_WITHIN_MARGIN);
	assert_int_equal(stats_above_noise(VERDICT_NOT_DISTINGUISHABLE, 1.001, 0.05), VERDICT_NOT_DISTINGUISHABLE);
	assert_string_equal(stats_verdict_text(VERDICT_WITHIN_FLOOR), "within noise floor");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_larger),
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_verdicts),
	};
	return cmocka_run_group_tests_name("noise", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_stats.c - quantiles, intervals and verdicts against values of numpy and scipy (tests/data/stats_reference.py). */
#include "base/rng.h"
#include "stats/boot.h"
#include "stats/order.h"
#include "stats/quantile.h"
#include "stats/verdict.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define assert_near(a, b, eps) assert_true(fabs((a) - (b)) <= (eps))

static const double odd[] = { 3.1, 0.4, 12.0, 7.7, 5.5, 5.5, 1.25 };
static const double even[] = { 10, 2, 8, 4, 6, 40 };
static const double a[] = { 10.2, 10.4, 9.9, 10.1, 10.8, 10.0, 10.3, 10.6, 9.8, 10.5, 13.0, 10.2 };
static const double b[] = { 5.1, 5.3, 4.9, 5.0, 5.2, 5.6, 5.05, 4.95, 5.15, 5.25 };

/* numpy.quantile(v, p, method="linear") */
static void test_quantiles(void **state)
{
	(void)state;
	static const double p[] = { 0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1 };
	static const struct {
		const double *v;
		size_t n;
		double q[LEN(p)];
	} cases[] = {
		{ odd, LEN(odd), { 0.4, 0.91, 2.175, 5.5, 6.6, 9.42, 11.742, 12.0 } },
		{ even, LEN(even), { 2, 3, 4.5, 7, 9.5, 25, 38.5, 40 } },
		{ a, LEN(a), { 9.8, 9.91, 10.075, 10.25, 10.525, 10.78, 12.758, 13.0 } },
		{ b, LEN(b), { 4.9, 4.945, 5.0125, 5.125, 5.2375, 5.33, 5.573, 5.6 } },
	};
	for (size_t c = 0; c < LEN(cases); c++) {
		double s[16];
		memcpy(s, cases[c].v, cases[c].n * sizeof(*s));
		stats_sort(s, cases[c].n);
		for (size_t i = 0; i < LEN(p); i++)
			assert_near(stats_quantile(s, cases[c].n, p[i]), cases[c].q[i], 1e-12);
	}
}

static void test_summary(void **state)
{
	(void)state;
	struct stats_summary s;
	stats_summarize(even, LEN(even), &s);
	assert_int_equal(s.n, 6);
	assert_true(s.min == 2 && s.q1 == 4.5 && s.median == 7 && s.q3 == 9.5 && s.max == 40);
	assert_int_equal(s.outliers, 1);
	assert_true(stats_is_outlier(&s, 40));
	assert_false(stats_is_outlier(&s, 17));         /* the fence itself: 9.5 + 1.5 * 5 */
	assert_true(stats_is_outlier(&s, 17.01));
	assert_true(stats_is_outlier(&s, -3.01));
	stats_summarize(odd, LEN(odd), &s);
	assert_int_equal(s.outliers, 0);
	assert_true(even[0] == 10);                     /* the input is left as it was */
}

static void test_small_samples(void **state)
{
	(void)state;
	struct stats_summary s;
	stats_summarize(NULL, 0, &s);
	assert_int_equal(s.n, 0);
	assert_true(isnan(s.median) && isnan(s.min) && isnan(s.max));
	assert_true(isnan(stats_median(NULL, 0)));
	stats_summarize((double[]){ 3 }, 1, &s);
	assert_true(s.min == 3 && s.q1 == 3 && s.median == 3 && s.q3 == 3 && s.max == 3);
	assert_int_equal(s.outliers, 0);
	assert_true(stats_median((double[]){ 4, 1 }, 2) == 2.5);
}

static void test_percentile_rule(void **state)
{
	(void)state;
	assert_true(stats_can_quantile(20, 0.5));
	assert_false(stats_can_quantile(19, 0.5));
	assert_true(stats_can_quantile(100, 0.9));
	assert_false(stats_can_quantile(99, 0.9));
	assert_true(stats_can_quantile(1000, 0.99));
	assert_false(stats_can_quantile(999, 0.99));
	assert_false(stats_can_quantile(0, 0.5));
}

/* scipy's binomial distribution, interpolated in Python. */
static void test_median_interval_against_scipy(void **state)
{
	(void)state;
	double squares[30], many[1000];
	for (size_t i = 0; i < LEN(squares); i++)
		squares[i] = (double)((i + 1) * (i + 1));
	for (size_t i = 0; i < LEN(many); i++)
		many[i] = (double)(i * 7 % LEN(many));
	const struct {
		const double *v;
		size_t n;
		double lo, hi;
	} cases[] = {
		{ even, LEN(even), 2.2, 37 },
		{ b, LEN(b), 4.966222222222222, 5.283777777777778 },
		{ a, LEN(a), 10.010636363636364, 10.589363636363636 },
		{ squares, LEN(squares), 102.71155233572027, 435.7060168683557 },
		{ many, LEN(many), 468.50209519774995, 530.4979048022501 },
	};
	for (size_t c = 0; c < LEN(cases); c++) {
		struct stats_interval i = stats_median_interval(cases[c].v, cases[c].n);
		assert_true(i.ok);
		assert_near(i.lo, cases[c].lo, 1e-9);
		assert_near(i.hi, cases[c].hi, 1e-9);
	}
}

/* The bounds are what numpy finds at the tails of 1.5 % and 3.5 %: six standard errors of a 2.5 % tail of 2,000. */
static void test_bootstrap_against_numpy(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct stats_interval i = stats_boot_ratio(a, LEN(a), b, LEN(b), seed);
		assert_true(i.ok);
		assert_true(i.lo >= 1.9326 && i.lo <= 1.9426);
		assert_true(i.hi >= 2.0784 && i.hi <= 2.0896);
	}
}

/* What numpy finds for the difference with 2,000,000 resamples: [4.90, 5.45], with the bounds of the tails of 1.5 and 3.5 %. */
static void test_difference_against_numpy(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct stats_interval i = stats_boot_diff(a, LEN(a), b, LEN(b), seed), back = stats_boot_diff(b, LEN(b), a, LEN(a), seed);
		assert_true(i.ok && back.ok);
		assert_true(i.lo > 4.8499 && i.lo < 4.9001);
		assert_true(i.hi > 5.4249 && i.hi < 5.5001);
		assert_true(back.lo > -5.5001 && back.lo < -5.4249);
		assert_true(back.hi > -4.9001 && back.hi < -4.8499);
		assert_int_equal(stats_step(i), STEP_ADDS);
		assert_int_equal(stats_step(back), STEP_SAVES);
		assert_int_equal(stats_step(stats_boot_diff(a, LEN(a), a, LEN(a), seed)), STEP_NOT_DISTINGUISHABLE);
	}
}

/* Two arms that are the same: about 95 of 100 intervals of their difference hold 0. */
static void test_difference_covers(void **state)
{
	(void)state;
	struct rng *r = rng_new(11);
	int hit = 0;
	for (int e = 0; e < 400; e++) {
		double v[15], w[15];
		for (size_t i = 0; i < LEN(v); i++) {
			v[i] = 5 + rng_normal(r);
			w[i] = 5 + rng_normal(r);
		}
		hit += stats_step(stats_boot_diff(v, LEN(v), w, LEN(w), (uint64_t)e)) == STEP_NOT_DISTINGUISHABLE;
	}
	rng_free(r);
	print_message("share of equal pairs that are not told apart, n = 15: %.1f %%\n", hit / 4.0);
	assert_in_range(hit, 360, 398);
}

static void test_difference_is_suppressed(void **state)
{
	(void)state;
	assert_false(stats_boot_diff(a, 5, b, LEN(b), 1).ok);
	assert_false(stats_boot_diff(a, LEN(a), b, 5, 1).ok);
	assert_true(isnan(stats_boot_diff(a, 0, b, 0, 1).lo));
	static const double zero[8] = { 0 };
	struct stats_interval i = stats_boot_diff(zero, LEN(zero), zero, LEN(zero), 1);
	assert_true(i.ok && i.lo == 0 && i.hi == 0);    /* a difference needs no positive values */
}

/* Divided by what does not scatter it is the ratio's interval, for which the values of numpy above hold. */
static void test_ratio_of_ratios(void **state)
{
	(void)state;
	static const double four[] = { 4, 4, 4, 4, 4, 4 }, two[] = { 2, 2, 2, 2, 2, 2, 2 }, zero[6] = { 0 };
	const struct stats_values va = { a, LEN(a) }, vb = { b, LEN(b) }, v4 = { four, LEN(four) }, v2 = { two, LEN(two) };
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct stats_interval i = stats_boot_ratios(va, v4, vb, v2, seed);
		assert_true(i.ok);
		assert_true(2 * i.lo >= 1.9326 && 2 * i.lo <= 1.9426);
		assert_true(2 * i.hi >= 2.0784 && 2 * i.hi <= 2.0896);
	}
	const struct stats_values few = { a, 5 }, none = { zero, LEN(zero) };
	assert_false(stats_boot_ratios(few, v4, vb, v2, 1).ok);
	assert_false(stats_boot_ratios(va, v4, vb, few, 1).ok);
	assert_false(stats_boot_ratios(va, none, vb, v2, 1).ok);
}

/* Two arms whose costs are 3 and 1.5 times that of hosts of which one is half as fast: about 95 of 100 intervals hold 2. */
static void test_ratio_of_ratios_covers(void **state)
{
	(void)state;
	struct rng *r = rng_new(17);
	int hit = 0;
	for (int e = 0; e < 300; e++) {
		double v[4][15];
		static const double at[] = { 30, 10, 30, 20 };
		for (size_t k = 0; k < 4; k++)
			for (size_t i = 0; i < 15; i++)
				v[k][i] = at[k] * (1 + 0.05 * rng_normal(r));
		struct stats_interval i = stats_boot_ratios((struct stats_values){ v[0], 15 }, (struct stats_values){ v[1], 15 },
		                                            (struct stats_values){ v[2], 15 }, (struct stats_values){ v[3], 15 }, (uint64_t)e);
		hit += i.ok && i.lo <= 2 && i.hi >= 2;
	}
	rng_free(r);
	print_message("coverage of a ratio of ratios, n = 15: %.1f %%\n", hit / 3.0);
	assert_in_range(hit, 270, 299);
}

static void test_steps(void **state)
{
	(void)state;
	assert_int_equal(stats_step((struct stats_interval){ true, 1e-12, 2 }), STEP_ADDS);
	assert_int_equal(stats_step((struct stats_interval){ true, -2, -1e-12 }), STEP_SAVES);
	assert_int_equal(stats_step((struct stats_interval){ true, 0, 2 }), STEP_NOT_DISTINGUISHABLE);
	assert_int_equal(stats_step((struct stats_interval){ true, -2, 0 }), STEP_NOT_DISTINGUISHABLE);
	assert_int_equal(stats_step((struct stats_interval){ false, NAN, NAN }), STEP_NONE);
	assert_string_equal(stats_step_text(STEP_ADDS), "adds");
	assert_string_equal(stats_step_text(STEP_NONE), "no interval");
}

static void test_bootstrap_is_deterministic(void **state)
{
	(void)state;
	struct stats_interval x = stats_boot_ratio(a, LEN(a), b, LEN(b), 42);
	struct stats_interval y = stats_boot_ratio(a, LEN(a), b, LEN(b), 42);
	assert_true(x.lo == y.lo && x.hi == y.hi);
}

static void test_intervals_are_suppressed(void **state)
{
	(void)state;
	struct stats_interval i = stats_median_interval(a, 5);
	assert_false(i.ok);
	assert_true(isnan(i.lo) && isnan(i.hi));
	assert_true(stats_median_interval(a, 6).ok);
	i = stats_boot_ratio(a, 12, b, 5, 1);
	assert_false(i.ok);
	assert_true(isnan(i.lo) && isnan(i.hi));
	assert_false(stats_boot_ratio(a, 5, b, 10, 1).ok);
	assert_true(stats_boot_ratio(a, 6, b, 6, 1).ok);
	assert_false(stats_median_interval(NULL, 0).ok);
	static const double zero[8] = { 0 };
	assert_false(stats_boot_ratio(a, LEN(a), zero, LEN(zero), 1).ok);
	struct stats_interval same = stats_median_interval((double[]){ 2, 2, 2, 2, 2, 2 }, 6);
	assert_true(same.ok && same.lo == 2 && same.hi == 2);
}

/* The interval must hold the true median in 95 of 100 experiments or a few more, whatever the distribution is: here exponential ones,
 * whose median is log 2. 2000 of 10 launches: the standard error of the share found is 0.4 %; a percentile bootstrap reaches 92 %. */
static void test_median_interval_covers(void **state)
{
	(void)state;
	struct rng *r = rng_new(7);
	int hit = 0;
	for (int e = 0; e < 2000; e++) {
		double v[10];
		for (size_t i = 0; i < LEN(v); i++)
			v[i] = -log1p(-rng_uniform(r));
		struct stats_interval i = stats_median_interval(v, LEN(v));
		hit += i.lo <= M_LN2 && M_LN2 <= i.hi;
	}
	rng_free(r);
	print_message("coverage of the median's interval, n = 10: %.1f %%\n", hit / 20.0);
	assert_in_range(hit, 1900, 1970);
}

static void test_seeds_differ(void **state)
{
	(void)state;
	uint64_t s = stats_seed(1, (const char *const[]){ "vm", "syscall", NULL });
	assert_true(s == stats_seed(1, (const char *const[]){ "vm", "syscall", NULL }));
	assert_true(s != stats_seed(2, (const char *const[]){ "vm", "syscall", NULL }));
	assert_true(s != stats_seed(1, (const char *const[]){ "vms", "yscall", NULL }));
	assert_true(s <= 0xffffffffu);
}

static enum verdict verdict_of(double lo, double hi)
{
	return stats_verdict((struct stats_interval){ true, lo, hi }, 0.02);
}

static void test_verdicts(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(1.03, 1.10), VERDICT_SLOWER);
	assert_int_equal(verdict_of(0.90, 0.97), VERDICT_FASTER);
	assert_int_equal(verdict_of(0.99, 1.01), VERDICT_WITHIN_MARGIN);
	assert_int_equal(verdict_of(1 / 1.02, 1.02), VERDICT_WITHIN_MARGIN);
	assert_int_equal(verdict_of(0.95, 1.05), VERDICT_NOT_DISTINGUISHABLE);
	assert_int_equal(verdict_of(1.01, 1.30), VERDICT_SLOWER_OPEN);
	assert_int_equal(verdict_of(0.50, 0.99), VERDICT_FASTER_OPEN);
	assert_int_equal(verdict_of(0.99, 1.30), VERDICT_NOT_DISTINGUISHABLE);
	assert_int_equal(stats_verdict((struct stats_interval){ false, NAN, NAN }, 0.02), VERDICT_NONE);
	assert_string_equal(stats_verdict_text(VERDICT_NOT_DISTINGUISHABLE), "not distinguishable");
	assert_string_equal(stats_verdict_amount(VERDICT_NOT_DISTINGUISHABLE), "not distinguishable");
	assert_string_equal(stats_verdict_amount(VERDICT_SLOWER), "more");
	assert_string_equal(stats_verdict_amount(VERDICT_FASTER_OPEN), "less, size open");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_small_samples),
		cmocka_unit_test(test_percentile_rule),
		cmocka_unit_test(test_median_interval_against_scipy),
		cmocka_unit_test(test_bootstrap_against_numpy),
		cmocka_unit_test(test_difference_against_numpy),
		cmocka_unit_test(test_difference_covers),
		cmocka_unit_test(test_difference_is_suppressed),
		cmocka_unit_test(test_ratio_of_ratios),
		cmocka_unit_test(test_ratio_of_ratios_covers),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_bootstrap_is_deterministic),
		cmocka_unit_test(test_intervals_are_suppressed),
		cmocka_unit_test(test_median_interval_covers),
		cmocka_unit_test(test_seeds_differ),
		cmocka_unit_test(test_verdicts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_power.c - how many launches find a change, against scipy's normal distribution, and how their scatter is split. */
#include "base/rng.h"
#include "stats/interval.h"
#include "stats/power.h"
#include "stats/quantile.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define assert_near(a, b, eps) assert_true(fabs((a) - (b)) <= (eps))

/* tests/data/stats_reference.py prints these. */
static void test_needed(void **state)
{
	(void)state;
	assert_near(stats_launches_needed(0.05, 0.03, 0.05, 0.9), 96, 0);
	assert_near(stats_launches_needed(0.05, 0.03, 0.05, 0.8), 72, 0);
	assert_near(stats_launches_needed(0.01, 0.01, 0.05, 0.9), 35, 0);
	assert_near(stats_launches_needed(0.01, 0.01, 0.01, 0.9), 49, 0);
	assert_near(stats_launches_needed(0.0001, 0.5, 0.05, 0.9), STATS_LAUNCHES_MIN, 0);
}

/* Six launches a side give no p below 2 / 924: the 23rd cell can still pass, the 24th can't. */
static void test_needed_for_the_test(void **state)
{
	(void)state;
	assert_near(stats_launches_needed(0.0001, 0.5, 0.05 / 23, 0.9), 6, 0);
	assert_near(stats_launches_needed(0.0001, 0.5, 0.05 / 24, 0.9), 7, 0);
	assert_near(stats_launches_needed(0.0001, 0.5, 0.05 / 1000, 0.9), 9, 0);
}

/* What is found with the launches that were asked for is what they were asked for. */
static void test_found(void **state)
{
	(void)state;
	double n = stats_launches_needed(0.05, 0.03, 0.05, 0.9);
	assert_true(stats_effect_found(0.05, n, 0.05, 0.9) <= 0.03);
	assert_true(stats_effect_found(0.05, n - 1, 0.05, 0.9) > 0.03);
	assert_near(stats_effect_found(0.02, 10, 0.05, 0.9), 0.038959, 1e-5);
	assert_true(isnan(stats_effect_found(0.05, 5, 0.05, 0.9)));
	assert_true(isnan(stats_effect_found(0.05, 6, 0.05 / 24, 0.9)));
}

static void test_spread_interval(void **state)
{
	(void)state;
	double lo, hi;
	stats_spread_interval(0.1, 10, &lo, &hi);
	assert_near(lo, 0.068784, 1e-6);
	assert_near(hi, 0.182562, 1e-6);
	stats_spread_interval(0.1, 1, &lo, &hi);
	assert_true(isnan(lo) && isnan(hi));
}

static void test_spread_adds_up(void **state)
{
	(void)state;
	const struct stats_spread still = { 0.03, 0, 25 }, noisy = { 0.03, 0.2, 25 }, many = { 0.03, 0.2, 10000 };
	assert_near(stats_spread_of_launches(&still), 0.03, 1e-12);
	assert_near(stats_spread_of_launches(&noisy), sqrt(0.0009 + M_PI / 2 * 0.04 / 25), 1e-12);
	assert_near(stats_spread_of_launches(&many), 0.03, 2e-4);
}

/* What was put in is found again, from launches alone. */
static void test_split(void **state)
{
	(void)state;
	enum { LAUNCHES = 400, SAMPLES = 25 };
	struct rng *r = rng_new(3);
	double values[LAUNCHES], within[LAUNCHES], v[SAMPLES];
	for (size_t i = 0; i < LAUNCHES; i++) {
		double mid = 7 * exp(0.04 * rng_normal(r)), sum = 0, squares = 0;
		for (size_t k = 0; k < SAMPLES; k++) {
			double x = 0.1 * rng_normal(r);
			v[k] = mid * exp(x);
			sum += x;
			squares += x * x;
		}
		values[i] = stats_median(v, SAMPLES);
		within[i] = sqrt((squares - sum * sum / SAMPLES) / (SAMPLES - 1));
	}
	rng_free(r);
	struct stats_spread s = stats_spread_split(values, within, LAUNCHES, SAMPLES);
	assert_near(s.between, 0.04, 0.004);
	assert_near(s.within, 0.1, 0.004);
	assert_near(s.samples, SAMPLES, 0);
}

static void test_split_of_little(void **state)
{
	(void)state;
	static const double same[] = { 3, 3, 3 }, bad[] = { 3, 0, 3 }, within[] = { 0.1, 0.1, 0.1 };
	assert_true(isnan(stats_spread_split(same, within, 1, 9).between));
	assert_true(isnan(stats_spread_split(bad, within, 3, 9).between));
	/* The medians should scatter more than that: nothing is left for the launches. */
	assert_near(stats_spread_split(same, within, 3, 9).between, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_needed),
		cmocka_unit_test(test_needed_for_the_test),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_spread_interval),
		cmocka_unit_test(test_spread_adds_up),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_split_of_little),
	};
	return cmocka_run_group_tests_name("power", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_resample.c - medians drawn from their own distribution, beside all that resampling can draw; quantiles by selection. */
#include "base/cleanup.h"
#include "base/str.h"
#include "stats/quantile.h"
#include "stats/resample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define DRAWS 200000
#define N_MAX 8

/* Values by which a median tells where it came from: v[i] + v[k] is another number for each pair. */
static const double marked[N_MAX] = { 64, 1, 16, 4, 1024, 256, 16384, 4096 };
enum { SUMS = 2 * 16384 + 1 };

/* How often each median comes out of all n^n ways to draw. */
static void count_all(size_t n, double *ways)
{
	size_t at[N_MAX] = { 0 };
	double v[N_MAX];
	for (;;) {
		for (size_t i = 0; i < n; i++)
			v[i] = marked[at[i]];
		ways[(size_t)(2 * stats_median(v, n))]++;
		size_t i = 0;
		while (i < n && ++at[i] == n)
			at[i++] = 0;
		if (i == n)
			return;
	}
}

/* Every median that can come out does so as often as it must, within 5 standard errors, and no other does. */
static void check_against_all(size_t n, uint64_t seed)
{
	cleanup_free double *ways = xcalloc(SUMS, sizeof(*ways)), *drawn = xcalloc(SUMS, sizeof(*drawn));
	count_all(n, ways);
	struct resample *s = resample_new(marked, n);
	struct rng *r = rng_new(seed);
	for (int i = 0; i < DRAWS; i++)
		drawn[(size_t)(2 * resample_median(s, r))]++;
	for (size_t i = 0; i < SUMS; i++) {
		double p = ways[i] / pow((double)n, (double)n), error = sqrt(p * (1 - p) * DRAWS);
		assert_true(fabs(drawn[i] - p * DRAWS) <= 5 * error + (p > 0));
	}
	resample_free(s);
	rng_free(r);
}

static void medians_are_those_of_all_draws(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 7; n++)
		check_against_all(n, 17 + n);
}

/* Far beyond what could be counted out: the same quantiles as drawing one by one, within what 20,000 draws scatter. */
static void many_values(void **state)
{
	(void)state;
	for (size_t n = 2000; n <= 2001; n++) {
		cleanup_free double *v = xcalloc(n, sizeof(*v)), *tmp = xcalloc(n, sizeof(*v));
		enum { TIMES = 4000 };
		double fast[TIMES], slow[TIMES], p[] = { 0.025, 0.5, 0.975 }, q[3], naive[3];
		struct rng *r = rng_new(n);
		for (size_t i = 0; i < n; i++)
			v[i] = rng_normal(r);
		struct resample *s = resample_new(v, n);
		for (int k = 0; k < TIMES; k++) {
			for (size_t i = 0; i < n; i++)
				tmp[i] = v[rng_below(r, n)];
			slow[k] = stats_median(tmp, n);
			fast[k] = resample_median(s, r);
		}
		stats_quantiles(fast, TIMES, p, 3, q);
		stats_quantiles(slow, TIMES, p, 3, naive);
		double width = naive[2] - naive[0];
		for (int i = 0; i < 3; i++)
			assert_true(fabs(q[i] - naive[i]) < 0.06 * width);
		resample_free(s);
		rng_free(r);
	}
}

static void no_values_nor_one(void **state)
{
	(void)state;
	struct rng *r = rng_new(1);
	struct resample *s = resample_new((double[]){ 7 }, 1);
	assert_true(resample_median(s, r) == 7);
	resample_free(s);
	resample_free(NULL);
	rng_free(r);
}

static void selection_is_sorting(void **state)
{
	(void)state;
	static const double p[] = { 0, 0.025, 0.5, 0.5, 0.9, 0.99, 0.999, 1 };
	enum { P = sizeof(p) / sizeof(*p) };
	struct rng *r = rng_new(3);
	for (size_t n = 1; n < 400; n++) {
		double v[400], sorted[400], q[P];
		for (size_t i = 0; i < n; i++)
			v[i] = sorted[i] = n % 3 ? rng_normal(r) : (double)rng_below(r, 5);     /* ties */
		stats_sort(sorted, n);
		stats_quantiles(v, n, p, P, q);
		for (size_t i = 0; i < P; i++)
			assert_true(q[i] == stats_quantile(sorted, n, p[i]));
	}
	double none;
	stats_quantiles(NULL, 0, p, 1, &none);
	assert_true(isnan(none));
	rng_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(medians_are_those_of_all_draws),
		cmocka_unit_test(many_values),
		cmocka_unit_test(no_values_nor_one),
		cmocka_unit_test(selection_is_sorting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

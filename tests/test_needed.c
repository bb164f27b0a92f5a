/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_needed.c - what a run tells of the launches that find a change, on made-up runs whose scatter is known. */
#include "base/cleanup.h"
#include "report/needed.h"
#include "run_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define assert_near(a, b, eps) assert_true(fabs((a) - (b)) <= (eps))

static const struct made_arm arms[2] = {
	{ "host", "host", "host", NULL, 0.0006, 1.0, "fork exec main exit reaped" },
	{ "container", "container", "container", NULL, 0.0018, 1.1, "clone namespaces mounts seccomp exec main exit reaped" },
};
static const struct needed_conf one = { .detect = 0.02, .power = 0.9, .cells = 1 };

static void report_freep(struct report **r)
{
	report_free(*r);
}

static const struct needed *of(const struct needed *v, size_t n, const char *arm, const char *metric)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].cell.arm, arm) == 0 && strcmp(v[i].cell.metric, metric) == 0)
			return &v[i];
	fail_msg("no cell %s, %s", arm, metric);
	return NULL;
}

/* Launches scatter by 1 %, the samples of file-fsync by far more; those of mem-bandwidth by next to nothing. */
static void test_cells(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = run_made(arms, 2, 200, 5);
	cleanup(report_freep) struct report *r = report_new(run);
	cleanup_free struct needed *v = NULL;
	size_t n = needed_make(r, &one, &v);
	assert_int_equal(n, 2 * 5);
	const struct needed *rate = of(v, n, "container", "rate"), *startup = of(v, n, "host", "startup"), *latency = of(v, n, "host", "latency");
	assert_string_equal(rate->cell.workload, "mem-bandwidth");
	assert_near(rate->scatter.sd, 0.01, 0.001);
	assert_near(rate->scatter.spread.between, rate->scatter.sd, 0.0005);
	assert_true(rate->scatter.within_share < 0.1);
	assert_near(rate->launches, stats_launches_needed(rate->scatter.sd, 0.02, 0.05, 0.9), 0);
	assert_true(rate->from <= rate->launches && rate->launches <= rate->to && rate->to < 2 * rate->launches);
	assert_near(rate->against_host, rate->launches, 3);
	assert_near(rate->wall_s, 3, 0);
	assert_near(rate->found, stats_effect_found(rate->scatter.sd, 200, 0.05, 0.9), 0);
	assert_true(rate->found < 0.01);
	/* One sample a launch tells nothing of what is within. */
	assert_near(startup->scatter.sd, 0.01, 0.001);
	assert_true(isnan(startup->scatter.within_share) && isnan(startup->against_host));
	/* By its samples it should scatter more than it does: nothing is left for the launches. */
	assert_near(latency->scatter.within_share, 1, 0);
	assert_near(latency->scatter.spread.samples, 101, 0);
}

static void test_more_to_find(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = run_made(arms, 2, 12, 5);
	cleanup(report_freep) struct report *r = report_new(run);
	cleanup_free struct needed *easy = NULL, *hard = NULL, *many = NULL;
	size_t n = needed_make(r, &one, &easy);
	needed_make(r, &(struct needed_conf){ .detect = 0.002, .power = 0.9, .cells = 1 }, &hard);
	needed_make(r, &(struct needed_conf){ .detect = 0.002, .power = 0.9, .cells = 50 }, &many);
	for (size_t i = 0; i < n; i++)
		assert_true(easy[i].launches < hard[i].launches && hard[i].launches < many[i].launches);
	double most = needed_most(hard, n);
	for (size_t i = 0; i < n; i++)
		assert_true(hard[i].launches <= most);
	/* Two arms and four workloads, of which one has two metrics; 3 s a launch. */
	assert_near(needed_time(hard, n, 100), 100 * 8 * 3, 1e-6);
}

static void test_too_few(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = run_made(arms, 2, 5, 5);
	cleanup(report_freep) struct report *r = report_new(run);
	cleanup_free struct needed *v = NULL;
	size_t n = needed_make(r, &one, &v);
	for (size_t i = 0; i < n; i++)
		assert_true(isnan(v[i].launches) && isnan(v[i].found) && isnan(v[i].scatter.sd));
	assert_true(isnan(needed_most(v, n)));
	cleanup_free char *text = needed_text(r, &one, v, n);
	assert_non_null(strstr(text, "No cell has the 6 launches"));
	assert_null(strstr(text, "nan"));
	json_t *o = needed_json(r, &one, v, n);
	assert_true(json_is_null(json_object_get(o, "launches")));
	assert_true(json_is_null(json_object_get(o, "time_s")));
	json_decref(o);
}

static void test_text_and_json(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = run_made(arms, 2, 12, 5);
	cleanup(report_freep) struct report *r = report_new(run);
	cleanup_free struct needed *v = NULL;
	size_t n = needed_make(r, &one, &v);
	cleanup_free char *text = needed_text(r, &one, v, n), *most = xasprintf("isocost run -n %.0f,", needed_most(v, n));
	assert_non_null(strstr(text, "a change of 2 % with a power of 90 %, in a cell alone"));
	assert_non_null(strstr(text, most));
	assert_non_null(strstr(text, "file-fsync latency"));
	assert_non_null(strstr(text, "longer launches would save"));
	json_t *o = needed_json(r, &one, v, n);
	assert_non_null(o);
	assert_int_equal(json_integer_value(json_object_get(o, "launches")), (json_int_t)needed_most(v, n));
	assert_int_equal(json_array_size(json_object_get(o, "cells")), n);
	const json_t *first = json_array_get(json_object_get(o, "cells"), 0);
	assert_string_equal(json_string_value(json_object_get(first, "metric")), "startup");
	assert_true(json_is_null(json_object_get(first, "sd_within")));
	assert_int_equal(json_array_size(json_object_get(first, "launches_ci95")), 2);
	json_decref(o);
}

/* No imported launch says how long it took. */
static void test_time_is_not_known(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = run_made(arms, 2, 12, 5);
	for (size_t i = 0; i < run->n_launches; i++)
		run->launches[i].wall_s = NAN;
	cleanup(report_freep) struct report *r = report_new(run);
	cleanup_free struct needed *v = NULL;
	size_t n = needed_make(r, &one, &v);
	cleanup_free char *text = needed_text(r, &one, v, n), *most = xasprintf("The cell that needs most needs %.0f.\n", needed_most(v, n));
	assert_non_null(strstr(text, most));
	json_t *o = needed_json(r, &one, v, n);
	assert_true(json_is_null(json_object_get(o, "time_s")));
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_more_to_find),
		cmocka_unit_test(test_too_few),
		cmocka_unit_test(test_text_and_json),
		cmocka_unit_test(test_time_is_not_known),
	};
	return cmocka_run_group_tests_name("needed", tests, NULL, NULL);
}

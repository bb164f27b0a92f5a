/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_progress.c - what a log is told of a session: each cell as its last launch ends, and signs of life. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "report/precision.h"
#include "run/progress.h"
#include "says.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct progress_eye eye = { report_launch_value, report_cell_text };

static struct suite *suite;
static struct progress p;
static FILE *log_file;
static int was_stderr;

/* Standard error is a file, as a log is. */
static int begin(void **state)
{
	(void)state;
	struct err err = { 0 };
	log_file = tmpfile();
	was_stderr = dup(STDERR_FILENO);
	if (!log_file || was_stderr < 0 || dup2(fileno(log_file), STDERR_FILENO) < 0)
		return -1;
	if (suite_parse("p.suite", "[suite]\nname = p\narms = host, container\nworkloads = startup, syscall, mem-latency\nlaunches = 2\n", &suite, &err) < 0)
		return -1;
	progress_init(&p, suite, eye);
	p.sign_ns = INT64_MAX;
	return 0;
}

static int end(void **state)
{
	(void)state;
	progress_free(&p);
	suite_free(suite);
	dup2(was_stderr, STDERR_FILENO);
	close(was_stderr);
	fclose(log_file);
	return 0;
}

/* What was said since the last time; the caller's. */
static char *said(void)
{
	static char text[4096];
	fflush(stderr);
	rewind(log_file);
	text[fread(text, 1, sizeof(text) - 1, log_file)] = '\0';
	if (ftruncate(fileno(log_file), 0) < 0)
		fail_msg("ftruncate failed");
	lseek(STDERR_FILENO, 0, SEEK_SET);
	return xstrdup(text);
}

static void assert_said(const char *expected)
{
	cleanup_free char *text = said();
	assert_string_equal(text, expected);
}

static struct plan_item at(size_t arm, size_t workload)
{
	return (struct plan_item){ .arm = arm, .workload = workload };
}

static struct launch launch_of(const struct plan_item *it, bool ok, double value)
{
	static const char *const metrics[] = { NULL, "time", "16kib" };
	struct launch l = { .arm = suite->arms[it->arm].name, .workload = suite->workloads[it->workload].name, .ok = ok, .wall_s = 10,
		            .error = (char *)"it fell" };
	snprintf(l.result.workload, sizeof(l.result.workload), "%s", suite->workloads[it->workload].workload->name);
	l.phases.start_ns = 1000000000;
	l.result.ready_ns = l.phases.start_ns + llround(value * 1e9);
	if (metrics[it->workload] && ok) {
		struct series *s = &l.result.series[l.result.n_series++];
		snprintf(s->metric, sizeof(s->metric), "%s", metrics[it->workload]);
		s->v = xcalloc(1, sizeof(*s->v));
		s->v[0] = value;
		s->n = s->cap = 1;
	}
	return l;
}

static void finish(size_t arm, size_t workload, bool ok, double value)
{
	const struct plan_item it = at(arm, workload);
	struct launch l = launch_of(&it, ok, value);
	progress_start(&p, &it);
	progress_finish(&p, &it, &l);
	free(l.result.series[0].v);
}

static void expect(size_t arm, size_t workload, unsigned n)
{
	const struct plan_item it = at(arm, workload);
	while (n--)
		progress_expect(&p, &it);
}

static void test_cells_as_they_end(void **state)
{
	(void)state;
	expect(0, 0, 6);
	expect(0, 1, 2);
	expect(1, 2, 1);
	finish(0, 1, true, 1e-7);
	assert_said("");
	finish(0, 1, true, 3e-7);
	assert_said("isocost: [2/9] host: syscall: median 200 ns, 2 launches; 70 s left\n");
	/* One of several metrics is named; the median of one launch is its figure. */
	finish(1, 2, true, 2e-9);
	assert_said("isocost: [3/9] container: mem-latency 16kib: 2.00 ns, 1 launch; 60 s left\n");
	/* With an interval from six launches on. */
	for (int i = 0; i < 5; i++)
		finish(0, 0, true, 0.001 * (i + 1));
	assert_said("");
	finish(0, 0, true, 0.006);
	assert_said("isocost: [9/9] host: startup: median 3.50 ms [1.10, 5.90], 6 launches; 0 s left\n");
}

static void test_failures(void **state)
{
	(void)state;
	expect(0, 1, 3);
	expect(1, 1, 1);
	finish(0, 1, false, 0);
	assert_said("isocost: warning: host: syscall, launch 0 failed: it fell\n");
	finish(0, 1, true, 1e-7);
	finish(0, 1, true, 1e-7);
	assert_said("isocost: [3/4] host: syscall: median 100 ns, 3 launches, 1 failed; 10 s left\n");
	finish(1, 1, false, 0);
	cleanup_free char *text = said();
	assert_has(text, "isocost: [4/4] container: syscall: no figure, 1 launch, 1 failed; 0 s left\n");
}

/* That a cell can't be run is told elsewhere, with the reason. */
static void test_cannot(void **state)
{
	(void)state;
	const struct plan_item it = at(1, 1);
	struct launch l = launch_of(&it, false, 0);
	l.cannot = true;
	expect(1, 1, 3);
	progress_finish(&p, &it, &l);
	progress_finish(&p, &it, &l);
	progress_drop(&p, &it);
	assert_int_equal(p.todo, 0);
	assert_said("");
	expect(1, 1, 1);
	progress_finish(&p, &it, &l);
	assert_said("");
}

/* A resumed session tells of all launches of the cells that it completes, and of no other. */
static void test_known_launches(void **state)
{
	(void)state;
	const struct plan_item a = at(0, 1), b = at(1, 1);
	struct launch before[3] = { launch_of(&a, true, 1e-7), launch_of(&a, false, 0), launch_of(&b, true, 5e-7) };
	const struct run run = { .launches = before, .n_launches = 3 };
	progress_known(&p, &run);
	expect(0, 1, 1);
	finish(0, 1, true, 3e-7);
	assert_said("isocost: [1/1] host: syscall: median 200 ns, 3 launches, 1 failed; 0 s left\n");
	progress_ended(&p, &b);
	assert_said("");
	for (size_t i = 0; i < 3; i++)
		free(before[i].result.series[0].v);
}

/* Where it isn't known before how many launches a cell takes, it has ended when it is said so; it is told once. */
static void test_estimated(void **state)
{
	(void)state;
	const struct plan_item a = at(0, 1), b = at(1, 1);
	p.estimated = true;
	progress_set_left(&p, &a, 2);
	progress_set_left(&p, &b, 5);
	finish(0, 1, true, 1e-7);
	finish(0, 1, true, 1e-7);
	assert_said("");
	progress_set_left(&p, &a, 3);           /* it was not enough after all */
	finish(0, 1, true, 1e-7);
	progress_set_left(&p, &a, 0);
	progress_ended(&p, &a);
	progress_ended(&p, &a);
	progress_ended(&p, &b);
	assert_said("isocost: [3/~8] host: syscall: median 100 ns, 3 launches; 50 s left\n");
}

/* A log that was silent for too long has a line before the next launch; one that was not, has none. */
static void test_signs_of_life(void **state)
{
	(void)state;
	expect(0, 1, 20);
	finish(0, 1, true, 1e-7);
	assert_said("");
	p.sign_ns = 0;
	finish(0, 1, true, 1e-7);
	assert_said("isocost: [1/20] launches done, none failed; 3 min left\n");
	finish(0, 1, false, 0);
	p.sign_ns = INT64_MAX;
	assert_said("isocost: [2/20] launches done, none failed; 3 min left\nisocost: warning: host: syscall, launch 0 failed: it fell\n");
	finish(0, 1, true, 1e-7);
	assert_said("");
	p.sign_ns = 0;
	finish(0, 1, true, 1e-7);
	assert_said("isocost: [4/20] launches done, 1 failed; 3 min left\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cells_as_they_end, begin, end), cmocka_unit_test_setup_teardown(test_failures, begin, end),
		cmocka_unit_test_setup_teardown(test_cannot, begin, end),            cmocka_unit_test_setup_teardown(test_known_launches, begin, end),
		cmocka_unit_test_setup_teardown(test_estimated, begin, end),         cmocka_unit_test_setup_teardown(test_signs_of_life, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

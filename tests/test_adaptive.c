/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_adaptive.c - launches spent where they are needed: the rule, a session's cells, what is written and read back, what is said. */
#include "base/cleanup.h"
#include "model/plan.h"
#include "report/md.h"
#include "report/precision.h"
#include "report/report.h"
#include "report/spent.h"
#include "run/spend.h"
#include "run_made.h"
#include "store/json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define assert_near(a, b, eps) assert_true(fabs((a) - (b)) <= (eps))

static const struct adaptive rule = { .on = true, .half_width = 0.02, .min_launches = 10 };
static const struct made_arm arms[2] = {
	{ "host", "host", "host", NULL, 0.0006, 1.0, "fork exec main exit reaped" },
	{ "container", "container", "container", NULL, 0.0018, 1.1, "clone namespaces mounts seccomp exec main exit reaped" },
};

static void report_freep(struct report **r)
{
	report_free(*r);
}

static void test_rule(void **state)
{
	(void)state;
	assert_int_equal(adaptive_decide(&rule, 9, 9, 50, 0.001), CELL_OPEN);
	assert_int_equal(adaptive_decide(&rule, 10, 10, 50, 0.02), CELL_PRECISION);
	assert_int_equal(adaptive_decide(&rule, 10, 10, 50, 0.0201), CELL_OPEN);
	assert_int_equal(adaptive_decide(&rule, 12, 9, 50, 0.001), CELL_OPEN);          /* the pilot is of launches that succeeded */
	assert_int_equal(adaptive_decide(&rule, 50, 50, 50, 0.5), CELL_CAP);
	assert_int_equal(adaptive_decide(&rule, 50, 50, 50, 0.01), CELL_PRECISION);
	assert_int_equal(adaptive_decide(&rule, 50, 5, 50, NAN), CELL_CAP);
	assert_int_equal(adaptive_decide(&rule, 50, 50, 50, INFINITY), CELL_CAP);
	assert_int_equal(adaptive_decide(&rule, 9, 0, 50, NAN), CELL_OPEN);
	assert_int_equal(adaptive_decide(&rule, 10, 0, 50, NAN), CELL_FAILED);
	assert_int_equal(adaptive_decide(&rule, 10, 1, 50, NAN), CELL_OPEN);
	for (int i = 1; i < CELL_ENDS; i++)
		assert_int_equal(cell_end_find(cell_end_names[i]), i);
	assert_int_equal(cell_end_find("nonsense"), CELL_OPEN);
	assert_int_equal(cell_end_find(NULL), CELL_OPEN);
}

static void test_left(void **state)
{
	(void)state;
	assert_int_equal(adaptive_left(&rule, 0, 50, NAN), 10);
	assert_int_equal(adaptive_left(&rule, 4, 50, NAN), 6);
	assert_int_equal(adaptive_left(&rule, 10, 50, 0.04), 30);       /* twice as wide: four times as many */
	assert_int_equal(adaptive_left(&rule, 10, 50, 0.4), 40);        /* not above the cap */
	assert_int_equal(adaptive_left(&rule, 10, 50, INFINITY), 40);
	assert_int_equal(adaptive_left(&rule, 12, 50, NAN), 1);         /* some failed: one more, and look again */
	assert_int_equal(adaptive_left(&rule, 10, 50, 0.0201), 1);
	assert_int_equal(adaptive_left(&rule, 8, 50, 0.001), 2);
}

static void test_half_width(void **state)
{
	(void)state;
	double v[] = { 10, 9.8, 10.2, 9.9, 10.1, 10.05, 9.95, 10, 10 }, same[9] = { 0 }, zero[] = { 0, 0, 0, 0, 0, 0, 0, 1, -1 };
	double far[] = { 10, 20, 10.02, 9.99, 10.01, 10.005, 9.995, 10, 10 };
	struct stats_interval ci = stats_median_interval(v, 9);
	/* All of nine reach from 9.8 to 10.2 with 99.6 %, and next to all of that with 99.5 %: scaled, the 95 % interval is the wider one. */
	assert_near(stats_half_width(v, 9), fmax((ci.hi - ci.lo) / 2 / 10, 0.6982 * 0.0199), 2e-4);
	ci = stats_median_interval(far, 9);
	assert_true((ci.hi - ci.lo) / 2 / 10 < 0.002 && stats_half_width(far, 9) > 0.3);
	assert_near(stats_half_width(same, 9), 0, 0);
	assert_true(isinf(stats_half_width(zero, 9)));
	assert_true(isnan(stats_half_width(v, 8)));
	/* The widest of a workload's metrics, from launches with their samples or without. */
	cleanup(run_freep) struct run *run = run_made(arms, 2, 12, 3);
	const struct launch *l[12];
	size_t n = 0;
	for (size_t i = 0; i < run->n_launches; i++)
		if (strcmp(run->launches[i].arm, "host") == 0 && strcmp(run->launches[i].workload, "file-fsync") == 0)
			l[n++] = &run->launches[i];
	cleanup(report_freep) struct report *r = report_new(run);
	double widest = 0;
	for (size_t i = 0; i < r->n_metrics; i++)
		if (strncmp(r->metrics[i].label, "file-fsync", 10) == 0)
			widest = fmax(widest, stats_half_width(r->metrics[i].cells[0].v, r->metrics[i].cells[0].n));
	assert_true(widest > 0);
	assert_near(report_half_width(&made_files, l, n), widest, 0);
	for (size_t i = 0; i < run->n_launches; i++)
		report_sum_launch(&run->launches[i]);
	assert_near(report_half_width(&made_files, l, n), widest, 0);
	assert_true(isnan(report_half_width(&made_files, l, 8)));
	assert_true(isnan(report_half_width(&made_files, l, 0)));
}

/* ---- a session ---- */

static const char suite_text[] = "[suite]\nname = a\narms = host, container\nworkloads = syscall\naa = host\nadaptive = on\nmax_launches = 30\n";

static struct suite *made_suite(const char *text)
{
	struct err err = { 0 };
	struct suite *s = NULL;
	if (suite_parse("a.suite", text, &s, &err) < 0)
		fail_msg("%s", err.msg);
	suite_apply_adaptive(s);
	assert_int_equal(suite_add_twins(s, &err), 0);
	return s;
}

static struct launch launch_of(const char *arm, unsigned number, double value)
{
	struct launch l = { .arm = xstrdup(arm), .workload = xstrdup("syscall"), .number = number, .block = number, .ok = value > 0,
		            .started = "2026-11-23T09:30:00Z" };
	l.result.n_series = value > 0;
	if (value > 0) {
		struct series *s = &l.result.series[0];
		snprintf(s->metric, sizeof(s->metric), "time");
		s->v = xcalloc(1, sizeof(*s->v));
		s->v[0] = value;
		s->n = s->cap = 1;
	}
	return l;
}

static const struct spend_eye eye = { report_half_width, report_sum_launch };

/* Launches in the order of the plan until all cells are closed; how many each arm took. The twin's launches fail where `broken` says so. */
static void spend_all(struct suite *suite, struct run *run, const double *spread, unsigned *ret, bool broken)
{
	struct plan plan;
	struct spend s;
	struct rng *rng = rng_new(7);
	plan_make(suite, 1, &plan);
	spend_init(&s, suite, run, eye);
	for (size_t i = 0; i < plan.n; i++) {
		const struct plan_item *it = &plan.v[i];
		double value = 1e-7 * exp(spread[it->arm] * rng_normal(rng));
		if (spend_closed(&s, it))
			continue;
		unsigned left = spend_left(&s, it);
		assert_true(left >= 1 && ret[it->arm] + left <= 30);
		struct launch l = launch_of(suite->arms[it->arm].name, it->number, broken ? 0 : value);
		spend_decide(&s, it, &l);
		if (l.ends)
			assert_true(spend_closed(&s, it));
		spend_keep(&s, it, &l);
		assert_null(l.arm);
		ret[it->arm]++;
	}
	run->adaptive = suite->adaptive;
	assert_int_equal(spend_tell(&s, CELL_BUDGET), 0);
	spend_free(&s);
	plan_free(&plan);
	rng_free(rng);
}

static void test_session(void **state)
{
	(void)state;
	struct suite *suite = made_suite(suite_text);
	struct run run = { .adaptive = suite->adaptive };
	unsigned n[3] = { 0 };
	/* The container scatters far more than the host and its twin. */
	spend_all(suite, &run, (const double[]){ 0.02, 0.5, 0.02 }, n, false);
	assert_int_equal(n[0], n[2]);
	assert_true(n[0] >= 10 && n[0] < 30);
	assert_int_equal(n[1], 30);
	assert_int_equal(run.n_ends, 3);
	assert_string_equal(run.ends[0].arm, "host");
	assert_int_equal(run.ends[0].end, CELL_PRECISION);
	assert_true(run.ends[0].half_width <= 0.02);
	assert_int_equal(run.ends[0].launches, n[0]);
	assert_int_equal(run.ends[1].end, CELL_CAP);
	assert_true(run.ends[1].half_width > 0.02);
	assert_int_equal(run_cell_end(&run, "container", "syscall"), CELL_CAP);
	run_ends_free(&run);
	suite_free(suite);
}

/* The twin is as wide as the container: its arm goes on with it, so that both have as many launches. */
static void test_twins_end_together(void **state)
{
	(void)state;
	struct suite *suite = made_suite(suite_text);
	struct run run = { .adaptive = suite->adaptive };
	unsigned n[3] = { 0 };
	spend_all(suite, &run, (const double[]){ 0.001, 0.001, 0.5 }, n, false);
	assert_int_equal(n[0], 30);
	assert_int_equal(n[1], 10);
	assert_int_equal(n[2], 30);
	assert_int_equal(run.ends[0].end, CELL_PRECISION);
	assert_int_equal(run.ends[2].end, CELL_CAP);
	run_ends_free(&run);
	suite_free(suite);
}

static void test_failures_end(void **state)
{
	(void)state;
	struct suite *suite = made_suite(suite_text);
	struct run run = { .adaptive = suite->adaptive };
	unsigned n[3] = { 0 };
	spend_all(suite, &run, (const double[]){ 0.001, 0.001, 0.001 }, n, true);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(n[i], 10);
		assert_int_equal(run.ends[i].end, CELL_FAILED);
		assert_true(isnan(run.ends[i].half_width));
	}
	run_ends_free(&run);
	suite_free(suite);
}

/* A cell that takes no part is not waited for, and is not told of. */
static void test_out(void **state)
{
	(void)state;
	struct suite *suite = made_suite(suite_text);
	struct run run = { .adaptive = suite->adaptive };
	struct spend s;
	spend_init(&s, suite, &run, eye);
	spend_out(&s, &(struct plan_item){ .arm = 2 });
	for (unsigned i = 0; i < 10; i++) {
		struct launch l = launch_of("host", i, 1e-7);
		assert_int_equal(spend_left(&s, &(struct plan_item){ .arm = 0 }), 10 - i);
		spend_decide(&s, &(struct plan_item){ .arm = 0 }, &l);
		spend_keep(&s, &(struct plan_item){ .arm = 0 }, &l);
	}
	assert_true(spend_closed(&s, &(struct plan_item){ .arm = 0 }));
	assert_false(spend_closed(&s, &(struct plan_item){ .arm = 1 }));
	assert_int_equal(spend_left(&s, &(struct plan_item){ .arm = 2 }), 0);
	assert_int_equal(spend_tell(&s, CELL_INTERRUPTED), 1);          /* the container has no pilot */
	assert_int_equal(run.n_ends, 2);
	assert_int_equal(run.ends[1].end, CELL_INTERRUPTED);
	spend_free(&s);
	run_ends_free(&run);
	suite_free(suite);
}

/* Killed: the journal's marks are all there is. One of an arm speaks for its twin, of a launch that is lost for nobody. */
static void test_resumed(void **state)
{
	(void)state;
	struct suite *suite = made_suite(suite_text);
	struct launch l[33];
	struct run run = { .adaptive = suite->adaptive, .launches = l };
	for (unsigned i = 0; i < 11; i++) {
		l[run.n_launches++] = launch_of("host", i, 1e-7);
		l[run.n_launches++] = launch_of("host-aa", i, 1e-7);
		if (i < 10)
			l[run.n_launches++] = launch_of("container", i, i % 2 ? 1e-7 : 2e-7);
	}
	l[run.n_launches - 1].ends = CELL_PRECISION;
	struct spend s;
	spend_init(&s, suite, &run, eye);
	assert_true(spend_closed(&s, &(struct plan_item){ .arm = 0 }));
	assert_true(spend_closed(&s, &(struct plan_item){ .arm = 2 }));
	assert_false(spend_closed(&s, &(struct plan_item){ .arm = 1 }));
	spend_free(&s);
	/* Without the mark the rule says the same; but not of two that have not as many launches. */
	l[run.n_launches - 1].ends = CELL_OPEN;
	spend_init(&s, suite, &run, eye);
	assert_true(spend_closed(&s, &(struct plan_item){ .arm = 0 }));
	spend_free(&s);
	run.n_launches--;
	spend_init(&s, suite, &run, eye);
	assert_false(spend_closed(&s, &(struct plan_item){ .arm = 0 }));
	assert_int_equal(spend_left(&s, &(struct plan_item){ .arm = 2 }), 1);
	spend_free(&s);
	run.n_launches++;
	for (size_t i = 0; i < run.n_launches; i++)
		launch_free(&l[i]);
	suite_free(suite);
}

/* ---- the suite ---- */

static void test_suite_keys(void **state)
{
	(void)state;
	struct suite *s = made_suite("[suite]\nname = a\narms = host\nworkloads = syscall, cpu-int\nlaunches = 4\nadaptive = on\nhalf_width = 0.5%\nmin_launches = 9\n"
	                             "[workload syscall]\nlaunches = 1\n");
	assert_true(s->adaptive.on);
	assert_near(s->adaptive.half_width, 0.005, 1e-12);
	assert_int_equal(s->adaptive.min_launches, 9);
	assert_int_equal(s->workloads[0].launches, 9);          /* five times one is less than the pilot */
	assert_int_equal(s->workloads[1].launches, 20);
	suite_free(s);
	s = made_suite("[suite]\nname = a\narms = host\nworkloads = syscall\nlaunches = 4\n");
	assert_false(s->adaptive.on);
	assert_int_equal(s->workloads[0].launches, 4);
	assert_int_equal(s->adaptive.min_launches, ADAPTIVE_PILOT);
	suite_free(s);
	static const char *const bad[][2] = {
		{ "adaptive = maybe", "a.suite:3: adaptive = maybe: expected on or off" },
		{ "half_width = 2", "a.suite:3: half_width = 2: expected a percentage" },
		{ "half_width = 0%", "expected a percentage" },
		{ "min_launches = 8", "a.suite:3: min_launches = 8: expected at least 9" },
		{ "min_launches = x", "expected a whole number" },
		{ "max_launches = 0", "expected a whole number" },
		{ "max_launches = 9", "a.suite:3: max_launches = 9: expected at least the 10 of the pilot" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		cleanup_free char *text = xasprintf("[suite]\nname = a\n%s\n", bad[i][0]);
		struct err err = { 0 };
		assert_int_equal(suite_parse("a.suite", text, &s, &err), -EINVAL);
		if (!strstr(err.msg, bad[i][1]))
			fail_msg("'%s' is not in: %s", bad[i][1], err.msg);
	}
}

static void test_plan(void **state)
{
	(void)state;
	struct suite *suite = made_suite(suite_text);
	struct plan plan;
	plan_make(suite, 1, &plan);
	cleanup_free char *text = plan_text(suite, &plan);
	assert_non_null(strstr(text, "adaptive: at most 90 launches"));
	plan_free(&plan);
	suite_free(suite);
}

/* ---- what is written and said ---- */

static void end(struct run *run, const char *arm, const char *workload, unsigned launches, enum cell_end how, double half_width)
{
	run->ends = xrealloc(run->ends, run->n_ends + 1, sizeof(*run->ends));
	run->ends[run->n_ends++] = (struct run_end){ xstrdup(arm), xstrdup(workload), launches, how, half_width };
}

static struct run *adaptive_run(void)
{
	struct run *run = run_made(arms, 2, 12, 3);
	run->adaptive = rule;
	run->adaptive.budget_s = 600;
	for (size_t i = 0; i < run->n_workloads; i++)
		run->workloads[i].launches = 60;
	for (size_t a = 0; a < 2; a++)
		for (size_t w = 0; w < run->n_workloads; w++)
			end(run, run->arms[a].name, run->workloads[w].name, 12, a ? CELL_PRECISION : CELL_BUDGET, w ? 0.0123 : NAN);
	return run;
}

static void test_json(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = adaptive_run(), *back = xcalloc(1, sizeof(*back));
	struct err err = { 0 };
	json_t *o = json_from_run(run);
	assert_int_equal(json_to_run(o, back, &err), 0);
	json_decref(o);
	assert_true(back->adaptive.on);
	assert_near(back->adaptive.half_width, 0.02, 0);
	assert_near(back->adaptive.budget_s, 600, 0);
	assert_int_equal(back->adaptive.min_launches, 10);
	assert_int_equal(back->n_ends, run->n_ends);
	for (size_t i = 0; i < run->n_ends; i++) {
		assert_string_equal(back->ends[i].arm, run->ends[i].arm);
		assert_string_equal(back->ends[i].workload, run->ends[i].workload);
		assert_int_equal(back->ends[i].end, run->ends[i].end);
		assert_int_equal(back->ends[i].launches, 12);
		assert_true(isnan(run->ends[i].half_width) ? isnan(back->ends[i].half_width) : back->ends[i].half_width == run->ends[i].half_width);
	}
	run->launches[0].ends = CELL_CAP;
	o = json_from_launch(&run->launches[0]);
	struct launch l;
	assert_int_equal(json_to_launch(o, &l, &err), 0);
	assert_int_equal(l.ends, CELL_CAP);
	launch_free(&l);
	json_decref(o);
}

/* A file that someone edited. */
static void test_json_edited(void **state)
{
	(void)state;
	struct run run = { 0 };
	json_t *o = json_loads("{\"half_width\": \"x\", \"min_launches\": -4, \"cells\": [1, {\"arm\": \"a\"}, "
	                       "{\"arm\": \"a\", \"workload\": \"w\", \"launches\": 3, \"ended_by\": \"magic\"}]}", 0, NULL);
	json_to_adaptive(o, &run);
	assert_true(run.adaptive.on);
	assert_near(run.adaptive.half_width, ADAPTIVE_HALF_WIDTH, 0);
	assert_int_equal(run.adaptive.min_launches, ADAPTIVE_MIN);
	assert_int_equal(run.n_ends, 1);
	assert_int_equal(run.ends[0].end, CELL_OPEN);
	assert_true(isnan(run.ends[0].half_width));
	run_ends_free(&run);
	json_decref(o);
	json_to_adaptive(NULL, &run);
}

static void test_missing(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = adaptive_run();
	assert_int_equal(run_missing(run), 0);
	run->ends[0].end = CELL_INTERRUPTED;
	assert_int_equal(run_missing(run), 1);          /* at least */
	run->ends[0].end = CELL_BUDGET;
	run->adaptive.min_launches = 20;
	assert_int_equal(run_missing(run), 4 * 8);      /* the host's cells have no pilot yet */
	run->adaptive.min_launches = 10;
	run_ends_free(run);                             /* killed */
	assert_int_equal(run_missing(run), 8);
	run->launches[run->n_launches - 1].ends = CELL_PRECISION;
	assert_int_equal(run_missing(run), 7);
	assert_int_equal(run_cell_end(run, "container", "file-fsync"), CELL_PRECISION);
	assert_int_equal(run_cell_end(run, "host", "file-fsync"), CELL_OPEN);
}

static void test_said(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = adaptive_run();
	cleanup(report_freep) struct report *r = report_new(run);
	cleanup_free struct spent *v = NULL;
	size_t n = spent_make(r, &v);
	assert_int_equal(n, 8);
	cleanup_free char *ends = spent_ends(v, n), *shown = show_text(run, 100, false, true), *brief = show_text(run, 100, false, false);
	assert_string_equal(ends, "4 by precision, 4 by budget");
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(v[i].launches, 12);
		assert_true(v[i].half_width > 0 && v[i].half_width < 0.02);
	}
	assert_non_null(strstr(shown, "8 cells ended: 4 by precision, 4 by budget"));
	assert_non_null(strstr(shown, "after a pilot of 10 launches"));
	assert_non_null(strstr(shown, "or the time of 600 s is up (budget)"));
	assert_non_null(strstr(shown, "file-fsync     container     12  precision    ± "));
	assert_null(strstr(brief, "12  precision"));
	struct figures made = { 0 };
	cleanup_free char *md = md_text(r, &(struct md_figures){ .made = &made });
	assert_non_null(strstr(md, "## Launches spent"));
	assert_non_null(strstr(md, "| file-fsync | host | 12 | budget | "));
	/* Nothing of it where the run is not adaptive. */
	run->adaptive.on = false;
	cleanup_free char *plain = show_text(run, 100, false, true), *plain_md = md_text(r, &(struct md_figures){ .made = &made });
	assert_null(strstr(plain, "launches spent"));
	assert_null(strstr(plain_md, "Launches spent"));
}

/* What would help follows from where the scatter comes from. */
static void test_help(void **state)
{
	(void)state;
	struct spent s = { .end = CELL_CAP, .within_share = 0.8 };
	assert_string_equal(spent_help(&s), "longer launches");
	s.within_share = 0.1;
	assert_string_equal(spent_help(&s), "more launches");
	s.within_share = NAN;
	assert_null(spent_help(&s));
	s = (struct spent){ .end = CELL_PRECISION, .within_share = 0.8 };
	assert_null(spent_help(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule),       cmocka_unit_test(test_left),          cmocka_unit_test(test_half_width),
		cmocka_unit_test(test_session),    cmocka_unit_test(test_twins_end_together), cmocka_unit_test(test_failures_end),
		cmocka_unit_test(test_out),        cmocka_unit_test(test_resumed),       cmocka_unit_test(test_suite_keys),
		cmocka_unit_test(test_plan),       cmocka_unit_test(test_json),          cmocka_unit_test(test_json_edited),
		cmocka_unit_test(test_missing),    cmocka_unit_test(test_said),          cmocka_unit_test(test_help),
	};
	return cmocka_run_group_tests_name("adaptive", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_aa.c - arms against their twins: made in a suite, hidden among the arms, and what the noise floor does to verdicts. */
#include "base/cleanup.h"
#include "model/plan.h"
#include "report/aa.h"
#include "report/compare.h"
#include "report/md.h"
#include "report/report.h"
#include "run_made.h"
#include "says.h"
#include "store/json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PHASES "clone exec main exit reaped"
#define N 15

/* Host and container at these costs, and a second host, which should cost 1 and costs `twin`. */
static struct run *made(double container, double twin, unsigned n, uint64_t seed)
{
	const struct made_arm arms[] = { { "host", "host", "host", NULL, 0.0005, 1, PHASES },
		                         { "container", "container", "container", NULL, 0.0005 * container, container, PHASES },
		                         { "host-aa", "host", "host-aa", NULL, 0.0005 * twin, twin, PHASES } };
	struct run *r = run_made(arms, 3, n, seed);
	r->arms[2].twin_of = xstrdup("host");
	r->n_arms = 2;
	r->n_twins = 1;
	return r;
}

static const struct report_aa *aa_of(const struct report *r, const char *label)
{
	for (size_t i = 0; i < r->n_aa; i++)
		if (strcmp(r->metrics[r->aa[i].metric].label, label) == 0)
			return &r->aa[i];
	fail_msg("there is no A/A comparison of %s", label);
	return NULL;
}

static void test_suite(void **state)
{
	(void)state;
	static const char text[] = "[suite]\nname = t\narms = host, quiet\naa = quiet\nladder = host, quiet\nworkloads = startup\nlaunches = 4\n"
	                           "[arm quiet]\ndriver = container\nseccomp = off\nadds = a box\n";
	struct suite *s = NULL;
	struct err err = { 0 };
	assert_int_equal(suite_parse("x.suite", text, &s, &err), 0);
	assert_int_equal(s->n_arms, 2);
	assert_int_equal(suite_add_twins(s, &err), 0);
	assert_int_equal(s->n_arms, 3);
	assert_int_equal(s->n_twins, 1);
	assert_string_equal(s->arms[2].name, "quiet-aa");
	assert_string_equal(s->arms[2].twin_of, "quiet");
	assert_string_equal(s->arms[2].driver, "container");
	assert_string_equal(kvs_get(&s->arms[2].options, "seccomp"), "off");
	assert_null(s->arms[1].twin_of);
	assert_int_equal(s->ladder.n, 2);
	struct plan p;
	plan_make(s, 3, &p);
	assert_int_equal(p.n, 12);
	unsigned in_block[4] = { 0 };           /* the twin is in every block, as the others are */
	for (size_t i = 0; i < p.n; i++)
		in_block[p.v[i].block] += p.v[i].arm == 2;
	for (size_t b = 0; b < 4; b++)
		assert_int_equal(in_block[b], 1);
	plan_free(&p);
	suite_free(s);
}

static void test_suite_choice(void **state)
{
	(void)state;
	struct suite *s = NULL;
	struct err err = { 0 };
	assert_int_equal(suite_parse("x.suite", "[suite]\nname = t\narms = host, container\naa = host\n", &s, &err), 0);
	assert_int_equal(suite_set_aa(s, "vm", &err), -ENOENT);
	assert_has(err.msg, "no arm 'vm'");
	assert_int_equal(s->aa.n, 1);
	assert_int_equal(suite_set_aa(s, "host,container,host", &err), 0);
	assert_int_equal(s->aa.n, 2);
	assert_int_equal(suite_select_arms(s, "container", &err), 0);     /* host's twin goes with host */
	assert_int_equal(s->aa.n, 1);
	assert_string_equal(s->aa.v[0], "container");
	assert_int_equal(suite_set_aa(s, NULL, &err), 0);
	assert_int_equal(suite_add_twins(s, &err), 0);
	assert_int_equal(s->n_arms, 1);
	suite_free(s);
	assert_int_equal(suite_parse("x.suite", "[suite]\nname = t\narms = host\naa = vm\n", &s, &err), -EINVAL);
	assert_has(err.msg, "x.suite:4: aa: 'vm' is no arm");
	assert_int_equal(suite_parse("x.suite", "[suite]\nname = t\narms = host, host-aa\naa = host\n[arm host-aa]\ndriver = host\n", &s, &err), 0);
	assert_int_equal(suite_add_twins(s, &err), -EINVAL);
	assert_has(err.msg, "x.suite:5: arm host-aa");
	suite_free(s);
}

static void report_freep(struct report **r)
{
	report_free(*r);
}
#define cleanup_report cleanup(report_freep)

/* A good twin: what it finds is the noise that was made, and the twin is in no table of arms. */
static void test_good(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = made(2, 1, N, 3);
	cleanup_report struct report *r = report_new(run);
	assert_int_equal(r->n_aa, r->n_metrics);
	for (size_t i = 0; i < r->n_aa; i++) {
		assert_true(r->aa[i].noise.floor > 0.003 && r->aa[i].noise.floor < 0.04);       /* 1 % was made */
		assert_true(r->aa[i].adjusted >= r->aa[i].noise.p);
	}
	assert_int_equal(aa_count(r).n, r->n_metrics);
	assert_int_equal(aa_count(r).corrected, 0);
	for (size_t i = 0; i < r->n_metrics; i++)
		assert_int_equal(r->metrics[i].cells[1].verdict, VERDICT_SLOWER);
	cleanup_free char *shown = show_text(run, 120, false, true);
	assert_has(shown, "syscall  lower is better, n = 15, noise floor ");
	assert_has(shown, "A/A control, host against itself: equal things lie up to");
	assert_has_not(shown, "  host-aa");
	struct figures figures = { 0 };
	cleanup_free char *md = md_text(r, &(struct md_figures){ .made = &figures });
	assert_has(md, "**How far to trust the figures:** A/A control, host against itself");
	assert_has(md, "## A/A control");
	assert_has_not(md, "| host-aa");
	assert_int_equal(run_missing(run), 0);
	run->n_launches--;                      /* the last one is the twin's, and is missed */
	assert_int_equal(run_missing(run), 1);
	run->n_launches++;
}

/* A twin that costs half as much again: whatever is not larger than that tells nothing. */
static void test_bad(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = made(1.3, 1.5, N, 3), *other = made(2, 1.5, N, 3), *none = made(1.3, 1, 5, 3);
	cleanup_report struct report *r = report_new(run), *far = report_new(other);
	assert_true(fabs(aa_of(r, "syscall")->noise.ratio - 1 / 1.5) < 0.02);
	assert_true(fabs(aa_of(r, "mem-bandwidth")->noise.ratio - 1.5) < 0.03);
	for (size_t i = 0; i < r->n_metrics; i++) {
		double floor = report_floor(r, &r->metrics[i], 1, 0);
		assert_true(floor > 0.48 && floor < 0.6);
		assert_true(report_floor(r, &r->metrics[i], 1, 1) == floor);     /* the container has no twin: the metric's */
		assert_int_equal(r->metrics[i].cells[1].verdict, VERDICT_WITHIN_FLOOR);
		assert_int_equal(far->metrics[i].cells[1].verdict, VERDICT_SLOWER);
	}
	struct aa_count c = aa_count(r);
	assert_true(c.n == r->n_metrics && c.alone == c.n && c.corrected == c.n);
	cleanup_report struct report *few = report_new(none);
	cleanup_free char *shown = show_text(none, 120, false, true);
	assert_int_equal(aa_count(few).n, 0);
	assert_has(shown, "no noise floor, which takes at least 6 launches");
	assert_true(isnan(report_floor(few, &few->metrics[0], 1, 0)));
}

static void compare_freep(struct compare **c)
{
	compare_free(*c);
}

/* The container grows by a third: a regression with a quiet twin, in either run none with one that is as far off. */
static void test_compare(void **state)
{
	(void)state;
	static const struct {
		double twin_a, twin_b;
		enum verdict verdict;
		enum compare_gate gate;
	} cases[] = {
		{ 1, 1, VERDICT_SLOWER, GATE_FAILED },
		{ 1.6, 1, VERDICT_WITHIN_FLOOR, GATE_OPEN },
		{ 1, 1.6, VERDICT_WITHIN_FLOOR, GATE_OPEN },
	};
	for (size_t i = 0; i < 3; i++) {
		cleanup(run_freep) struct run *a = made(2, cases[i].twin_a, N, 1), *b = made(2 * 4 / 3.0, cases[i].twin_b, N, 2);
		cleanup_report struct report *ra = report_new(a), *rb = report_new(b);
		cleanup(compare_freep) struct compare *c = compare_new(ra, rb, 0.1);
		struct strv lines = { 0 }, none = { 0 };
		for (size_t k = 0; k < c->n; k++) {
			if (c->cells[k].host)
				continue;
			assert_int_equal(c->cells[k].cost.verdict, cases[i].verdict);
			assert_int_equal(c->cells[k].overhead.verdict, cases[i].verdict);
			assert_true(stats_says_difference(c->cells[k].cost.alone));
		}
		assert_int_equal(compare_gate(c, 0.1, false, &lines), cases[i].gate);
		assert_has(lines.v[0], ", noise floor ");
		cleanup_free char *text = compare_text(c, &none, &none, 120, false);
		assert_has(text, "Both have an A/A control.");
		assert_has(text, i ? "5 within noise floor" : "5 slower");
		assert_has_not(text, "host-aa");
		strv_free(&lines);
	}
}

/* Written down and read back, and the twin stays one. */
static void test_json(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = made(2, 1, N, 3), *back = xcalloc(1, sizeof(*back));
	cleanup_report struct report *r = report_new(run);
	struct err err = { 0 };
	aa_note(r, run);
	assert_int_equal(run->n_aa, r->n_aa);
	json_t *o = json_from_run(run);
	assert_int_equal(json_to_run(o, back, &err), 0);
	json_decref(o);
	assert_int_equal(back->n_arms, 2);
	assert_int_equal(back->n_twins, 1);
	assert_string_equal(back->arms[2].name, "host-aa");
	assert_string_equal(back->arms[2].twin_of, "host");
	assert_int_equal(back->n_aa, run->n_aa);
	for (size_t i = 0; i < run->n_aa; i++) {
		assert_string_equal(back->aa[i].metric, run->aa[i].metric);
		assert_string_equal(back->aa[i].twin, "host-aa");
		assert_true(back->aa[i].floor == run->aa[i].floor && back->aa[i].lo == run->aa[i].lo && back->aa[i].adjusted == run->aa[i].adjusted);
		assert_true(back->aa[i].floor == r->aa[i].noise.floor);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suite),
		cmocka_unit_test(test_suite_choice),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_json),
	};
	return cmocka_run_group_tests_name("aa", tests, NULL, NULL);
}

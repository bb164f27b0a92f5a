/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_suite.c - suite files and the plan made from them. */
#include "base/cleanup.h"
#include "model/plan.h"
#include "model/suite.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static struct suite *parse(const char *text)
{
	struct err err = { 0 };
	struct suite *s = NULL;
	if (suite_parse("x.suite", text, &s, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static void test_whole(void **state)
{
	(void)state;
	struct suite *s = parse("[suite]\nname = t\narms = vm, host, quiet\nworkloads = syscall, big\nlaunches = 3\ncpus = 2\n"
	                        "memory = 1GiB\ndeadline = 2m\nmargin = 3%\n"
	                        "[arm quiet]\ndriver = container\nseccomp = off\n"
	                        "[workload big]\nworkload = file-seq\nsize = 8MiB\nlaunches = 5\n");
	assert_int_equal(s->n_arms, 3);
	assert_string_equal(s->arms[0].name, "vm");
	assert_string_equal(s->arms[0].driver, "vm");
	assert_string_equal(s->arms[2].driver, "container");
	assert_string_equal(kvs_get(&s->arms[2].options, "seccomp"), "off");
	assert_int_equal(s->arms[2].options.v[0].line, 12);
	assert_int_equal(s->n_workloads, 2);
	assert_string_equal(s->workloads[1].workload->name, "file-seq");
	assert_string_equal(kvs_get(&s->workloads[1].params, "size"), "8MiB");
	assert_non_null(kvs_get(&s->workloads[1].params, "block"));
	assert_int_equal(s->workloads[0].launches, 3);
	assert_int_equal(s->workloads[1].launches, 5);
	assert_int_equal(s->memory, 1u << 30);
	assert_true(s->margin > 0.0299 && s->margin < 0.0301);
	assert_true(s->deadline_s > 119.9 && s->deadline_s < 120.1);
	suite_free(s);
}

/* A driver's option goes on in indented lines; nothing else does. */
static void test_goes_on(void **state)
{
	(void)state;
	struct suite *s = parse("[suite]\nname = t\narms = a\n[arm a]\ndriver = host\nrun = one two\n  --three=3\n\tfour\n"
	                        "# between\nlast = x\n");
	assert_string_equal(kvs_get(&s->arms[0].options, "run"), "one two --three=3 four");
	assert_int_equal(s->arms[0].options.v[0].line, 6);
	assert_string_equal(kvs_get(&s->arms[0].options, "last"), "x");
	suite_free(s);
}

static void test_defaults(void **state)
{
	(void)state;
	struct suite *s = parse("[suite]\nname = t\n");
	assert_int_equal(s->n_arms, 3);
	assert_string_equal(s->arms[0].name, "host");
	assert_true(s->n_workloads >= 8);
	suite_free(s);
}

/* What is wrong, the line it stands in, and a word of the help. */
static void test_errors(void **state)
{
	(void)state;
	static const struct {
		const char *text, *where, *word;
	} cases[] = {
		{ "[suite]\nname = t\nlaunch = 3\n", "x.suite:3:", "launches" },
		{ "[suite]\nname = t\nlaunches = many\n", "x.suite:3:", "whole number" },
		{ "[suite]\nname = t\nlaunches = 0\n", "x.suite:3:", "whole number" },
		{ "[suite]\nname = t\nmemory = lots\n", "x.suite:3:", "512MiB" },
		{ "[suite]\nname = t\nmemory = 1MiB\n", "x.suite:3:", "64MiB" },
		{ "[suite]\nname = t\nmargin = 2\n", "x.suite:3:", "percentage" },
		{ "[suite]\nname = t\ndeadline = soon\n", "x.suite:3:", "duration" },
		{ "[suite]\nname = a b\n", "x.suite:2:", "letters" },
		{ "[suite]\nlaunches = 2\n", "x.suite:1:", "name" },
		{ "[suite]\nname = t\nworkloads = nosuch\n", "x.suite:3:", "nosuch" },
		{ "[suite]\nname = t\n[workload nosuch]\n", "x.suite:3:", "nosuch" },
		{ "[suite]\nname = t\n[workload syscall]\nfoo = 1\n", "x.suite:4:", "foo" },
		{ "[suite]\nname = t\n[workload file-seq]\nsize = big\n", "x.suite:4:", "size such as" },
		{ "[suite]\nname = t\n[workload file-seq]\ncache = warmish\n", "x.suite:4:", "one of" },
		{ "[suite]\nname = t\n[workload a]\nworkload = nosuch\n", "x.suite:4:", "nosuch" },
		{ "[suite]\nname = t\narms = host\n[arm vm]\n", "x.suite:4:", "arms" },
		{ "[suite]\nname = t\n[sweet]\n", "x.suite:3:", "[arm NAME]" },
		{ "[suite]\nname = t\nnonsense\n", "x.suite:3:", "key = value" },
		{ "[suite]\nname = t\nname = u\n", "x.suite:3:", "twice, first in line 2" },
		{ "[suite]\nname = t\n[arm vm]\ncpu = a\ncpu = b\n", "x.suite:5:", "twice" },
		{ "[suite]\nname = t\narms = host\n  launches = 3\n", "x.suite:4:", "indented" },
		{ "[suite]\nname = t\narms = vm\n[arm vm]\na = b\n  cpu = x\n", "x.suite:6:", "indented" },
		{ "[suite]\nname = t\narms = vm\n[arm vm]\na = b\n  cpu=x\n", "x.suite:6:", "indented" },
		{ "[suite]\nname = t\narms = vm\n[arm vm]\ndriver = host\n  more\n", "x.suite:6:", "indented" },
		{ "[suite]\nname = t\narms = host, host\n", "x.suite:3:", "listed twice" },
		{ "[suite]\nname = t\narms =\n", "x.suite:3:", "expected names" },
		{ "[suite]\nname = t\narms = ../x\n", "x.suite:3:", "letters" },
		{ "[suite]\nname = t\n[arm ../x]\ndriver = host\n", "x.suite:3:", "letters" },
		{ "[suite\nname = t\n", "x.suite:1:", "']'" },
		{ "[suite]\nname = t\n[workload file-seq]\nblock = 3\n", "x.suite:4:", "multiple of 4096" },
		{ "[suite]\nname = t\n[workload cpu-float]\nn = 9999\n", "x.suite:4:", "from 2 to 2000" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = { 0 };
		struct suite *s = NULL;
		assert_int_equal(suite_parse("x.suite", cases[i].text, &s, &err), -EINVAL);
		assert_null(s);
		if (strncmp(err.msg, cases[i].where, strlen(cases[i].where)) != 0 || !strstr(err.msg, cases[i].word))
			fail_msg("case %zu: '%s' has not '%s' and '%s'", i, err.msg, cases[i].where, cases[i].word);
	}
}

static void test_select(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct suite *s = parse("[suite]\nname = t\nworkloads = syscall, startup, cpu-int\n");
	assert_int_equal(suite_select_arms(s, "vm,host", &err), 0);
	assert_int_equal(s->n_arms, 2);
	assert_string_equal(s->arms[0].name, "vm");
	assert_int_equal(suite_select_arms(s, "container", &err), -ENOENT);
	assert_non_null(strstr(err.msg, "vm host"));
	assert_int_equal(suite_select_workloads(s, "cpu-int", &err), 0);
	assert_int_equal(s->n_workloads, 1);
	assert_int_equal(suite_select_workloads(s, "file-seq", &err), -ENOENT);
	suite_free(s);
}

static void test_plan(void **state)
{
	(void)state;
	struct suite *s = parse("[suite]\nname = t\nworkloads = syscall, startup\nlaunches = 4\n[workload startup]\nlaunches = 6\n");
	struct plan a, b, c;
	plan_make(s, 7, &a);
	plan_make(s, 7, &b);
	plan_make(s, 8, &c);
	assert_int_equal(a.n, 3 * 4 + 3 * 6);
	cleanup_free char *ta = plan_text(s, &a), *tb = plan_text(s, &b), *tc = plan_text(s, &c);
	assert_string_equal(ta, tb);
	assert_string_not_equal(ta, tc);
	/* Every cell once a block, blocks in order. */
	unsigned seen[6][3][2] = { 0 };
	for (size_t i = 0; i < a.n; i++) {
		assert_true(i == 0 || a.v[i].block >= a.v[i - 1].block);
		assert_int_equal(a.v[i].block, a.v[i].number);
		assert_int_equal(seen[a.v[i].block][a.v[i].arm][a.v[i].workload]++, 0);
	}
	plan_free(&a);
	plan_free(&b);
	plan_free(&c);
	suite_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),  cmocka_unit_test(test_goes_on), cmocka_unit_test(test_defaults), cmocka_unit_test(test_errors),
		cmocka_unit_test(test_select), cmocka_unit_test(test_plan),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

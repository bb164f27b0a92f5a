/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_ladder.c - the ladder of isolation in suite files and in run.json. */
#include "base/cleanup.h"
#include "env/env.h"
#include "ladder_made.h"
#include "model/suite.h"
#include "store/json.h"
#include "store/store.h"

#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define cleanup_suite cleanup(suite_freep)

/* ---- suite files */

static const char four[] = "[suite]\nname = t\narms = host, a, b, vm, aside\nladder = host, a, b, vm\nworkloads = startup\n"
                           "[arm a]\ndriver = container\nadds = first layer\nseccomp = off\n"
                           "[arm b]\ndriver = container\nadds = second layer\n[arm aside]\ndriver = container\n";

static struct suite *parse(const char *text)
{
	struct err err = { 0 };
	struct suite *s = NULL;
	if (suite_parse("x.suite", text, &s, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static void assert_rung(const struct ladder *l, size_t i, const char *arm, const char *adds)
{
	assert_true(i < l->n);
	assert_string_equal(l->v[i].arm, arm);
	if (adds)
		assert_string_equal(l->v[i].adds, adds);
	else
		assert_null(l->v[i].adds);
}

static void test_suite_has_a_ladder(void **state)
{
	(void)state;
	cleanup_suite struct suite *s = parse(four), *none = parse("[suite]\nname = t\n");
	assert_int_equal(s->ladder.n, 4);
	assert_rung(&s->ladder, 0, "host", NULL);
	assert_rung(&s->ladder, 1, "a", "first layer");
	assert_rung(&s->ladder, 3, "vm", NULL);
	assert_string_equal(rung_adds(&s->ladder.v[3]), "vm");
	assert_int_equal(s->arms[1].options.n, 1);      /* adds is no option of the driver */
	assert_int_equal(none->ladder.n, 0);
}

static void test_suite_errors(void **state)
{
	(void)state;
	static const struct {
		const char *text, *where, *word;
	} cases[] = {
		{ "[suite]\nname = t\narms = host, vm\nladder = host, container\n", "x.suite:4:", "'container' is no arm" },
		{ "[suite]\nname = t\nladder = host\n", "x.suite:3:", "at least 2" },
		{ "[suite]\nname = t\nladder =\n", "x.suite:3:", "expected names" },
		{ "[suite]\nname = t\nladder = host, vm, host\n", "x.suite:3:", "listed twice" },
		{ "[suite]\nname = t\nladder = host vm\n", "x.suite:3:", "commas" },
		{ "[suite]\nname = t\nladder = host, vm\nladder = vm, host\n", "x.suite:4:", "twice" },
		{ "[suite]\nname = t\n[arm vm]\nadds = a kernel\n", "x.suite:4:", "no rung" },
		{ "[suite]\nname = t\nladder = host, vm\n[arm container]\nadds = x\n", "x.suite:5:", "no rung" },
		{ "[suite]\nname = t\nladder = host, vm\n[arm host]\nadds = x\n", "x.suite:5:", "first rung" },
		{ "[suite]\nname = t\nladder = host, vm\n[arm vm]\nadds =\n", "x.suite:5:", "few words" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = { 0 };
		struct suite *s = NULL;
		assert_int_equal(suite_parse("x.suite", cases[i].text, &s, &err), -EINVAL);
		if (strncmp(err.msg, cases[i].where, strlen(cases[i].where)) != 0 || !strstr(err.msg, cases[i].word))
			fail_msg("case %zu: '%s' has not '%s' and '%s'", i, err.msg, cases[i].where, cases[i].word);
	}
}

static void assert_narrowed(const char *arms, size_t n, const char *const want[][2])
{
	cleanup_suite struct suite *s = parse(four);
	assert_int_equal(suite_select_arms(s, arms, NULL), 0);
	assert_int_equal(s->ladder.n, n);
	for (size_t i = 0; i < n; i++)
		assert_rung(&s->ladder, i, want[i][0], want[i][1]);
}

static void test_selection_narrows(void **state)
{
	(void)state;
	assert_narrowed("host,b,aside", 2, (const char *const[][2]){ { "host", NULL }, { "b", "first layer + second layer" } });
	/* the ladder has an order of its own */
	assert_narrowed("b,a", 2, (const char *const[][2]){ { "a", NULL }, { "b", "second layer" } });
	assert_narrowed("vm,host", 2, (const char *const[][2]){ { "host", NULL }, { "vm", "first layer + second layer + vm" } });
	assert_narrowed("a,aside", 0, NULL);
	assert_narrowed("aside", 0, NULL);
}

static void resolve(const struct suite *s, const char *arm, struct kvs *ret)
{
	for (size_t i = 0; i < s->n_arms; i++)
		if (strcmp(s->arms[i].name, arm) == 0) {
			struct err err = { 0 };
			if (opts_resolve(env_find(s->arms[i].driver)->options, &s->arms[i].options, s->file, ret, &err) < 0)
				fail_msg("%s", err.msg);
			return;
		}
	fail_msg("there is no arm %s", arm);
}

/* The top of the containers in bench/ladder.suite is the container as it is by default, in a user namespace, and no rung
 * below it is another one by its options. */
static void test_ladder_suite_ends_in_the_full_container(void **state)
{
	(void)state;
	struct err err = { 0 };
	cleanup_suite struct suite *s = NULL;
	if (suite_load("bench/ladder.suite", &s, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(s->ladder.n, s->n_arms);
	assert_string_equal(s->arms[0].driver, "host");
	cleanup(kvs_free) struct kvs below = { 0 };
	for (size_t i = 1; i < s->n_arms && strcmp(s->arms[i].driver, "container") == 0; i++) {
		cleanup(kvs_free) struct kvs own = { 0 };
		assert_non_null(s->ladder.v[i].adds);
		resolve(s, s->arms[i].name, &own);
		size_t differ = 0;
		for (size_t k = 0; k < below.n; k++)
			differ += strcmp(own.v[k].val, below.v[k].val) != 0;
		assert_true(differ || !below.n);
		kvs_free(&below);
		kvs_copy(&below, &own);
	}
	const struct optdef *defaults = env_find("container")->options;
	for (size_t k = 0; k < below.n; k++)
		assert_string_equal(below.v[k].val, strcmp(defaults[k].name, "userns") == 0 ? "on" :
		                    strcmp(defaults[k].name, "network") == 0 ? "veth" : defaults[k].def);
}

/* ---- run.json */

static void test_round_trip(void **state)
{
	(void)state;
	cleanup_run struct run *run = made(stairs, 5, 1), *back = xcalloc(1, sizeof(*back)), *old = xcalloc(1, sizeof(*old));
	struct err err = { 0 };
	json_t *o = json_from_run(run);
	if (json_to_run(o, back, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(back->ladder.n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_rung(&back->ladder, i, run->ladder.v[i].arm, run->ladder.v[i].adds);
	/* runs that know of no ladder, and files that someone edited */
	assert_int_equal(json_object_del(o, "ladder"), 0);
	assert_int_equal(json_to_run(o, old, &err), 0);
	assert_int_equal(old->ladder.n, 0);
	cleanup_run struct run *edited = xcalloc(1, sizeof(*edited));
	json_object_set_new(o, "ladder", json_pack("[{s:s},{s:s},{},i,{s:s,s:i}]", "arm", "host", "arm", "nosuch", 3, "arm", "ns",
	                                           "adds", 5));
	assert_int_equal(json_to_run(o, edited, &err), 0);
	assert_int_equal(edited->ladder.n, 2);
	assert_rung(&edited->ladder, 1, "ns", NULL);
	json_decref(o);
}

/* Runs that are kept from before there were ladders. */
static void test_kept_runs_load(void **state)
{
	(void)state;
	glob_t g;
	if (glob("results/*-standard/run.json", 0, NULL, &g) != 0)
		skip();
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct err err = { 0 };
		cleanup_run struct run *run = NULL;
		if (store_load(g.gl_pathv[i], &run, &err) < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(run->ladder.n, 0);
		cleanup_report struct report *r = report_new(run);
		assert_null(r->ladder);
	}
	globfree(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suite_has_a_ladder),
		cmocka_unit_test(test_suite_errors),
		cmocka_unit_test(test_selection_narrows),
		cmocka_unit_test(test_ladder_suite_ends_in_the_full_container),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_kept_runs_load),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

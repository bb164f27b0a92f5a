/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_flags.c - cells whose launches drift or are of two kinds are named, others are not. */
#include "base/cleanup.h"
#include "report/flags.h"
#include "report/md.h"
#include "report/report.h"
#include "run_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct made_arm arms[2] = {
	{ "host", "host", "host", NULL, 0.0006, 1.0, "fork exec main exit reaped" },
	{ "container", "container", "container", NULL, 0.0018, 1.1, "clone namespaces mounts seccomp exec main exit reaped" },
};

static void report_freep(struct report **r)
{
	report_free(*r);
}

/* Multiply the samples of a cell, launch by launch. */
static void change(struct run *run, const char *arm, double (*factor)(unsigned launch, unsigned n), unsigned n)
{
	for (size_t i = 0; i < run->n_launches; i++) {
		struct launch *l = &run->launches[i];
		if (strcmp(l->arm, arm) != 0 || strcmp(l->workload, "syscall") != 0)
			continue;
		struct series *s = &l->result.series[0];
		for (size_t k = 0; k < s->n; k++)
			s->v[k] *= factor(l->number, n);
	}
}

static double rising(unsigned i, unsigned n)
{
	return 1 + 0.1 * i / n;
}

static double small_rise(unsigned i, unsigned n)
{
	return 1 + 0.005 * i / n;
}

static double every_third(unsigned i, unsigned n)
{
	(void)n;
	return i % 3 ? 1 : 1.2;
}

static double one_far_off(unsigned i, unsigned n)
{
	(void)n;
	return i == 4 ? 3 : 1;
}

static void assert_flags(unsigned n, double (*factor)(unsigned, unsigned), size_t drift, size_t modes, const char *const *said)
{
	cleanup(run_freep) struct run *run = run_made(arms, 2, n, 9);
	if (factor)
		change(run, "container", factor, n);
	cleanup(report_freep) struct report *r = report_new(run);
	cleanup(flags_free) struct flags f = { 0 };
	flags_find(r, &f);
	assert_int_equal(f.n_drift, drift);
	assert_int_equal(f.n_modes, modes);
	assert_int_equal(f.n, 10);
	struct figures made = { 0 };
	cleanup_free char *shown = show_text(run, 100, false, false), *md = md_text(r, &(struct md_figures){ .made = &made });
	for (; *said; said++)
		if (!strstr(shown, *said) || !strstr(md, *said))
			fail_msg("'%s' is missing in:\n%s\n%s", *said, shown, md);
	if (!drift && !modes) {
		assert_null(strstr(shown, "Drift in"));
		assert_null(strstr(shown, "Two modes in"));
		assert_non_null(strstr(md, "No cell's launches drift"));
	}
}

static void test_nothing(void **state)
{
	(void)state;
	assert_flags(15, NULL, 0, 0, (const char *const[]){ NULL });
	assert_flags(15, small_rise, 0, 0, (const char *const[]){ NULL });
	assert_flags(15, one_far_off, 0, 0, (const char *const[]){ NULL });
}

static void test_drift(void **state)
{
	(void)state;
	assert_flags(15, rising, 1, 0, (const char *const[]){ "Drift in 1 of 10 cells", "syscall in container rises by ", "The blocks did not see the same machine",
	                                                      "Of cells in which nothing is wrong 5 in 1000", NULL });
}

static void test_modes(void **state)
{
	(void)state;
	assert_flags(15, every_third, 0, 1, (const char *const[]){ "Two modes in 1 of 10 cells", "syscall in container (10 of 15 about 13", "ns, the others about 15",
	                                                           "is no typical value", NULL });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_modes),
	};
	return cmocka_run_group_tests_name("flags", tests, NULL, NULL);
}

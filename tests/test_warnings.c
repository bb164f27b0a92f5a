/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_warnings.c - what several arms warn of is said once. */
#include "model/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_grouped(void **state)
{
	(void)state;
	struct run_arm arms[] = { { .name = (char *)"vm" }, { .name = (char *)"vm-tiny" }, { .name = (char *)"host" } };
	struct run r = { .arms = arms, .n_arms = 3 };
	strv_add(&r.warnings, "vm: no limit");
	strv_add(&r.warnings, "the host is busy");
	strv_add(&r.warnings, "vm: a second thing");
	strv_add(&r.warnings, "vm-tiny: no limit");
	strv_add(&r.warnings, "nobody: no limit");
	struct strv l = { 0 };
	run_warnings(&r, &l);
	static const char *const expected[] = { "vm, vm-tiny: no limit", "the host is busy", "vm: a second thing", "nobody: no limit" };
	assert_int_equal(l.n, sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < l.n; i++)
		assert_string_equal(l.v[i], expected[i]);
	strv_free(&l);
	strv_free(&r.warnings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grouped),
	};
	return cmocka_run_group_tests_name("warnings", tests, NULL, NULL);
}

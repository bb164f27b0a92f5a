/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of the battery and its table of attempts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "run/battery.h"

#include <errno.h>
#include <string.h>

#define BOOT 1700000000

static const struct battery_kernel host = { "6.1.0", BOOT }, other = { "6.1.0", BOOT + 60 };

static char *records_of_all(int btime, const char *outcome)
{
	struct str b = { 0 }, lines = { 0 };
	const struct escape *e;
	size_t n;
	for (n = 0; (e = escape_at(n)); n++)
		str_addf(&lines, "attempt %s %s\n", e->name, outcome);
	str_addf(&b, "battery %d %zu 6.1.0 %d\n%send\n", ESCAPE_VERSION, n, btime, lines.s);
	str_free(&lines);
	return b.s;
}

static void test_records(void **state)
{
	(void)state;
	struct battery b;
	struct err err = { 0 };
	cleanup_free char *held = records_of_all(BOOT, "held EPERM  not permitted");
	assert_int_equal(battery_parse(held, &host, &b, &err), 0);
	assert_false(b.own_kernel);
	assert_int_equal(battery_count(&b, BATTERY_HELD), b.n);
	assert_string_equal(battery_of(&b, "mount-tmpfs")->code, "EPERM");
	assert_string_equal(battery_of(&b, "mount-tmpfs")->text, " not permitted");
	assert_null(battery_of(&b, "no-such-attempt"));
	battery_free(&b);
	cleanup_free char *escaped = records_of_all(BOOT, "escaped -");
	assert_int_equal(battery_parse(escaped, &host, &b, &err), 0);
	for (size_t i = 0; i < b.n; i++) {
		assert_true(battery_is_escape(&b, i));
		assert_null(b.v[i].code);
		assert_null(b.v[i].text);
	}
	battery_free(&b);
	/* With a kernel of its own only what lies outside counts. */
	assert_int_equal(battery_parse(escaped, &other, &b, &err), 0);
	assert_true(b.own_kernel);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(battery_is_escape(&b, i), escape_at(i)->target == ESCAPE_OUTSIDE);
	battery_free(&b);
	/* A clock that was set is no other kernel; where the time of boot is unknown the release decides. */
	cleanup_free char *later = records_of_all(BOOT + 2, "held -"), *unknown = records_of_all(0, "held -");
	assert_int_equal(battery_parse(later, &host, &b, &err), 0);
	assert_false(b.own_kernel);
	battery_free(&b);
	assert_int_equal(battery_parse(unknown, &host, &b, &err), 0);
	assert_false(b.own_kernel);
	battery_free(&b);
	assert_int_equal(battery_parse(unknown, &(struct battery_kernel){ "6.2.0", BOOT }, &b, &err), 0);
	assert_true(b.own_kernel);
	battery_free(&b);
}

static void test_bad_records(void **state)
{
	(void)state;
	static const struct {
		const char *text, *because;
	} bad[] = {
		{ "", "no record" },
		{ "isoload: unknown command\n", "line 1: 'isoload: unknown command': expected 'battery" },
		{ "battery 2 0 x 0\nend\n", "version 2, expected 1" },
		{ "battery 1 1 x 0\nattempt mount-tmpfs held EPERM\n", "broke off after 1 of 1" },
		{ "battery 1 2 x 0\nattempt mount-tmpfs held EPERM\nend\n", "line 3: end after 1 of 2" },
		{ "battery 1 1 x 0\nattempt mount-tmpfs\nend\n", "line 2: 'attempt mount-tmpfs': expected 'attempt NAME" },
		{ "battery 1 1 x 0\nattempt mount-tmpfs won -\nend\n", "line 2: outcome 'won'" },
		{ "battery 1 1 x 0\nattempt frobnicate held -\nend\n", "line 2: no attempt is called 'frobnicate'" },
		{ "battery 1 2 x 0\nattempt ptrace held -\nattempt ptrace held -\nend\n", "line 3: a second result of ptrace" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct battery b = { 0 };
		struct err err = { 0 };
		assert_int_equal(battery_parse(bad[i].text, &host, &b, &err), -EPROTO);
		if (!strstr(err.msg, bad[i].because))
			fail_msg("%s: expected '%s'", err.msg, bad[i].because);
		assert_null(b.v);
	}
}

static void test_table(void **state)
{
	(void)state;
	const struct escape *e;
	size_t n;
	for (n = 0; (e = escape_at(n)); n++) {
		assert_true(strlen(e->name) <= 20 && strspn(e->name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(e->name));
		assert_true(*e->what && *e->held_by);
		for (size_t i = 0; i < n; i++)
			assert_string_not_equal(e->name, escape_at(i)->name);
	}
	assert_true(n >= 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_bad_records),
		cmocka_unit_test(test_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_tsc.c - whether readings of the time stamp counter agree. */
#include "env/tsc.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* 2 GHz: two ticks a nanosecond. */
#define KHZ 2000000

static void test_agree(void **state)
{
	(void)state;
	struct tsc_pair pairs[] = { { 1000, 500000, 0 }, { 2000, 502000, 0 }, { 1001000, 2500000, 0 } };
	assert_true(tsc_agree(pairs, 3, KHZ));
	/* 19 us beside the line, 21 us beside it, on either side. */
	pairs[2].tsc += 38000;
	assert_true(tsc_agree(pairs, 3, KHZ));
	pairs[2].tsc += 4000;
	assert_false(tsc_agree(pairs, 3, KHZ));
	pairs[2].tsc -= 84000;
	assert_false(tsc_agree(pairs, 3, KHZ));
	/* The counter of another CPU that was reset. */
	pairs[2].tsc = 7;
	assert_false(tsc_agree(pairs, 3, KHZ));
	assert_true(tsc_agree(pairs, 2, KHZ));
	/* A rate that is not the one measured. */
	pairs[1] = (struct tsc_pair){ 100000000, 500000 + 200000000, 0 };
	pairs[0].ns = 0;
	assert_true(tsc_agree(pairs, 2, KHZ));
	assert_false(tsc_agree(pairs, 2, KHZ + 1000));
	assert_false(tsc_agree(pairs, 0, KHZ));
}

/* Looking leaves the thread on the CPUs that it had. */
static void test_here(void **state)
{
	(void)state;
	cpu_set_t before, after;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	bool steady = tsc_is_steady();
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&before, &after));
	assert_true(tsc_is_steady() == steady);
	assert_in_range(tsc_khz(), 100000, 20000000);
	print_message("%lu kHz, %s\n", (unsigned long)tsc_khz(), steady ? "steady" : "not steady");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agree),
		cmocka_unit_test(test_here),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

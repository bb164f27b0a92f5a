/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_params.c - isoload reads parameters as the harness reads suites, and says what it expected. */
#include "base/str.h"
#include "params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct param size = { "size", PARAM_SIZE, "4KiB" }, count = { "count", PARAM_COUNT, "1" },
                          seconds = { "time", PARAM_SECONDS, "1s" },
                          cache = { "cache", PARAM_CHOICE, "direct", "direct buffered" };

static const struct workload sample = {
	.name = "sample",
	.params = { { "size", PARAM_SIZE, "4KiB" }, { "cache", PARAM_CHOICE, "direct", "direct buffered" } },
};

/* Two parsers, since isoload stands alone: they must agree on everything. */
static void agrees_with_the_harness(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"", "0", "1", "4096", "4KiB", "4 KiB", "4K", "64M", "64MiB", "1GiB", "1G", "2TiB", "3T", "5kB", "5MB", "5GB", "7B", "7b",
		"4kib", "-1", "+1", " 1", "1 ", "1.5", "1.5s", ".5", "300ms", "20us", "5m", "5min", "1h", "10s", "1e3", "0x10", "nan",
		"inf", "1e999", "KiB", "s", "18446744073709551615", "18446744073709551616", "9223372036854775807", "8388608TiB", "12x", ".",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct load_value v = { 0 };
		uint64_t u = 0;
		double d = 0;
		assert_int_equal(load_param_parse(&size, texts[i], &v), parse_size(texts[i], &u));
		assert_true(v.number == u);
		assert_int_equal(load_param_parse(&seconds, texts[i], &v), parse_duration(texts[i], &d));
		assert_true(v.seconds == d);
	}
}

/* A count has no unit; beyond 2^63 the harness takes what no workload could. */
static void counts(void **state)
{
	(void)state;
	static const char *const texts[] = { "", "0", "17", "1K", "-1", " 1", "1.5", "0x10", "9223372036854775" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct load_value v = { 0 };
		uint64_t u = 0;
		assert_int_equal(load_param_parse(&count, texts[i], &v), parse_u64(texts[i], &u));
		assert_true(v.number == u);
	}
}

static void choices(void **state)
{
	(void)state;
	struct load_value v = { 0 };
	assert_int_equal(load_param_parse(&cache, "direct", &v), 0);
	assert_int_equal(load_param_parse(&cache, "buffered", &v), 0);
	assert_string_equal(v.text, "buffered");
	static const char *const wrong[] = { "", " ", "dir", "directx", "direct buffered", "Direct" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_true(load_param_parse(&cache, wrong[i], &v) < 0);
	assert_string_equal(v.text, "buffered");
}

static void fills_in_defaults(void **state)
{
	(void)state;
	struct load_value v[PARAMS_MAX];
	const char *args[] = { "cache=buffered" };
	char msg[256] = "";
	assert_int_equal(load_params(&sample, args, 1, v, msg, sizeof(msg)), 0);
	assert_true(v[0].number == 4096);
	assert_string_equal(v[0].text, "4KiB");
	assert_string_equal(v[1].text, "buffered");
}

static void refuses(const char *arg, const char *says)
{
	struct load_value v[PARAMS_MAX];
	const char *args[] = { "cache=direct", arg };
	char msg[256] = "";
	assert_true(load_params(&sample, args, 2, v, msg, sizeof(msg)) < 0);
	if (!strstr(msg, says))
		fail_msg("'%s' should say '%s'", msg, says);
}

static void says_what_was_expected(void **state)
{
	(void)state;
	refuses("blok=4", "no parameter 'blok'; it has: size cache");
	refuses("siz=4", "no parameter 'siz'");
	refuses("sizes=4", "no parameter 'sizes'");
	refuses("=4", "no parameter ''");
	refuses("size=4Q", "size=VALUE where VALUE is a size such as 4096");
	refuses("size=", "size=VALUE");
	refuses("size", "size=VALUE");
	refuses("cache=buffered", "'cache' is given twice");
	/* A message cut short stays within its memory. */
	struct load_value v[PARAMS_MAX];
	const char *args[] = { "blok=4" };
	char tiny[8] = "";
	assert_true(load_params(&sample, args, 1, v, tiny, sizeof(tiny)) < 0);
	assert_int_equal(strlen(tiny), sizeof(tiny) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_harness), cmocka_unit_test(counts),
		cmocka_unit_test(choices),                 cmocka_unit_test(fills_in_defaults),
		cmocka_unit_test(says_what_was_expected),
	};
	return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}

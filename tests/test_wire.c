/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_wire.c - the reader of isoload's records, on good and on broken conversations. */
#include "model/wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static int converse(const char *text, struct result *res, struct err *err)
{
	struct wire_reader r;
	wire_reader_init(&r, res);
	/* Byte by byte: records may come in any pieces. */
	for (const char *s = text; *s; s++)
		wire_reader_feed(&r, s, 1, 100 + (s - text));
	return wire_reader_finish(&r, err);
}

static void test_good(void **state)
{
	(void)state;
	struct result res;
	struct err err = { 0 };
	int r = converse("ready 1\nenv cpus=1\nenv boot_id=abc\nfuture thing\nbegin syscall time=0.1 n=3\ndone 0.25\n"
	                 "sample time w 2e-7\nsample time m 1e-7\nsample time m 1.5e-7\ndigest 00ff\nend 0\n", &res, &err);
	assert_int_equal(r, 0);
	assert_int_equal(res.ready_ns, 107);
	assert_true(res.begin_ns > res.ready_ns && res.done_ns > res.begin_ns && res.end_ns > res.done_ns);
	assert_string_equal(kvs_get(&res.seen, "boot_id"), "abc");
	assert_string_equal(kvs_get(&res.params, "n"), "3");
	assert_string_equal(res.workload, "syscall");
	assert_string_equal(res.digest, "00ff");
	assert_true(res.inside_s == 0.25);
	const struct series *s = result_series(&res, "time");
	assert_int_equal(s->n, 3);
	assert_int_equal(s->n_warm, 1);
	assert_true(s->v[2] == 1.5e-7);
	assert_null(result_series(&res, "other"));
	result_free(&res);
}

static void test_histogram(void **state)
{
	(void)state;
	struct result res;
	struct err err = { 0 };
	int r = converse("ready 1\nbegin timer n=3\ndone 0.25\nsample t w 7\nhistogram t 128 -40 20001 0 1 1.25\nbins t 5120:1\n"
	                 "bins t 5121:20000\nend 0\n", &res, &err);
	assert_int_equal(r, 0);
	const struct series *s = result_series(&res, "t");
	assert_int_equal(s->n, 1);
	assert_int_equal(s->n_warm, 1);
	assert_int_equal(s->histogram->count, 20001);
	assert_true(histogram_quantile(s->histogram, 0.5) == 1 + 1.5 / 128);
	assert_true(histogram_quantile(s->histogram, 1) == 1.25);
	result_free(&res);
}

static void test_work(void **state)
{
	(void)state;
	struct result res;
	struct err err = { 0 };
	assert_int_equal(converse("ready 1\nbegin net-rr n=1\nwork 0\nwork 4096\ndone 0.25\nend 0\n", &res, &err), 0);
	assert_true(res.worked == 4096);
	assert_true(res.begin_ns < res.work_ns && res.work_ns < res.worked_ns && res.worked_ns < res.done_ns);
	result_free(&res);
	assert_int_equal(converse("ready 1\nbegin syscall n=1\ndone 0.25\nend 0\n", &res, &err), 0);
	assert_true(res.worked == 0 && !res.work_ns && !res.worked_ns);
	result_free(&res);
}

static void test_broken(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int r;
		const char *word;
	} cases[] = {
		{ "", -EPROTO, "never" },
		{ "ready 1\n", -EPROTO, "broke off" },
		{ "ready 1\nend 0\n", -EPROTO, "without a measurement" },
		{ "ready 1\nbegin x\ndone 1\nend 0\ntrailing", -EPROTO, "broke off" },
		{ "ready 1\nbegin x\ndone 1\nend 28 no space left\n", -ENOSPC, "no space left" },
		{ "ready 2\nbegin x\ndone 1\nend 0\n", -EPROTO, "version" },
		{ "ready 1\nbegin x\ndone nan\nend 0\n", -EPROTO, "done" },
		{ "ready 1\ndone 1\nbegin x\nend 0\n", -EPROTO, "done" },
		{ "ready 1\nbegin x\nbegin x\ndone 1\nend 0\n", -EPROTO, "begin" },
		{ "ready 1\nbegin x\ndone 1\nsample t m fast\nend 0\n", -EPROTO, "sample" },
		{ "ready 1\nbegin x\ndone 1\nsample t q 1\nend 0\n", -EPROTO, "sample" },
		{ "ready 1\nbegin x\ndone 1\nsample t m 1\nsample t w 1\nend 0\n", -EPROTO, "out of place" },
		{ "ready 1\nbegin x\ndone 1\nend\n", -EPROTO, "end" },
		{ "ready 1\nbegin x\ndone 1\nend 99999\n", -EPROTO, "end" },
		{ "ready 1\nenv nothing\nbegin x\ndone 1\nend 0\n", -EPROTO, "env" },
		{ "ready 1\n\nbegin x\ndone 1\nend 0\n", -EPROTO, "empty" },
		{ "ready 1\nbegin x\ndone 1\nhistogram t 64 -40 3 0 1 2\nbins t 5121:3\nend 0\n", -EPROTO, "malformed histogram" },
		{ "ready 1\nbegin x\ndone 1\nhistogram t 128 -40 3 0 1\nend 0\n", -EPROTO, "malformed histogram" },
		{ "ready 1\nbegin x\ndone 1\nsample t m 1\nhistogram t 128 -40 3 0 1 2\nend 0\n", -EPROTO, "out of place" },
		{ "ready 1\nbegin x\ndone 1\nhistogram t 128 -40 3 0 1 2\nsample t m 1\nend 0\n", -EPROTO, "out of place" },
		{ "ready 1\nbegin x\ndone 1\nhistogram t 128 -40 3 0 1 2\nbins t 5121:2\nend 0\n", -EPROTO, "without all of its bins" },
		{ "ready 1\nbegin x\ndone 1\nhistogram t 128 -40 3 0 1 2\nbins t 5121:2 5121:1\nend 0\n", -EPROTO, "malformed bins" },
		{ "ready 1\nbegin x\ndone 1\nhistogram t 128 -40 3 0 1 2\nbins t 99999:3\nend 0\n", -EPROTO, "malformed bins" },
		{ "ready 1\nbegin x\ndone 1\nhistogram t 128 -40 3 0 1 2\nbins t 5121\nend 0\n", -EPROTO, "malformed bins" },
		{ "ready 1\nwork 0\nbegin x\nwork 1\ndone 1\nend 0\n", -EPROTO, "work out of place" },
		{ "ready 1\nbegin x\nwork 1\ndone 1\nend 0\n", -EPROTO, "work out of place" },
		{ "ready 1\nbegin x\nwork 0\nwork 0\ndone 1\nend 0\n", -EPROTO, "work out of place" },
		{ "ready 1\nbegin x\nwork 0\nwork 1\nwork 2\ndone 1\nend 0\n", -EPROTO, "work out of place" },
		{ "ready 1\nbegin x\nwork 0\ndone 1\nwork 1\nend 0\n", -EPROTO, "work out of place" },
		{ "ready 1\nbegin x\nwork 0\nwork -1\ndone 1\nend 0\n", -EPROTO, "work out of place" },
		{ "ready 1\nbegin x\nwork 0\nwork 2e18\ndone 1\nend 0\n", -EPROTO, "work out of place" },
		{ "ready 1\nbegin x\nwork much\ndone 1\nend 0\n", -EPROTO, "work out of place" },
		{ "ready 1\nbegin x\ndone 1\nbins t 1:3\nend 0\n", -EPROTO, "malformed bins" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct result res;
		struct err err = { 0 };
		int r = converse(cases[i].text, &res, &err);
		if (r != cases[i].r || !strstr(err.msg, cases[i].word))
			fail_msg("case %zu: %d '%s'", i, r, err.msg);
		result_free(&res);
	}
}

static void test_cannot(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int r;
		bool cannot;
	} cases[] = {
		{ "ready 1\nbegin x\nend cannot no huge pages\n", -ENOTSUP, true },
		{ "ready 1\nbegin x\nend 95 no huge pages\n", -ENOTSUP, false },
		{ "ready 1\nbegin x\nend cannotno huge pages\n", -EPROTO, false },
		{ "ready 1\nbegin x\nend cannot no huge pages\nsample\n", -EPROTO, true },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct result res;
		struct err err = { 0 };
		assert_int_equal(converse(cases[i].text, &res, &err), cases[i].r);
		assert_int_equal(res.cannot, cases[i].cannot);
		if (cases[i].r == -ENOTSUP)
			assert_string_equal(err.msg, "no huge pages");
		result_free(&res);
	}
}

/* Rubbish of any kind ends as an error, never as a crash or an overflow. */
static void test_rubbish(void **state)
{
	(void)state;
	struct result res;
	struct wire_reader r;
	struct err err = { 0 };
	wire_reader_init(&r, &res);
	char buf[5000];
	unsigned x = 1;
	for (int round = 0; round < 50; round++) {
		for (size_t i = 0; i < sizeof(buf); i++)
			buf[i] = (char)((x = x * 1103515245u + 12345u) >> 16);
		wire_reader_feed(&r, buf, sizeof(buf), 1);
	}
	memset(buf, 'x', sizeof(buf));
	wire_reader_feed(&r, buf, sizeof(buf), 1);
	assert_int_equal(wire_reader_finish(&r, &err), -EPROTO);
	result_free(&res);
}

static void test_phases(void **state)
{
	(void)state;
	struct phases p = { .start_ns = 5 };
	phases_mark(&p, "b", 20);
	phases_mark(&p, "a", 10);
	phases_mark(&p, "c", 30);
	assert_string_equal(p.v[0].name, "a");
	assert_string_equal(p.v[2].name, "c");
	assert_int_equal(phases_at(&p, "b"), 20);
	assert_int_equal(phases_at(&p, "none"), 0);
	for (int i = 0; i < 100; i++)
		phases_mark(&p, "more", 40);
	assert_int_equal(p.n, PHASES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_work),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_cannot),
		cmocka_unit_test(test_rubbish),
		cmocka_unit_test(test_phases),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_runner.c - the rules of measurement, with workloads that keep or break them, run by the real runner. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "load.h"
#include "model/wire.h"
#include "runner.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#define LOOP { LOAD_LOOP_PARAMS }

/* Run w with its defaults; *ret_text is what it wrote, the caller's to free. */
static int run(const struct workload *w, char **ret_text)
{
	static struct load_out out;
	struct load_value values[PARAMS_MAX];
	char msg[256], number[16], path[64];
	cleanup(fd_closep) int fd = memfd_create("records", MFD_CLOEXEC);
	assert_true(fd >= 0);
	snprintf(number, sizeof(number), "%d", fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(load_out_open(&out, number), 0);
	assert_int_equal(load_params(w, NULL, 0, values, msg, sizeof(msg)), 0);
	int r = load_run(w, values, &out);
	assert_int_equal(fs_read(path, ret_text, NULL), 0);
	return r;
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;
	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

/* An operation that takes a known time: n busy waits. */
static int wait_n(void *arg, uint64_t n)
{
	int64_t each = *(const int64_t *)arg;
	for (uint64_t i = 0; i < n; i++)
		for (int64_t end = load_now() + each; load_now() < end;)
			;
	return 0;
}

static int run_wait(struct load *l)
{
	int64_t each = 10000;
	load_digest(l, "x", 1);
	return load_loop(l, "time", wait_n, &each, 1);
}

static int run_wait_rate(struct load *l)
{
	int64_t each = 10000;
	return load_loop(l, "rate", wait_n, &each, 1000);
}

static void sample_values(const char *text, const char *metric, double *min, double *max)
{
	cleanup_free char *start = xasprintf("sample %s ", metric);
	*min = 1e300;
	*max = 0;
	for (const char *s = text; (s = strstr(s, start)); s++) {
		double v = strtod(s + strlen(start) + 2, NULL);
		*min = v < *min ? v : *min;
		*max = v > *max ? v : *max;
	}
}

/* 10 us of work, in samples of 2 ms or more: the value is of one operation, not of the 200 and more that were timed. */
static void loop_measures_time(void **state)
{
	(void)state;
	static const struct workload w = { .name = "wait", .metrics = { { "time", "s" } }, .params = LOOP, .run = run_wait };
	cleanup_free char *text = NULL;
	double min, max;
	assert_int_equal(run(&w, &text), 0);
	sample_values(text, "time", &min, &max);
	assert_true(min >= 9.9e-6 && min < 15e-6);
	assert_true(count(text, "sample time w ") >= 1);
	assert_true(count(text, "sample time m ") >= LOAD_SAMPLES_MIN);
	assert_int_equal(count(text, "\ndone 0."), 1);
	/* SHA-256 of "x". */
	assert_int_equal(count(text, "digest 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\n"), 1);
	assert_string_equal(text + strlen(text) - 6, "end 0\n");
}

/* 1000 units of work in 10 us: up to 10^8 a second. */
static void loop_measures_rates(void **state)
{
	(void)state;
	static const struct workload w = { .name = "wait", .metrics = { { "rate", "B/s", BETTER_HIGHER } }, .params = LOOP,
		                           .run = run_wait_rate };
	cleanup_free char *text = NULL;
	double min, max;
	assert_int_equal(run(&w, &text), 0);
	sample_values(text, "rate", &min, &max);
	assert_true(max <= 1.01e8 && max > 0.6e8);
	assert_int_equal(count(text, "digest"), 0);
}

/* However slow: one operation longer than all of warm-up and measurement still gives the least number of samples. */
static int run_slow(struct load *l)
{
	int64_t each = 400000000;
	return load_loop(l, "time", wait_n, &each, 1);
}

static void slow_machines_get_samples(void **state)
{
	(void)state;
	static const struct workload w = { .name = "slow", .metrics = { { "time", "s" } }, .params = LOOP, .run = run_slow };
	cleanup_free char *text = NULL;
	assert_int_equal(run(&w, &text), 0);
	assert_int_equal(count(text, "sample time w "), 1);
	assert_int_equal(count(text, "sample time m "), LOAD_SAMPLES_MIN);
}

/* What it is asked to do, at each call. */
struct asked {
	uint64_t n, calls, odd;
};

static int ask(void *arg, uint64_t n)
{
	struct asked *a = arg;
	int64_t each = 10000;
	a->n += n;
	a->odd += n % 2;
	a->calls++;
	return wait_n(&each, n);
}

static struct asked asked;

static int run_ask(struct load *l)
{
	asked = (struct asked){ 0 };
	return load_loop(l, "time", ask, &asked, 1);
}

static int run_interval(struct load *l)
{
	return load_interval(l, "time", false, 0, 1000000000, 1);
}

/* With 100 % twice as much is done as is counted: what is asked for is even, and what is counted takes twice as long. */
static void a_handicap_is_work_that_is_not_counted(void **state)
{
	(void)state;
	static const struct workload w = { .name = "ask", .metrics = { { "time", "s" } }, .params = LOOP, .run = run_ask },
	                             timed = { .name = "timed", .metrics = { { "time", "s" } }, .run = run_interval };
	static const char *const bad[] = { "3", "%", "x%", "-1%", "101%", "3 %", "nan%", "" };
	cleanup_free char *text = NULL, *unused = NULL;
	double min, max;
	setenv("ISOCOST_HANDICAP", "100%", 1);
	assert_int_equal(run(&w, &text), 0);
	assert_true(asked.calls > 10);
	assert_int_equal(asked.odd, 0);
	sample_values(text, "time", &min, &max);
	assert_true(min >= 2e-5);
	assert_int_equal(count(text, "\nenv handicap=100%\n"), 1);
	assert_int_equal(run(&timed, &unused), -EINVAL);
	assert_int_equal(count(unused, "timed has no timed loop to be slowed down"), 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		cleanup_free char *refused = NULL;
		setenv("ISOCOST_HANDICAP", bad[i], 1);
		assert_int_equal(run(&w, &refused), -EINVAL);
		assert_int_equal(count(refused, "expected a percentage from 0% to 100%, such as 3%"), 1);
		assert_int_equal(count(refused, "sample"), 0);
	}
	unsetenv("ISOCOST_HANDICAP");
}

/* Long enough to be timed alone, so that one is asked for at each call, and now and then one more. */
static int count_done(void *arg, uint64_t n)
{
	struct asked *a = arg;
	int64_t each = 5000000;
	a->n += n;
	a->calls++;
	return wait_n(&each, 1);
}

static int run_count(struct load *l)
{
	asked = (struct asked){ 0 };
	return load_loop(l, "time", count_done, &asked, 1);
}

static void a_handicap_adds_up(void **state)
{
	(void)state;
	static const struct workload w = { .name = "count", .metrics = { { "time", "s" } }, .params = LOOP, .run = run_count };
	cleanup_free char *text = NULL;
	setenv("ISOCOST_HANDICAP", "30%", 1);
	assert_int_equal(run(&w, &text), 0);
	unsetenv("ISOCOST_HANDICAP");
	assert_true(asked.calls >= 4);
	uint64_t most = asked.calls * 3 / 10;   /* 0.3 may be a little less in binary */
	assert_true(asked.n - asked.calls == most || asked.n - asked.calls + 1 == most);
}

static uint64_t moves;

static int run_move(struct load *l)
{
	int64_t each = 10000;
	load_work_begin(l);
	int r = load_loop(l, "time", wait_n, &each, 1);
	if (moves)
		load_work_end(l, moves);
	return r;
}

/* Said between begin and done, or the workload has failed. */
static void what_moves_says_how_much(void **state)
{
	(void)state;
	static const struct workload w = { .name = "move", .moves = "B", .metrics = { { "time", "s" } }, .params = LOOP, .run = run_move };
	cleanup_free char *text = NULL, *silent = NULL;
	moves = 12345;
	assert_int_equal(run(&w, &text), 0);
	const char *begin = strstr(text, "begin move"), *first = strstr(text, "\nwork 0\n"), *last = strstr(text, "\nwork 12345\n");
	assert_true(begin && begin < first && first < last && last < strstr(text, "\ndone "));
	assert_int_equal(count(text, "\nwork "), 2);
	moves = 0;
	assert_int_equal(run(&w, &silent), -ENODATA);
	assert_int_equal(count(silent, "it did not say how much it moved"), 1);
	assert_int_equal(count(silent, "sample"), 0);
}

/* Time enough on any machine for what fails after some calls. */
#define LONG_LOOP { { "time", PARAM_SECONDS, "10min", NULL, "" }, { "warmup", PARAM_SECONDS, "1ms", NULL, "" }, { "min-time", PARAM_SECONDS, "2ms", NULL, "" } }

/* Fails after it measured something. */
static int fail_late(void *arg, uint64_t n)
{
	int *calls = arg;
	int64_t each = 1000;
	wait_n(&each, n);
	return ++*calls > 50 ? -EIO : 0;
}

static int run_fail(struct load *l)
{
	int calls = 0;
	int r = load_loop(l, "time", fail_late, &calls, 1);
	return r < 0 ? load_failf(l, EIO, "broke\nin the middle") : r;
}

static void failure_leaves_no_sample(void **state)
{
	(void)state;
	static const struct workload w = { .name = "fail", .metrics = { { "time", "s" } }, .params = LONG_LOOP, .run = run_fail };
	cleanup_free char *text = NULL;
	assert_int_equal(run(&w, &text), -EIO);
	assert_int_equal(count(text, "sample"), 0);
	assert_int_equal(count(text, "\ndone"), 0);
	assert_int_equal(count(text, "\nend 5 broke_in the middle\n"), 1);
}

/* What the place lacks is told apart from what goes wrong, and leaves no sample either. */
static int run_cannot(struct load *l)
{
	int r = run_fail(l);
	assert_int_equal(r, -EIO);
	return load_cannotf(l, "no %s\nhere", "huge pages");
}

static int run_worse(struct load *l)
{
	load_cannotf(l, "no huge pages here");
	return load_failf(l, ENOTSUP, "a system call failed");
}

static int run_other(struct load *l)
{
	load_cannotf(l, "no huge pages here");
	return -ENOMEM;
}

static void what_a_place_cannot_is_no_failure(void **state)
{
	(void)state;
	static const struct workload w = { .name = "cannot", .metrics = { { "time", "s" } }, .params = LONG_LOOP, .run = run_cannot },
	                             worse = { .name = "worse", .run = run_worse }, other = { .name = "other", .run = run_other };
	cleanup_free char *text = NULL, *b = NULL, *c = NULL;
	assert_int_equal(run(&w, &text), LOAD_CANNOT);
	assert_int_equal(count(text, "\nend cannot no huge pages_here\n"), 1);
	assert_int_equal(count(text, "\nend "), 1);
	assert_int_equal(count(text, "sample"), 0);
	assert_int_equal(run(&worse, &b), -ENOTSUP);
	assert_int_equal(count(b, "\nend 95 a system call failed\n"), 1);
	assert_int_equal(run(&other, &c), -ENOMEM);
	assert_int_equal(count(c, "\nend 12 "), 1);
}

static int run_short(struct load *l)
{
	int64_t now = load_now();
	return load_interval(l, "time", false, now, now + 1, 1);
}

static void too_short_is_refused(void **state)
{
	(void)state;
	static const struct workload w = { .name = "short", .metrics = { { "time", "s" } }, .run = run_short };
	cleanup_free char *text = NULL;
	assert_int_equal(run(&w, &text), -ERANGE);
	assert_int_equal(count(text, "too short for a clock"), 1);
	assert_int_equal(count(text, "sample"), 0);
}

/* 3 of warm-up, and one more than there is room for; of 1000 lengths. */
static int run_many(struct load *l)
{
	int r = 0;
	for (int i = 0; i < WIRE_SAMPLES_MAX + 1 && r == 0; i++)
		r = load_interval(l, "time", i < 3, 0, i < 3 ? 5000000 : 1000000 * (1 + i % 1000), 1);
	return r;
}

static int run_warm(struct load *l)
{
	int r = 0;
	for (int i = 0; i <= WIRE_SAMPLES_MAX && r == 0; i++)
		r = load_interval(l, "time", true, 0, 1000000000, 1);
	return r;
}

static int run_most(struct load *l)
{
	int r = 0;
	for (int i = 0; i < WIRE_SAMPLES_MAX && r == 0; i++)
		r = load_interval(l, "time", i < 7, 0, 1000000000, 1);
	return r;
}

static void samples_have_a_limit(void **state)
{
	(void)state;
	static const struct workload many = { .name = "many", .metrics = { { "time", "s" } }, .run = run_warm },
	                             most = { .name = "most", .metrics = { { "time", "s" } }, .run = run_most };
	cleanup_free char *text = NULL, *full = NULL;
	assert_int_equal(run(&many, &text), -EOVERFLOW);
	assert_int_equal(run(&most, &full), 0);
	assert_int_equal(count(full, "\nsample time w 1\n"), 7);
	assert_int_equal(count(full, "\nsample time m 1\n"), WIRE_SAMPLES_MAX - 7);
	assert_int_equal(count(full, "\nenv interval=1\n"), 1);
}

/* What the harness reads of it is what was measured. */
static void more_samples_are_a_histogram(void **state)
{
	(void)state;
	static const struct workload many = { .name = "many", .metrics = { { "time", "s" } }, .run = run_many };
	cleanup_free char *text = NULL, *said = NULL;
	assert_int_equal(run(&many, &text), 0);
	assert_int_equal(count(text, "\nsample time w "), 3);
	assert_int_equal(count(text, "\nsample time m "), 0);
	assert_int_equal(count(text, "\nhistogram time "), 1);
	struct result result;
	struct wire_reader reader;
	struct err err = { 0 };
	said = xasprintf("ready 1\n%s", text);
	wire_reader_init(&reader, &result);
	wire_reader_feed(&reader, said, strlen(said), 1);
	if (wire_reader_finish(&reader, &err) < 0)
		fail_msg("%s", err.msg);
	const struct series *s = result_series(&result, "time");
	assert_int_equal(s->n, 3);
	assert_int_equal(s->n_warm, 3);
	assert_int_equal(s->histogram->count, WIRE_SAMPLES_MAX - 2);
	assert_int_equal(s->histogram->clamped, 0);
	assert_true(s->histogram->min == 0.001 && s->histogram->max == 1);
	assert_true(fabs(histogram_quantile(s->histogram, 0.9) / 0.9 - 1) < 1.5 * HISTOGRAM_ERROR);
	result_free(&result);
}

static int run_nothing(struct load *l)
{
	(void)l;
	return 0;
}

static int run_only_warmup(struct load *l)
{
	return load_interval(l, "time", true, 0, 1000, 1);
}

/* A metric that was promised and not measured is a failure, and warm-up is no measurement. */
static void every_metric_must_be_there(void **state)
{
	(void)state;
	static const struct workload none = { .name = "none", .metrics = { { "time", "s" } }, .run = run_nothing },
	                             warm = { .name = "warm", .metrics = { { "time", "s" } }, .run = run_only_warmup },
	                             startup = { .name = "nothing", .metrics = { { "time", "s" } } };
	cleanup_free char *a = NULL, *b = NULL, *c = NULL;
	assert_int_equal(run(&none, &a), -ENODATA);
	assert_int_equal(run(&warm, &b), -ENODATA);
	assert_int_equal(run(&startup, &c), 0);         /* no run(): the harness measures it */
}

static void writer_says_that_it_failed(void **state)
{
	(void)state;
	static struct load_out out;
	cleanup(fd_closep) int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	char number[16];
	snprintf(number, sizeof(number), "%d", fd);
	assert_int_equal(load_out_open(&out, number), 0);
	load_out_line(&out, "ready 1");
	assert_int_equal(load_out_flush(&out), -ENOSPC);
	assert_int_equal(load_out_open(&out, "/no/such/directory/file"), -ENOENT);
	assert_int_equal(load_out_open(&out, "1000000"), -EBADF);
}

static void lines_are_cut(void **state)
{
	(void)state;
	static struct load_out out;
	char text[3 * WIRE_LINE_MAX];
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	load_out_line(&out, "%s", text);
	assert_int_equal(out.len, WIRE_LINE_MAX - 1);
	assert_int_equal(out.buf[out.len - 1], '\n');
	load_out_env(&out, "a", "b c\td\ne");
	assert_memory_equal(out.buf + WIRE_LINE_MAX - 1, "env a=b_c_d_e\n", 14);
}

static void timer_is_plausible(void **state)
{
	(void)state;
	struct load_timer t = load_timer_measure();
	assert_true(t.cost > 1e-10 && t.cost < 1e-3);
	assert_true(t.resolution >= 1e-9 && t.resolution < 1e-1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loop_measures_time),         cmocka_unit_test(loop_measures_rates),
		cmocka_unit_test(slow_machines_get_samples),  cmocka_unit_test(failure_leaves_no_sample),
		cmocka_unit_test(too_short_is_refused),       cmocka_unit_test(samples_have_a_limit),
		cmocka_unit_test(more_samples_are_a_histogram),
		cmocka_unit_test(every_metric_must_be_there), cmocka_unit_test(writer_says_that_it_failed),
		cmocka_unit_test(lines_are_cut),              cmocka_unit_test(timer_is_plausible),
		cmocka_unit_test(what_a_place_cannot_is_no_failure),
		cmocka_unit_test(what_moves_says_how_much),
		cmocka_unit_test(a_handicap_is_work_that_is_not_counted), cmocka_unit_test(a_handicap_adds_up),
	};
	return cmocka_run_group_tests_name("runner", tests, NULL, NULL);
}

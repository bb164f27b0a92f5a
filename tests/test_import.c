/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_import.c - files of other tools as runs: names, units, launches, what fails; and what is refused, with its place. */
#include "base/cleanup.h"
#include "store/import.h"
#include "store/json.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What is not known of a launch is not known when it was written and read again. */
static void comes_back(const struct launch *l)
{
	struct launch again = { 0 };
	struct err err = { 0 };
	json_t *o = json_from_launch(l);
	assert_int_equal(json_to_launch(o, &again, &err), 0);
	json_t *twice = json_from_launch(&again);
	assert_true(json_equal(o, twice));
	assert_true(isnan(again.wall_s) && isnan(again.steal_s));
	json_decref(o);
	json_decref(twice);
	launch_free(&again);
}

/* The run of a text, after it was written as JSON and read again. */
static struct run *run_of(const char *text, const char *arm)
{
	cleanup(import_free) struct import im = import_new("made", 0.02);
	struct err err = { 0 };
	if (import_text(&im, "file", text, strlen(text), arm, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	struct run *r = import_steal(&im);
	r->id = xstrdup("id");
	json_t *o = json_from_run(r);
	cleanup(run_freep) struct run *again = xcalloc(1, sizeof(*again));
	assert_int_equal(json_to_run(o, again, &err), 0);
	json_t *twice = json_from_run(again);
	assert_true(json_equal(o, twice));
	assert_true(json_is_null(json_object_get(o, "envelope")));
	json_decref(o);
	json_decref(twice);
	for (size_t i = 0; i < r->n_launches; i++)
		comes_back(&r->launches[i]);
	return r;
}

static void refused(const char *text, const char *said)
{
	cleanup(import_free) struct import im = import_new("made", 0.02);
	struct err err = { 0 };
	assert_int_equal(import_text(&im, "file", text, strlen(text), NULL, NULL, &err), -EINVAL);
	if (!strstr(err.msg, said))
		fail_msg("'%s' is not in: %s", said, err.msg);
}

static double value(const struct run *r, size_t launch, const char *metric)
{
	const struct series *s = result_series(&r->launches[launch].result, metric);
	assert_non_null(s);
	assert_int_equal(s->n, 1);
	return s->v[0];
}

static const struct metric *metric(const struct run *r, const char *workload, const char *name)
{
	const struct run_workload *w = run_workload(r, workload);
	assert_non_null(w);
	const struct metric *m = workload_metric(w->workload, name);
	assert_non_null(m);
	return m;
}

#define HEAD "arm,workload,metric,unit,better,launch,value,count\n"

static void csv_has_launches_in_order(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *r = run_of("better,note,value,unit,metric,workload,launch,block,failed,marks,started\r\n"
	                                          "lower,x,1.5,s,time,\"a \"\"b\"\",\nc\",0,1,1,clock steal,2026-11-23T09:30:00Z\r\n"
	                                          "lower,,,s,time,\"a \"\"b\"\",\nc\",0,1,1,clock steal,2026-11-23T09:30:00Z\r\n"
	                                          "lower,,2e-3,s,time,\"a \"\"b\"\",\nc\",1,0,1,,\r\n", "mine");
	assert_int_equal(r->n_launches, 3);
	assert_int_equal(r->launches[0].number, 1);             /* of block 0 */
	assert_string_equal(r->launches[0].arm, "mine");
	assert_string_equal(r->launches[0].workload, "a \"b\",\nc");
	assert_string_equal(r->launches[0].started, "");
	assert_false(r->launches[1].ok);                        /* of which no block is known */
	const struct launch *l = &r->launches[2];
	assert_true(l->ok && l->marks == (MARK_CLOCK | MARK_STEAL));
	assert_string_equal(l->started, "2026-11-23T09:30:00Z");
	assert_int_equal(l->result.series[0].n, 2);
	assert_true(l->result.series[0].v[0] == 1.5 && isnan(l->result.series[0].v[1]));
}

static void csv_counts_become_histograms(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *r = run_of(HEAD "a,w,time,s,lower,0,0.001,10000\na,w,time,s,lower,0,0.002,1\n", NULL);
	assert_int_equal(r->n_launches, 1);
	const struct series *s = &r->launches[0].result.series[0];
	assert_non_null(s->histogram);
	assert_int_equal(s->histogram->count, 10001);
	assert_int_equal(s->n, 0);
}

static void csv_rows_are_launches_without_a_number(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *r = run_of("workload,metric,unit,better,value\nw,t,s,lower,1\nw,t,s,lower,2", NULL);
	assert_int_equal(r->n_launches, 2);
	assert_int_equal(r->launches[1].number, 1);
	assert_string_equal(r->arms[0].name, IMPORT_ARM);
	assert_true(value(r, 1, "t") == 2);
}

static void bad_csv_is_named(void **state)
{
	(void)state;
	refused("workload,value\n", "file:1: no column metric; expected at least");
	refused("workload,value,value,metric,unit,better\n", "file:1: the column value is there twice");
	refused(HEAD "a,w,time,s,lower,0,1\n", "file:2: 7 fields; expected 8");
	refused(HEAD "a,w,time,s,lower,0,one,1\n", "file:2: value 'one'; expected a number");
	refused(HEAD "a,w,time,s,lower,0,inf,1\n", "file:2: value 'inf'");
	refused(HEAD "a,w,time,s,less,0,1,1\n", "file:2: better 'less'; expected lower or higher");
	refused(HEAD "a,w,time,s,lower,-1,1,1\n", "file:2: launch '-1'; expected a whole number");
	refused(HEAD "a,w,time,s,lower,0,1,0\n", "file:2: count '0'");
	refused(HEAD "a,w,time,s,lower,0,,2\n", "file:2: value ''; expected a number, since the row stands for many");
	refused(HEAD "a,w,time,s,lower,0,1,1\na,w,time,B,lower,0,1,1\n", "file:3: time of w has the unit 'B'; expected 's' as before");
	refused(HEAD "a,w,time,s,lower,0,1,1\na,w,time,s,higher,0,1,1\n", "file:3: of time of w what is better is another");
	refused(HEAD "a,\"w,time\n", "file:2: a quotation mark is not closed");
	refused(HEAD "a,w\"x,time,s,lower,0,1,1\n", "file:2: a quotation mark within a field");
	refused(HEAD "a,\"w\"x,time,s,lower,0,1,1\n", "file:2: 'x' behind a closing quotation mark");
	refused(HEAD "a,w\xff,time,s,lower,0,1,1\n", "file:2: not UTF-8");
	refused(HEAD ",w,time,s,lower,0,1,1\n", "file:2: the arm has no name");
	refused(HEAD "a,w,a-name-that-is-longer-than-it-may-be,s,lower,0,1,1\n", "file:2: the name of the metric");
	refused(HEAD, "file: there are no figures in it");
	refused("workload,metric,unit,better,value,marks\nw,t,s,lower,1,odd\n", "file:2: marks 'odd'; expected names of marks");
	refused("workload,metric,unit,better,value,started\nw,t,s,lower,1,now\n", "file:2: started 'now'; expected a time of day");
	refused("workload,metric,unit,better,value,accel\nw,t,s,lower,1,fast\n", "file:2: accel 'fast'");
	refused("workload,metric,unit,better,value,run\nw,t,s,lower,1,a\nw,t,s,lower,1,b\n", "file:3: run 'b'; expected all rows to be of one run");
	refused("workload,metric,unit,better,value,failed\nv,t,s,lower,1,60000\nv,t,s,lower,1,60000\nw,t,s,lower,1,60000\n",
	        "file:4: 120000 launches failed so far; expected at most 100000 in a file");
	refused("nothing\n", "file: no format that is known; expected one of: csv (");
	refused("", "file: no format that is known");
}

static void go_lines_are_launches(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *r = run_of("goos: linux\npkg: a/b\nUnit hits better=higher\nBenchmarkOf/arm=vm-8 \t 100\t 2000 ns/op  1.5 MB/s\t7 hits\n"
	                                          "BenchmarkOf/arm=vm-8 100 3000 ns/op\nBenchmarkLog\nPASS\nFAIL\ta/b\n", NULL);
	assert_int_equal(r->n_launches, 2);
	assert_string_equal(r->launches[0].arm, "vm");
	assert_string_equal(r->launches[0].workload, "Of-8");
	assert_true(fabs(value(r, 0, "time") - 2e-6) < 1e-18 && value(r, 0, "B/s") == 1.5e6 && value(r, 0, "hits") == 7);
	assert_int_equal(metric(r, "Of-8", "hits")->better, BETTER_HIGHER);
	assert_int_equal(metric(r, "Of-8", "time")->better, BETTER_LOWER);
	assert_string_equal(metric(r, "Of-8", "B/s")->unit, "B/s");
	assert_string_equal(kvs_get(&r->sources[0].context, "goos"), "linux");
	assert_int_equal(r->warnings.n, 2);                     /* what a launch is, and what failed */
	assert_non_null(strstr(r->warnings.v[1], "file:8 says that something failed: FAIL"));
}

static void go_packages_are_told_apart(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *r = run_of("pkg: a\nBenchmarkX 1 1 ns/op\npkg: b\nBenchmarkX 1 1 B/op\n", NULL);
	assert_int_equal(r->n_workloads, 2);
	assert_string_equal(metric(r, "b.X", "B/op")->unit, "B");
}

static void bad_go_text_is_named(void **state)
{
	(void)state;
	refused("goos: linux\nBenchmarkX 10 fast ns/op\n", "file:2: 'fast'; expected the number of the unit 'ns/op'");
	refused("BenchmarkX 10 5 ns/op 7\n", "file:1: '7' has no unit");
	refused("BenchmarkX 10 5 ns/op\nBenchmarkX 10 5 sec/op 7 ns/op 3 hits\nUnit hits better=more\n", "file:3: better=more; expected better=lower");
	refused("BenchmarkX 10 1e308 MB/s\n", "file:1: '1e308'; expected the number of the unit 'MB/s'");        /* in B/s it is none */
	refused("BenchmarkX/arm= 10 5 ns/op\n", "file:1: the arm has no name");
}

static void hyperfine_runs_are_launches(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *r = run_of("{\"results\": [{\"command\": \"sleep 1\", \"user\": 0.1, \"times\": [1.01, 1.02, 1.5], \"exit_codes\": [0, 3, null],"
	                                          "\"parameters\": {\"arm\": \"vm\"}}, {\"command\": \"x\", \"times\": [2], \"memory_usage_byte\": [4096]}]}", NULL);
	assert_int_equal(r->n_launches, 4);
	assert_true(r->launches[0].ok && value(r, 0, "time") == 1.01);
	assert_string_equal(r->launches[0].arm, "vm");
	assert_string_equal(r->launches[1].error, "the command ended with status 3");
	assert_false(r->launches[2].ok);
	assert_string_equal(r->launches[3].arm, IMPORT_ARM);
	assert_true(value(r, 3, "memory") == 4096);
}

static void bad_hyperfine_is_named(void **state)
{
	(void)state;
	refused("{\"results\": [{\"command\": \"x\"}]}", "file: results[0].times: expected a list");
	refused("{\"results\": [{\"command\": \"x\", \"times\": [1, \"a\"]}]}", "file: results[0].times[1]: expected a number");
	refused("{\"results\": [{\"command\": \"x\", \"times\": [1], \"exit_codes\": []}]}", "file: results[0].exit_codes: expected as many");
	refused("{\"results\": [{\"times\": [1]}]}", "file: results[0].command: expected");
	refused("{\"results\": [7]}", "file: results[0]: expected an object");
	refused("{\"results\": []}", "file: there are no figures in it");
	refused("{\n\"results\": [}", "file:2: ");
	refused("{\"other\": 1}", "file: no format that is known");
}

static void gbench_repetitions_are_launches(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *r = run_of("{\"context\": {\"num_cpus\": 8}, \"benchmarks\": [{\"name\": \"A\", \"run_type\": \"iteration\", \"real_time\": 2,"
	                                          "\"cpu_time\": 1, \"time_unit\": \"us\", \"items_per_second\": 5, \"mine\": 3}, {\"name\": \"A_mean\", \"run_type\": \"aggregate\"},"
	                                          "{\"name\": \"A\", \"error_occurred\": true, \"error_message\": \"no\"}]}", "host");
	assert_int_equal(r->n_launches, 2);
	assert_true(fabs(value(r, 0, "time") - 2e-6) < 1e-18 && fabs(value(r, 0, "cpu-time") - 1e-6) < 1e-18 && value(r, 0, "item-rate") == 5);
	assert_string_equal(r->launches[1].error, "no");
	assert_string_equal(kvs_get(&r->sources[0].context, "num_cpus"), "8");
	refused("{\"benchmarks\": [{\"name\": \"A\", \"real_time\": 2, \"time_unit\": \"h\"}]}", "file: benchmarks[0]: time_unit: expected ns, us, ms or s");
	refused("{\"benchmarks\": [{\"name\": \"A\", \"time_unit\": \"s\"}]}", "file: benchmarks[0]: real_time: expected a number");
	refused("{\"benchmarks\": [{\"name\": \"A_mean\", \"run_type\": \"aggregate\"}]}", "expected entries with the run_type iteration");
}

static void files_of_an_arm_add_up(void **state)
{
	(void)state;
	static const char one[] = "workload,metric,unit,better,launch,value\nw,t,s,lower,0,1\n";
	cleanup(import_free) struct import im = import_new("made", 0.02);
	struct err err = { 0 };
	assert_int_equal(import_text(&im, "a", one, strlen(one), "x", NULL, &err), 0);
	assert_int_equal(import_text(&im, "b", one, strlen(one), "x", NULL, &err), 0);
	assert_int_equal(im.run->n_launches, 2);
	assert_int_equal(im.run->launches[1].number, 1);
	assert_int_equal(im.run->n_sources, 2);
	static const char armed[] = HEAD "host,w,t,s,lower,0,1,1\n";
	assert_int_equal(import_text(&im, "c", armed, strlen(armed), "x", NULL, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "c:2: it is of the arm 'host', as the file says"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_has_launches_in_order),
		cmocka_unit_test(csv_counts_become_histograms),
		cmocka_unit_test(csv_rows_are_launches_without_a_number),
		cmocka_unit_test(bad_csv_is_named),
		cmocka_unit_test(go_lines_are_launches),
		cmocka_unit_test(go_packages_are_told_apart),
		cmocka_unit_test(bad_go_text_is_named),
		cmocka_unit_test(hyperfine_runs_are_launches),
		cmocka_unit_test(bad_hyperfine_is_named),
		cmocka_unit_test(gbench_repetitions_are_launches),
		cmocka_unit_test(files_of_an_arm_add_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_store.c - runs written, torn, reopened and read back. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/rng.h"
#include "model/wire.h"
#include "store/hostinfo.h"
#include "store/json.h"
#include "store/line.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct run *make_run(void)
{
	struct run *r = xcalloc(1, sizeof(*r));
	*r = (struct run){ .suite = xstrdup("t"), .suite_text = xstrdup("[suite]\nname = t\n"), .tool_version = xstrdup("9"),
	                   .isoload_sha256 = xstrdup("ab"), .started = xstrdup("2026-01-01T00:00:00Z"), .seed = 4000000000u,
	                   .cpus = 1, .pids = 10, .cpu_list = xstrdup("1"), .memory = 1ull << 33, .margin = 0.02,
	                   .planned = 3, .n_arms = 1, .n_workloads = 1 };
	r->arms = xcalloc(1, sizeof(*r->arms));
	r->arms[0] = (struct run_arm){ .name = xstrdup("vm"), .driver = xstrdup("vm"), .label = xstrdup("vm (TCG)"),
	                               .accel = xstrdup("TCG (software emulation)"), .available = true };
	kvs_set(&r->arms[0].facts, "qemu", "7.2", 0);
	r->workloads = xcalloc(1, sizeof(*r->workloads));
	r->workloads[0] = (struct run_workload){ .name = xstrdup("sys"), .workload = registry_find("syscall"), .launches = 3 };
	kvs_set(&r->host_before, "host.name", "h/1", 0);
	strv_add(&r->warnings, "no limit");
	cannots_add(&r->cannot, "vm", "other", "it has no way out");
	return r;
}

static void make_launch(struct launch *l, unsigned number)
{
	const char *text = "ready 1\nenv cpus=1\nbegin syscall n=1\nwork 0\nwork 3000000000\ndone 0.5\nsample time w 3e-7\nsample time m 1e-7\n"
	                   "sample time m 2e-7\ndigest aa\nend 0\n";
	struct wire_reader w;
	*l = (struct launch){ .arm = xstrdup("vm"), .workload = xstrdup("sys"), .number = number, .block = number,
	                      .started = "2026-01-01T00:00:01Z", .ok = true, .marks = MARK_CLOCK | MARK_ENVELOPE | MARK_NEIGHBOUR,
	                      .steal_s = 0.25, .wall_s = 2.5, .pressure_s = { 1.25, 0, NAN }, .others_s = 0.5, .throttled = 2,
	                      .footprint = { .memory_peak = 123, .cpu_s = 1.5 }, .work_cpu_s = number ? NAN : 0.75,
	                      .work_unknown = number ? xstrdup("out of sight") : NULL };
	if (number == 0) {
		l->calls = xcalloc(1, sizeof(*l->calls));
		*l->calls = (struct calls){ .v = { { "qmp_capabilities", 1, 0.5, 0.25 }, { "qom-get", 400, 0.1, 0.2 } }, .n = 2 };
	}
	footprint_set(&l->footprint, FOOTPRINT_IMAGE, 0);
	footprint_set(&l->footprint, FOOTPRINT_PSS, 5e9);
	footprint_set(&l->footprint, FOOTPRINT_CPU, 0.125);
	footprint_miss(&l->footprint, FOOTPRINT_KERNEL, "why not");
	wire_reader_init(&w, &l->result);
	l->phases.start_ns = 5000;
	phases_mark(&l->phases, "kernel", 1000005000);
	wire_reader_feed(&w, text, strlen(text), 2000005000);
}

static char *test_dir(void)
{
	char dir[] = "/tmp/isocost-test-XXXXXX";
	assert_non_null(mkdtemp(dir));
	return xstrdup(dir);
}

static void test_round_trip(void **state)
{
	(void)state;
	struct err err = { 0 };
	cleanup_free char *dir = test_dir();
	struct run *r = make_run(), *back = NULL;
	struct store s;
	if (store_create(dir, r, &s, &err) < 0)
		fail_msg("%s", err.msg);
	assert_null(strchr(r->id, '/'));
	struct launch l;
	make_launch(&l, 0);
	assert_int_equal(store_append(&s, &l, &err), 0);
	launch_free(&l);
	/* A failed launch with a guest's last words that are not UTF-8 is kept too. */
	struct launch bad = { .arm = xstrdup("vm"), .workload = xstrdup("sys"), .number = 1, .error = xstrdup("panic \xff\xfe"),
	                      .started = "2026-01-01T00:00:02Z", .result = { .status = -1 } };
	assert_int_equal(store_append(&s, &bad, &err), 0);
	launch_free(&bad);
	struct launch cannot = { .arm = xstrdup("vm"), .workload = xstrdup("sys"), .number = 2, .error = xstrdup("no huge pages"),
	                         .cannot = true, .started = "2026-01-01T00:00:03Z", .result = { .status = 95 } };
	assert_int_equal(store_append(&s, &cannot, &err), 0);
	launch_free(&cannot);
	store_close(&s);

	if (store_load(r->dir, &back, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(back->id, r->id);
	assert_int_equal(back->seed, 4000000000u);
	assert_int_equal(back->memory, 1ull << 33);
	assert_string_equal(back->arms[0].accel, "TCG (software emulation)");
	assert_string_equal(kvs_get(&back->arms[0].facts, "qemu"), "7.2");
	assert_string_equal(back->workloads[0].name, "sys");
	assert_string_equal(back->workloads[0].workload->name, "syscall");
	assert_string_equal(back->warnings.v[0], "no limit");
	assert_null(back->ended);
	assert_int_equal(back->n_launches, 3);
	assert_int_equal(back->cannot.n, 1);
	assert_string_equal(cannots_find(&back->cannot, "vm", "other")->reason, "it has no way out");
	assert_null(cannots_find(&back->cannot, "vm", "sys"));
	const struct launch *b = &back->launches[0];
	assert_true(b->ok && b->marks == (MARK_CLOCK | MARK_ENVELOPE | MARK_NEIGHBOUR));
	assert_true(fabs(launch_startup_s(b) - 2.0) < 1e-9);
	assert_int_equal(phases_at(&b->phases, "kernel") - b->phases.start_ns, 1000000000);
	const struct series *series = result_series(&b->result, "time");
	assert_int_equal(series->n, 3);
	assert_int_equal(series->n_warm, 1);
	assert_true(series->v[2] == 2e-7);
	assert_int_equal(b->footprint.memory_peak, 123);
	assert_int_equal(b->calls->n, 2);
	assert_string_equal(b->calls->v[1].name, "qom-get");
	assert_int_equal(b->calls->v[1].count, 400);
	assert_true(b->calls->v[0].qemu_s == 0.5 && b->calls->v[0].libvirt_s == 0.25);
	assert_null(back->launches[1].calls);
	/* 0 is a value; what is not known stays so, with its reason. */
	assert_true(footprint_has(&b->footprint, FOOTPRINT_IMAGE) && footprint_get(&b->footprint, FOOTPRINT_IMAGE) == 0);
	assert_true(footprint_get(&b->footprint, FOOTPRINT_PSS) == 5e9 && footprint_get(&b->footprint, FOOTPRINT_CPU) == 0.125);
	assert_false(footprint_has(&b->footprint, FOOTPRINT_KERNEL) || footprint_has(&b->footprint, FOOTPRINT_GUEST_PAGES));
	assert_string_equal(kvs_get(&b->footprint.unknown, "kernel"), "why not");
	assert_true(!back->launches[1].footprint.known && !back->launches[1].footprint.unknown.n);
	assert_true(b->result.worked == 3e9 && b->work_cpu_s == 0.75 && !b->work_unknown);
	assert_true(back->launches[1].result.worked == 0 && isnan(back->launches[1].work_cpu_s));
	assert_true(b->steal_s == 0.25 && b->wall_s == 2.5 && b->result.inside_s == 0.5);
	assert_true(b->pressure_s[PRESSURE_CPU] == 1.25 && b->pressure_s[PRESSURE_MEMORY] == 0 && isnan(b->pressure_s[PRESSURE_IO]));
	assert_true(b->others_s == 0.5 && b->throttled == 2);
	assert_false(back->launches[1].ok);
	assert_non_null(back->launches[1].error);
	assert_true(isnan(launch_startup_s(&back->launches[1])));
	assert_true(launch_failed(&back->launches[1]) && !launch_failed(&back->launches[2]));
	assert_true(back->launches[2].cannot && !back->launches[2].ok);
	run_free(back);
	run_free(r);
	assert_int_equal(fs_rmtree(dir), 0);
}

/* Cut the journal at every byte of its last line: the reader drops the torn launch, a reopened run goes on behind the whole ones. */
static void test_torn(void **state)
{
	(void)state;
	struct err err = { 0 };
	cleanup_free char *dir = test_dir();
	struct run *r = make_run(), *back = NULL;
	struct store s;
	struct launch l;
	assert_int_equal(store_create(dir, r, &s, &err), 0);
	for (unsigned i = 0; i < 2; i++) {
		make_launch(&l, i);
		assert_int_equal(store_append(&s, &l, &err), 0);
		launch_free(&l);
	}
	store_close(&s);
	cleanup_free char *path = xasprintf("%s/journal.jsonl", r->dir), *text = NULL;
	size_t len;
	assert_int_equal(fs_read(path, &text, &len), 0);
	size_t first = (size_t)(strchr(text, '\n') - text) + 1;
	for (size_t cut = first; cut < len; cut += 37) {
		assert_int_equal(fs_write(path, text, cut, 0644), 0);
		assert_int_equal(store_load(r->dir, &back, &err), 0);
		assert_int_equal(back->n_launches, 1);
		run_free(back);
		assert_int_equal(store_reopen(r->dir, &s, &err), 0);
		make_launch(&l, 1);
		assert_int_equal(store_append(&s, &l, &err), 0);
		launch_free(&l);
		store_close(&s);
		assert_int_equal(store_load(r->dir, &back, &err), 0);
		assert_int_equal(back->n_launches, 2);
		assert_int_equal(back->launches[1].number, 1);
		assert_true(isnan(back->launches[1].work_cpu_s));
		assert_string_equal(back->launches[1].work_unknown, "out of sight");
		run_free(back);
	}
	run_free(r);
	assert_int_equal(fs_rmtree(dir), 0);
}

/* A line as it is usually written gives the launch that its tree gives; in whatever other way it is written, it is left to the tree. */
static void test_lines_are_those_of_the_tree(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool usual;
	} lines[] = {
		{ "{\"metrics\":[{\"name\":\"a\",\"warmup\":[1],\"samples\":[0.1,null,-2.5e-7,1E3,0]},{\"name\":\"b\",\"warmup\":[],\"samples\":[]}]", true },
		{ "{ \"metrics\" : [ { \"name\":\"a\", \"warmup\" : [ ] , \"samples\" : [ 12345678901234567 , 0.00012345678901234567 ] } ]", true },
		{ "{\"metrics\":[{\"warmup\":[],\"name\":\"a\",\"samples\":[1]}]", false },
		{ "{\"metrics\":[{\"samples\":[3],\"name\":\"a\",\"samples\":[4,5]}]", false },
		{ "{\"metrics\":[{\"name\":\"a\",\"warmup\":[],\"samples\":[1234567890123456789]}]", false },
		{ "{\"metrics\":[{\"name\":\"a\",\"warmup\":[],\"samples\":[1],\"histogram\":null}]", false },
		{ "{\"error\":\"\\\"samples\\\":[1,x]\",\"metrics\":[]", false },
		{ "{\"error\":\"it broke\",\"cannot\":true,\"digest\":\"aa\",\"startup_s\":0.5,\"ready_s\":0.5,\"begin_s\":null,\"inside_s\":0.125", true },
		{ "{\"later\":{\"samples\":[9,9]},\"metrics\":[]", false },
		{ "{\"phases\":[{\"name\":\"clone\",\"end_s\":0.25},{\"name\":\"exec\",\"end_s\":1}],\"metrics\":[]", true },
		{ "{\"phases\":[{\"name\":\"exec\",\"end_s\":1},{\"name\":\"a name that is longer than names are\",\"end_s\":-3}]", true },
		{ "{\"phases\": [ {\"end_s\": 0.25, \"name\": \"clone\"} ],\"metrics\":[]", false },
		{ "{\"phases\":[],\"marks\":[\"timer\",\"later\",\"clock\"],\"throttled\":3", true },
		{ "{\"throttled\":3.5", false },
		{ "{\"steal_s\":1,\"steal_s\":2", false },
		{ "{\"metrics\":[{\"name\":\"a\",\"s\\u0061mples\":[6],\"warmup\":[1]}]", false },
		{ "{\"metrics\":[{\"name\":\"a\",\"warmup\":[],\"samples\":[1,\"2\"]}]", false },
		{ "{\"metrics\":[],\"seen\":{\"cpus\":\"1\",\"a b\":\"\",\"cpus\":\"2\"},\"params\":{}", true },
		{ "{\"metrics\":[],\"seen\" : { \"cpus\" : \"1\" },\"params\":{\"n\":3,\"m\":\"4\"}", false },
		{ "{\"metrics\":[],\"seen\":{\"cpus\":\"\xc3\xa9\"}", false },
		{ "{\"footprint\":{\"memory_peak\":123,\"cpu_s\":0.5,\"pss\":5e9,\"image\":0,\"kernel\":null,\"unknown\":{\"kernel\":\"no\"}}", true },
		{ "{\"footprint\":{\"memory_peak\":null,\"cpu_s\":null},\"pressure_s\":{\"cpu\":1.5,\"memory\":null,\"io\":0},\"others_s\":null", true },
		{ "{\"footprint\":{\"memory_peak\":1.5}", false },
		{ "{\"footprint\":{\"memory_peak\":1,\"memory_peak\":null}", false },
		{ "{\"work\":{\"amount\":5e9,\"cpu_s\":1.5,\"unknown\":null}", true },
		{ "{\"work\" : { \"amount\": 5 , \"cpu_s\": null , \"unknown\" : \"no\" } ,\"steal_s\":0.5", true },
		{ "{\"work\":{\"cpu_s\":1.5,\"amount\":5,\"unknown\":null}", false },
		{ "{\"work\":null", false },
		{ "{\"work\":{\"amount\":5,\"cpu_s\":1.5,\"unknown\":null,\"later\":1}", false },
		{ "{\"calls\":[{\"call\":\"x\",\"count\":1,\"qemu_s\":0.5,\"libvirt_s\":1}]", false },
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		cleanup_free char *text = xasprintf("%s,\"arm\":\"x\",\"workload\":\"y\",\"launch\":0,\"block\":7,\"started\":\"\",\"ok\":false}\n",
		                                    lines[i].text);
		struct launch fast, slow;
		struct err err = { 0 };
		assert_int_equal(line_to_launch(text, strlen(text), &fast), lines[i].usual);
		json_t *tree = json_loads(text, 0, NULL);
		assert_int_equal(json_to_launch(tree, &slow, &err), 0);
		json_t *a = lines[i].usual ? json_from_launch(&fast) : NULL, *b = json_from_launch(&slow);
		if (a && !json_equal(a, b))
			fail_msg("%s: the launch is not that of the tree", text);
		if (lines[i].usual) {
			assert_string_equal(fast.result.workload, slow.result.workload);
			assert_int_equal(fast.phases.start_ns, slow.phases.start_ns);
			launch_free(&fast);
		}
		launch_free(&slow);
		json_decref(a);
		json_decref(b);
		json_decref(tree);
	}
	/* Whole, or not at all. */
	static const char *const torn[] = { "", "{", "{}", "{\"arm\":\"x\"}", "{\"arm\":\"x\",", "[]", "{\"arm\":\"x\"" };
	struct launch l;
	for (size_t i = 0; i < sizeof(torn) / sizeof(*torn); i++)
		assert_false(line_to_launch(torn[i], strlen(torn[i]), &l));
}

/* Whatever digits there are, the double nearest to them. */
static void test_numbers(void **state)
{
	(void)state;
	static const char *const good[] = { "0", "-0", "0.0", "1e-7", "1.7976931348623157e308", "5e-324", "9007199254740993",
		                            "9007199254740992.99999999999999999999", "1.2340000000000001e-07", "18446744073709551615",
		                            "123456789012345678901234567890", "0.1e1", "2.2250738585072011e-308", "1E+22", "8.5e-23" };
	static const char *const bad[] = { "", "-", "+1", "01", ".5", "1.", "1e", "1e+", "nan", "Infinity", "1e999", "-1e99999" };
	const char *end;
	double v;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_true(line_number(good[i], &end, &v) && !*end);
		if (v != strtod(good[i], NULL) || signbit(v) != (*good[i] == '-'))
			fail_msg("%s is %.17g", good[i], v);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (line_number(bad[i], &end, &v) && !*end)
			fail_msg("'%s' is no number", bad[i]);
	struct rng *r = rng_new(5);
	for (int i = 0; i < 200000; i++) {
		char text[64];
		snprintf(text, sizeof(text), i % 3 ? "%.17g" : "%.15g", exp(20 * rng_normal(r)) * (i % 2 ? 1 : -1));
		assert_true(line_number(text, &end, &v) && !*end);
		if (v != strtod(text, NULL))
			fail_msg("%s is %.17g", text, v);
	}
	rng_free(r);
}

static void test_histogram(void **state)
{
	(void)state;
	struct err err = { 0 };
	cleanup_free struct histogram *h = xcalloc(1, sizeof(*h)), *back = NULL, *wrong = NULL;
	histogram_clear(h);
	for (int i = 0; i < 20000; i++)
		histogram_add(h, 1e-6 * (1 + i % 700), 1);
	histogram_add(h, 0, 2);
	json_t *o = json_from_histogram(h);
	assert_int_equal(json_to_histogram(o, &back, &err), 0);
	assert_int_equal(memcmp(h, back, sizeof(*h)), 0);
	json_object_set_new(o, "count", json_integer(20001));
	assert_int_equal(json_to_histogram(o, &wrong, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "20001 values"));
	json_object_set_new(o, "parts", json_integer(64));
	assert_int_equal(json_to_histogram(o, &wrong, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "expected 128 parts from 2^-40 on"));
	json_object_del(o, "bins");
	assert_int_equal(json_to_histogram(o, &wrong, &err), -EINVAL);
	assert_null(wrong);
	json_decref(o);
}

static void test_errors(void **state)
{
	(void)state;
	struct err err = { 0 };
	cleanup_free char *dir = test_dir();
	struct run *r = make_run(), *back = NULL;
	struct store s, second;
	assert_int_equal(store_create(dir, r, &s, &err), 0);
	assert_int_equal(store_reopen(r->dir, &second, &err), -EBUSY);
	store_close(&s);
	cleanup_free char *journal = xasprintf("%s/journal.jsonl", r->dir), *run = xasprintf("%s/run.json", r->dir);
	assert_int_equal(fs_write(journal, "{\"arm\":\"vm\"}\n", 13, 0644), 0);
	assert_int_equal(store_load(r->dir, &back, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "journal.jsonl:1: "));
	assert_int_equal(fs_write(journal, "\n", 1, 0644), 0);
	assert_int_equal(store_load(r->dir, &back, &err), -EINVAL);
	assert_int_equal(fs_write(run, "{\n\n oops", 8, 0644), 0);
	assert_int_equal(store_load(r->dir, &back, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "run.json:3: "));
	assert_int_equal(fs_write(run, "{\"schema\":99}", 13, 0644), 0);
	assert_int_equal(store_load(r->dir, &back, &err), -EINVAL);
	assert_int_equal(store_load("/nonexistent", &back, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/nonexistent"));
	run_free(r);
	assert_int_equal(fs_rmtree(dir), 0);
}

static void test_hostinfo(void **state)
{
	(void)state;
	struct kvs facts = { 0 };
	hostinfo_gather("/tmp", &facts);
	const char *must[] = { "host.name", "kernel.release", "cpu.threads", "memory.total", "cgroup.mode", "load", "disk.type" };
	for (size_t i = 0; i < sizeof(must) / sizeof(*must); i++)
		if (!kvs_get(&facts, must[i]))
			fail_msg("no fact %s", must[i]);
	kvs_free(&facts);
	
	unsigned *cpus;
	assert_true(hostinfo_cpus(&cpus) >= 1);
	free(cpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_lines_are_those_of_the_tree),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_hostinfo),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

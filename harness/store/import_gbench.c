/* SPDX-License-Identifier: GPL-3.0-or-later */
/* import_gbench.c - the JSON of Google Benchmark (--benchmark_format=json). A launch is an iteration entry, which is a repetition; aggregates
 * are passed over, since isocost makes its own. */
#include "store/import.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

static const struct known {
	const char *field;
	struct metric metric;
	bool time;                      /* in the entry's time_unit */
} known[] = {
	{ "real_time", { "time", "s", BETTER_LOWER, "wall-clock time of one iteration, the mean over those of a repetition", false }, true },
	{ "cpu_time", { "cpu-time", "s", BETTER_LOWER, "CPU time of one iteration, the mean over those of a repetition", false }, true },
	{ "bytes_per_second", { "byte-rate", "B/s", BETTER_HIGHER, "bytes that the benchmark counted a second", false }, false },
	{ "items_per_second", { "item-rate", "1/s", BETTER_HIGHER, "items that the benchmark counted a second", false }, false },
};
#define KNOWN (sizeof(known) / sizeof(*known))

/* Numbers of an entry that are no figures. */
static const char *const others[] = { "family_index", "per_family_instance_index", "repetitions", "repetition_index", "threads", "iterations" };

static double unit_s(const char *name)
{
	static const struct {
		const char *name;
		double s;
	} units[] = { { "ns", 1e-9 }, { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1 } };
	for (size_t i = 0; name && i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(units[i].name, name) == 0)
			return units[i].s;
	return 0;
}

/* Counters of the benchmark's own have neither a unit nor a better direction. */
static void note_counters(const json_t *o, struct strv *counters)
{
	const char *key;
	json_t *v;
	json_object_foreach((json_t *)o, key, v) {
		bool is = json_is_number(v);
		for (size_t i = 0; i < KNOWN; i++)
			is = is && strcmp(key, known[i].field) != 0;
		for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
			is = is && strcmp(key, others[i]) != 0;
		if (is && !strv_has(counters, key))
			strv_add(counters, key);
	}
}

static int wrap(const struct import *im, size_t i, int r, struct err *err)
{
	if (r < 0)
		err_wrapf(err, "%s: benchmarks[%zu]", im->file, i);
	return r;
}

static int read_failed(struct import *im, const json_t *o, size_t arm, const char *workload, struct err *err)
{
	const char *why = json_string_value(json_object_get(o, "error_message"));
	size_t at;
	int r = import_metric(im, workload, &known[0].metric, &at, err);
	if (r == 0)
		import_fail(import_launch(im, arm, at, IMPORT_NEXT), why && *why ? why : "the benchmark reported an error");
	return r;
}

static int read_figures(struct import *im, const json_t *o, size_t arm, const char *workload, struct err *err)
{
	const char *unit = json_string_value(json_object_get(o, "time_unit"));
	struct launch *l = NULL;
	double factor = unit_s(unit);
	size_t at;
	if (factor <= 0)
		return err_setf(err, -EINVAL, "time_unit: expected ns, us, ms or s");
	if (!json_is_number(json_object_get(o, "real_time")))
		return err_setf(err, -EINVAL, "real_time: expected a number");
	for (size_t k = 0; k < KNOWN; k++) {
		const json_t *v = json_object_get(o, known[k].field);
		if (!v)
			continue;
		if (!json_is_number(v))
			return err_setf(err, -EINVAL, "%s: expected a number", known[k].field);
		if (import_metric(im, workload, &known[k].metric, &at, err) < 0)
			return -EINVAL;
		if (!l)
			l = import_launch(im, arm, at, IMPORT_NEXT);
		import_sample(l, known[k].metric.name, json_number_value(v) * (known[k].time ? factor : 1), 1);
	}
	return 0;
}

static int read_entry(struct import *im, const json_t *o, struct strv *counters, struct err *err)
{
	const char *run_name = json_string_value(json_object_get(o, "run_name")), *name = json_string_value(json_object_get(o, "name"));
	const char *type = json_string_value(json_object_get(o, "run_type"));
	size_t arm;
	if (!name || !*name)
		return err_setf(err, -EINVAL, "name: expected that of a benchmark");
	if (type && strcmp(type, "iteration") != 0)
		return 0;
	int r = import_arm(im, NULL, &arm, err);
	if (r < 0)
		return r;
	const char *workload = run_name && *run_name ? run_name : name;
	if (json_is_true(json_object_get(o, "error_occurred")))
		return read_failed(im, o, arm, workload, err);
	note_counters(o, counters);
	return read_figures(im, o, arm, workload, err);
}

/* Texts and numbers of where it ran. */
static void read_context(struct import *im)
{
	const char *key;
	json_t *v;
	json_object_foreach(json_object_get(im->json, "context"), key, v) {
		cleanup_free char *text = json_is_string(v) ? xstrdup(json_string_value(v)) : json_is_boolean(v) || json_is_number(v) ? json_dumps(v, JSON_ENCODE_ANY) : NULL;
		if (text)
			import_context(im, key, text);
	}
}

static int read_gbench(struct import *im, struct err *err)
{
	cleanup(strv_free) struct strv counters = { 0 };
	const json_t *list = json_object_get(im->json, "benchmarks");
	if (!json_is_array(list))
		return err_setf(err, -EINVAL, "%s: benchmarks: expected a list, as Google Benchmark writes it with --benchmark_format=json", im->file);
	read_context(im);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		int r = json_is_object(o) ? read_entry(im, o, &counters, err) : err_setf(err, -EINVAL, "expected an object");
		if (r < 0)
			return wrap(im, i, r, err);
	}
	if (im->run->n_launches == im->first_launch)
		return err_setf(err, -EINVAL, "%s: benchmarks: expected entries with the run_type iteration; --benchmark_report_aggregates_only leaves them "
		                              "out", im->file);
	cleanup(str_free) struct str names = { 0 };
	for (size_t i = 0; i < counters.n; i++)
		str_addf(&names, "%s%s", i ? ", " : "", counters.v[i]);
	if (counters.n)
		strv_addf(&im->notes, "%s: counters are left out, since neither their units nor which direction is better are in it: %s", im->file, names.s);
	return 0;
}

static bool is_gbench(const struct import *im)
{
	return json_is_array(json_object_get(im->json, "benchmarks"));
}

const struct import_format import_gbench = {
	.name = "gbench", .what = "the JSON of Google Benchmark", .tool = "Google Benchmark's JSON",
	.launch = "A launch is a repetition of Google Benchmark: they are made within one process, and may lie closer together than processes do",
	.json = true, .is = is_gbench, .read = read_gbench,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* import_hyperfine.c - the JSON of hyperfine --export-json. A launch is one run of the command; the workload is the command, or the name that
 * was given to it. The parameters arm, workload and metric say what else these are. */
#include "store/import.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

/* What both lists of a result become. */
static const struct metric wall = { "time", "s", BETTER_LOWER, "wall-clock time of one run of the command, as hyperfine timed it", false };
static const struct metric memory = { "memory", "B", BETTER_LOWER, "the most memory that one run of the command had, as hyperfine was told", false };

static const char *param(const json_t *result, const char *name)
{
	return json_string_value(json_object_get(json_object_get(result, "parameters"), name));
}

static int expected(const struct import *im, size_t i, const char *what, struct err *err)
{
	return err_setf(err, -EINVAL, "%s: results[%zu].%s", im->file, i, what);
}

/* NULL: all is well. A signal leaves no code. Caller frees. */
static char *failure(const json_t *codes, size_t k)
{
	const json_t *code = json_array_get(codes, k);
	if (json_is_null(code))
		return xstrdup("the command was ended by a signal");
	return json_integer_value(code) ? xasprintf("the command ended with status %lld", (long long)json_integer_value(code)) : NULL;
}

static int check_lists(const struct import *im, size_t i, const json_t *o, struct err *err)
{
	const json_t *times = json_object_get(o, "times"), *codes = json_object_get(o, "exit_codes"), *bytes = json_object_get(o, "memory_usage_byte");
	size_t n = json_array_size(times);
	if (!json_is_array(times))
		return expected(im, i, "times: expected a list of seconds, one a run of the command", err);
	if (codes && json_array_size(codes) != n)
		return expected(im, i, "exit_codes: expected as many as there are times", err);
	if (json_is_array(bytes) && json_array_size(bytes) != n)
		return expected(im, i, "memory_usage_byte: expected as many as there are times", err);
	for (size_t k = 0; k < n; k++) {
		const json_t *v = json_array_get(times, k), *code = json_array_get(codes, k), *m = json_array_get(bytes, k);
		if (!json_is_number(v) || json_number_value(v) < 0)
			return err_setf(err, -EINVAL, "%s: results[%zu].times[%zu]: expected a number of seconds", im->file, i, k);
		if (code && !json_is_integer(code) && !json_is_null(code))
			return err_setf(err, -EINVAL, "%s: results[%zu].exit_codes[%zu]: expected a whole number or null", im->file, i, k);
		if (m && (!json_is_number(m) || json_number_value(m) < 0))
			return err_setf(err, -EINVAL, "%s: results[%zu].memory_usage_byte[%zu]: expected a number of bytes", im->file, i, k);
	}
	return 0;
}

static int read_result(struct import *im, size_t i, const json_t *o, struct err *err)
{
	const char *command = json_string_value(json_object_get(o, "command")), *name = param(o, "workload"), *metric = param(o, "metric");
	const json_t *times = json_object_get(o, "times"), *codes = json_object_get(o, "exit_codes"), *bytes = json_object_get(o, "memory_usage_byte");
	struct metric timed = wall;
	size_t arm, at;
	if (!command || !*command)
		return expected(im, i, "command: expected the command, or its name", err);
	if (check_lists(im, i, o, err) < 0)
		return -EINVAL;
	if (metric && *metric)
		timed.name = metric;
	const char *workload = name && *name ? name : command;
	int r = import_arm(im, param(o, "arm"), &arm, err);
	if (r == 0)
		r = import_metric(im, workload, &timed, &at, err);
	if (r == 0 && json_array_size(bytes))
		r = import_metric(im, workload, &memory, &at, err);
	if (r < 0) {
		err_wrapf(err, "%s: results[%zu]", im->file, i);
		return r;
	}
	for (size_t k = 0; k < json_array_size(times); k++) {
		struct launch *l = import_launch(im, arm, at, IMPORT_NEXT);
		cleanup_free char *why = failure(codes, k);
		import_sample(l, timed.name, json_number_value(json_array_get(times, k)), 1);
		if (json_array_size(bytes))
			import_sample(l, memory.name, json_number_value(json_array_get(bytes, k)), 1);
		if (why)
			import_fail(l, why);
	}
	return 0;
}

static int read_hyperfine(struct import *im, struct err *err)
{
	const json_t *results = json_object_get(im->json, "results");
	bool cpu = false;
	if (!json_is_array(results))
		return err_setf(err, -EINVAL, "%s: results: expected a list, as `hyperfine --export-json` writes it", im->file);
	for (size_t i = 0; i < json_array_size(results); i++) {
		const json_t *o = json_array_get(results, i);
		int r = json_is_object(o) ? read_result(im, i, o, err) : err_setf(err, -EINVAL, "%s: results[%zu]: expected an object", im->file, i);
		if (r < 0)
			return r;
		cpu = cpu || json_is_number(json_object_get(o, "user"));
	}
	if (cpu)
		strv_addf(&im->notes, "%s: user and system are left out, since it has no more of them than the means of all runs", im->file);
	return 0;
}

static bool is_hyperfine(const struct import *im)
{
	return json_is_array(json_object_get(im->json, "results"));
}

const struct import_format import_hyperfine = {
	.name = "hyperfine", .what = "the JSON of hyperfine --export-json", .tool = "hyperfine's JSON", .json = true, .is = is_hyperfine,
	.read = read_hyperfine,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_launch.c - a launch as one line of the journal. */
#include "store/json.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "store/line.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* JSON has no NaN: what is not known is null. */
static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *text(const char *s)
{
	return s && *s ? json_string(s) : json_null();
}

/* NaN where there is none: a run of before, or a host that does not tell. */
static double read_number(const json_t *v)
{
	return json_is_number(v) ? json_number_value(v) : NAN;
}

static json_t *since(const struct launch *l, int64_t t_ns)
{
	return t_ns ? json_real(clk_to_s(t_ns - l->phases.start_ns)) : json_null();
}

json_t *json_from_kvs(const struct kvs *l)
{
	json_t *o = json_object();
	for (size_t i = 0; i < l->n; i++)
		json_object_set_new(o, l->v[i].key, json_string(l->v[i].val));
	return o;
}

void json_to_kvs(const json_t *o, struct kvs *ret)
{
	const char *key;
	json_t *v;
	json_object_foreach((json_t *)o, key, v)
		if (json_is_string(v))
			kvs_set(ret, key, json_string_value(v), 0);
}

static json_t *phases_json(const struct launch *l)
{
	json_t *a = json_array();
	for (size_t i = 0; i < l->phases.n; i++)
		json_array_append_new(a, json_pack("{s:s, s:f}", "name", l->phases.v[i].name, "end_s",
		                                   clk_to_s(l->phases.v[i].end_ns - l->phases.start_ns)));
	return a;
}

static json_t *metrics_json(const struct result *r)
{
	json_t *a = json_array();
	for (size_t i = 0; i < r->n_series; i++) {
		const struct series *s = &r->series[i];
		json_t *warm = json_array(), *samples = json_array();
		for (size_t k = 0; k < s->n; k++)
			json_array_append_new(k < s->n_warm ? warm : samples, number(s->v[k]));
		json_t *metric = json_pack("{s:s, s:o, s:o}", "name", s->metric, "warmup", warm, "samples", samples);
		if (s->histogram)
			json_object_set_new(metric, "histogram", json_from_histogram(s->histogram));
		json_array_append_new(a, metric);
	}
	return a;
}

static json_t *marks_json(unsigned marks)
{
	json_t *a = json_array();
	for (int i = 0; i < MARK_COUNT; i++)
		if (marks & (1u << i))
			json_array_append_new(a, json_string(launch_mark_names[i]));
	return a;
}

static json_t *pressure_json(const struct launch *l)
{
	json_t *o = json_object();
	for (int i = 0; i < PRESSURE_COUNT; i++)
		json_object_set_new(o, pressure_names[i], number(l->pressure_s[i]));
	return o;
}

static json_t *calls_json(const struct calls *c)
{
	json_t *a = json_array();
	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(a, json_pack("{s:s, s:i, s:f, s:f}", "call", c->v[i].name, "count", (int)c->v[i].count,
		                                   "qemu_s", c->v[i].qemu_s, "libvirt_s", c->v[i].libvirt_s));
	return a;
}

static void read_calls(const json_t *a, struct calls **ret)
{
	size_t i;
	json_t *v;
	if (!json_array_size(a))
		return;
	struct calls *calls = *ret = xcalloc(1, sizeof(**ret));
	json_array_foreach(a, i, v) {
		if (calls->n == CALLS_MAX || !json_is_string(json_object_get(v, "call")))
			continue;
		struct call *c = &calls->v[calls->n++];
		snprintf(c->name, sizeof(c->name), "%s", json_string_value(json_object_get(v, "call")));
		c->count = (unsigned)json_integer_value(json_object_get(v, "count"));
		c->qemu_s = json_number_value(json_object_get(v, "qemu_s"));
		c->libvirt_s = json_number_value(json_object_get(v, "libvirt_s"));
	}
}

static json_t *work_json(const struct launch *l)
{
	json_t *why = text(l->work_unknown);
	return json_pack("{s:o, s:o, s:o}", "amount", json_integer((json_int_t)l->result.worked), "cpu_s", number(l->work_cpu_s), "unknown",
	                 why ? why : json_string("(the reason is not UTF-8)"));
}

static void read_work(const json_t *o, struct launch *l)
{
	l->result.worked = json_number_value(json_object_get(o, "amount"));
	l->work_cpu_s = read_number(json_object_get(o, "cpu_s"));
	l->work_unknown = xstrdup(json_string_value(json_object_get(o, "unknown")));
}

json_t *json_from_launch(const struct launch *l)
{
	const struct result *r = &l->result;
	json_t *o = json_object();
	json_object_set_new(o, "arm", json_string(l->arm));
	json_object_set_new(o, "workload", json_string(l->workload));
	json_object_set_new(o, "launch", json_integer(l->number));
	json_object_set_new(o, "block", json_integer(l->block));
	json_object_set_new(o, "started", text(l->started));
	json_object_set_new(o, "ok", json_boolean(l->ok));
	json_object_set_new(o, "cannot", json_boolean(l->cannot));
	/* A message may carry a guest's last words: what is not UTF-8 in it must not lose the launch. */
	json_t *error = text(l->error);
	json_object_set_new(o, "error", error ? error : json_string("(the message is not UTF-8)"));
	json_object_set_new(o, "startup_s", number(launch_startup_s(l)));
	json_object_set_new(o, "phases", phases_json(l));
	json_object_set_new(o, "ready_s", since(l, r->ready_ns));
	json_object_set_new(o, "begin_s", since(l, r->begin_ns));
	json_object_set_new(o, "done_s", since(l, r->done_ns));
	json_object_set_new(o, "end_s", since(l, r->end_ns));
	json_object_set_new(o, "inside_s", r->done_ns ? json_real(r->inside_s) : json_null());
	json_object_set_new(o, "seen", json_from_kvs(&r->seen));
	json_object_set_new(o, "params", json_from_kvs(&r->params));
	json_object_set_new(o, "digest", text(r->digest));
	json_object_set_new(o, "metrics", metrics_json(r));
	json_object_set_new(o, "footprint", json_from_footprint(&l->footprint));
	if (r->worked > 0)
		json_object_set_new(o, "work", work_json(l));
	if (l->calls && l->calls->n)
		json_object_set_new(o, "calls", calls_json(l->calls));
	json_object_set_new(o, "steal_s", number(l->steal_s));
	json_object_set_new(o, "pressure_s", pressure_json(l));
	json_object_set_new(o, "others_s", number(l->others_s));
	json_object_set_new(o, "throttled", json_integer(l->throttled));
	json_object_set_new(o, "frequency_hz", l->frequency_hz > 0 ? json_real(l->frequency_hz) : json_null());
	json_object_set_new(o, "temperature_c", l->temperature_c > 0 ? json_real(l->temperature_c) : json_null());
	json_object_set_new(o, "wall_s", number(l->wall_s));
	json_object_set_new(o, "marks", marks_json(l->marks));
	if (l->ends)
		json_object_set_new(o, "ends", json_string(cell_end_names[l->ends]));
	return o;
}

/* Reading back. The start request is put at 1 ns. */

static int64_t stamp(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	return json_is_number(v) ? LAUNCH_ORIGIN_NS + llround(json_number_value(v) * 1e9) : 0;
}

static void read_phases(const json_t *o, struct phases *ret)
{
	size_t i;
	json_t *p;
	json_array_foreach(json_object_get(o, "phases"), i, p)
		if (json_is_string(json_object_get(p, "name")))
			phases_mark(ret, json_string_value(json_object_get(p, "name")), stamp(p, "end_s"));
}

static void copy(char *to, size_t size, const json_t *v)
{
	const char *s = json_string_value(v);
	snprintf(to, size, "%s", s ? s : "");
}

/* The values of an array of samples, appended to the series. */
static void read_samples(const json_t *a, struct series *s)
{
	size_t n = json_array_size(a);
	s->v = xrealloc(s->v, s->n + n, sizeof(*s->v));
	for (size_t k = 0; k < n; k++) {
		const json_t *v = json_array_get(a, k);
		s->v[s->n + k] = json_is_number(v) ? json_number_value(v) : NAN;
	}
	s->n = s->cap = s->n + n;
}

static int read_series(const json_t *m, struct result *r, struct err *err)
{
	const json_t *histogram = json_object_get(m, "histogram");
	if (r->n_series == METRICS_MAX || !json_is_string(json_object_get(m, "name")))
		return 0;
	struct series *s = &r->series[r->n_series++];
	copy(s->metric, sizeof(s->metric), json_object_get(m, "name"));
	read_samples(json_object_get(m, "warmup"), s);
	s->n_warm = s->n;
	read_samples(json_object_get(m, "samples"), s);
	return histogram && !json_is_null(histogram) ? json_to_histogram(histogram, &s->histogram, err) : 0;
}

static int read_result(const json_t *o, struct result *r, struct err *err)
{
	r->ready_ns = stamp(o, "ready_s");
	r->begin_ns = stamp(o, "begin_s");
	r->done_ns = stamp(o, "done_s");
	r->end_ns = stamp(o, "end_s");
	r->inside_s = json_number_value(json_object_get(o, "inside_s"));
	json_to_kvs(json_object_get(o, "seen"), &r->seen);
	json_to_kvs(json_object_get(o, "params"), &r->params);
	copy(r->digest, sizeof(r->digest), json_object_get(o, "digest"));
	size_t i;
	json_t *m;
	json_array_foreach(json_object_get(o, "metrics"), i, m) {
		int e = read_series(m, r, err);
		if (e < 0)
			return e;
	}
	return 0;
}

static unsigned read_marks(const json_t *a)
{
	unsigned marks = 0;
	size_t i;
	json_t *v;
	json_array_foreach((json_t *)a, i, v)
		for (int k = 0; k < MARK_COUNT; k++)
			if (json_is_string(v) && strcmp(json_string_value(v), launch_mark_names[k]) == 0)
				marks |= 1u << k;
	return marks;
}

int json_to_launch(const json_t *o, struct launch *ret, struct err *err)
{
	const char *arm, *workload, *started;
	const json_t *at = json_object_get(o, "started");
	json_int_t number_, block;
	int ok;
	json_error_t e;
	if (json_unpack_ex((json_t *)o, &e, 0, "{s:s, s:s, s:I, s:I, s:b}", "arm", &arm, "workload", &workload, "launch", &number_, "block", &block,
	                   "ok", &ok) < 0)
		return err_setf(err, -EINVAL, "%s", e.text);
	if (!json_is_string(at) && !json_is_null(at))
		return err_setf(err, -EINVAL, "started: expected a time of day, or null");
	started = json_is_string(at) ? json_string_value(at) : "";
	struct launch *l = ret;
	*l = (struct launch){ .arm = xstrdup(arm), .workload = xstrdup(workload), .number = (unsigned)number_,
	                      .block = (unsigned)block, .ok = ok,
	                      .cannot = !ok && json_is_true(json_object_get(o, "cannot")) };
	snprintf(l->started, sizeof(l->started), "%s", started);
	l->error = xstrdup(json_string_value(json_object_get(o, "error")));
	l->phases.start_ns = LAUNCH_ORIGIN_NS;
	read_phases(o, &l->phases);
	int r = read_result(o, &l->result, err);
	if (r < 0) {
		launch_free(l);
		return r;
	}
	snprintf(l->result.workload, sizeof(l->result.workload), "%s", workload);
	json_to_footprint(json_object_get(o, "footprint"), &l->footprint);
	read_work(json_object_get(o, "work"), l);
	read_calls(json_object_get(o, "calls"), &l->calls);
	l->steal_s = read_number(json_object_get(o, "steal_s"));
	for (int k = 0; k < PRESSURE_COUNT; k++)
		l->pressure_s[k] = read_number(json_object_get(json_object_get(o, "pressure_s"), pressure_names[k]));
	l->others_s = read_number(json_object_get(o, "others_s"));
	l->throttled = (unsigned)json_integer_value(json_object_get(o, "throttled"));
	l->frequency_hz = json_number_value(json_object_get(o, "frequency_hz"));
	l->temperature_c = json_number_value(json_object_get(o, "temperature_c"));
	l->wall_s = read_number(json_object_get(o, "wall_s"));
	l->ends = cell_end_find(json_string_value(json_object_get(o, "ends")));
	l->marks = read_marks(json_object_get(o, "marks"));
	return 0;
}

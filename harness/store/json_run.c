/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_run.c - run.json: a run without its launches. */
#include "store/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static json_t *text(const char *s)
{
	return s ? json_string(s) : json_null();
}

static char *take_text(const json_t *o, const char *key)
{
	return xstrdup(json_string_value(json_object_get(o, key)));
}

static json_t *arms_json(const struct run *r)
{
	json_t *a = json_array();
	for (size_t i = 0; i < r->n_arms + r->n_twins; i++) {
		const struct run_arm *x = &r->arms[i];
		json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:o}", "name", x->name, "driver", x->driver, "label", x->label, "accel",
		                      text(x->accel), "available", x->available, "reason", text(x->reason), "options",
		                      json_from_kvs(&x->options), "facts", json_from_kvs(&x->facts));
		if (x->twin_of)
			json_object_set_new(o, "twin_of", json_string(x->twin_of));
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *workloads_json(const struct run *r)
{
	json_t *a = json_array();
	for (size_t i = 0; i < r->n_workloads; i++) {
		const struct run_workload *w = &r->workloads[i];
		json_t *o = json_pack("{s:s, s:s, s:i, s:o}", "name", w->name, "workload", w->workload ? w->workload->name : w->name, "launches",
		                      (int)w->launches, "params", json_from_kvs(&w->params));
		if (w->own)
			json_object_set_new(o, "metrics", json_from_own(w->own));
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *ladder_json(const struct ladder *l)
{
	json_t *a = json_array();
	for (size_t i = 0; i < l->n; i++)
		json_array_append_new(a, json_pack("{s:s, s:o}", "arm", l->v[i].arm, "adds", text(l->v[i].adds)));
	return a;
}

static json_t *cannot_json(const struct cannots *l)
{
	json_t *a = json_array();
	for (size_t i = 0; i < l->n; i++)
		json_array_append_new(a, json_pack("{s:s, s:s, s:s}", "arm", l->v[i].arm, "workload", l->v[i].workload, "reason",
		                                   l->v[i].reason));
	return a;
}

json_t *json_from_run(const struct run *r)
{
	json_t *o = json_object(), *warnings = json_array();
	for (size_t i = 0; i < r->warnings.n; i++)
		json_array_append_new(warnings, json_string(r->warnings.v[i]));
	json_object_set_new(o, "schema", json_integer(RUN_SCHEMA));
	json_object_set_new(o, "id", json_string(r->id));
	json_object_set_new(o, "tool", json_pack("{s:s, s:s, s:s?}", "name", "isocost", "version", r->tool_version, "commit",
	                                         r->tool_commit));
	json_object_set_new(o, "suite", json_pack("{s:s, s:s}", "name", r->suite, "text", r->suite_text));
	json_object_set_new(o, "seed", json_integer((json_int_t)r->seed));
	json_object_set_new(o, "margin", json_real(r->margin));
	if (run_is_imported(r))
		json_object_set_new(o, "imported", json_from_sources(r));
	json_object_set_new(o, "envelope", run_is_imported(r) ? json_null() : json_pack("{s:s, s:i, s:I, s:i}", "cpu_list", r->cpu_list, "cpus",
	                                                                               (int)r->cpus, "memory", (json_int_t)r->memory, "pids",
	                                                                               (int)r->pids));
	json_object_set_new(o, "isoload_sha256", text(r->isoload_sha256));
	json_object_set_new(o, "started", json_string(r->started));
	json_object_set_new(o, "ended", text(r->ended));
	json_object_set_new(o, "planned", json_integer(r->planned));
	json_object_set_new(o, "arms", arms_json(r));
	json_object_set_new(o, "ladder", ladder_json(&r->ladder));
	json_object_set_new(o, "workloads", workloads_json(r));
	if (r->adaptive.on)
		json_object_set_new(o, "adaptive", json_from_adaptive(r));
	json_object_set_new(o, "cannot", cannot_json(&r->cannot));
	if (r->n_aa)
		json_object_set_new(o, "aa", json_from_aa(r->aa, r->n_aa));
	json_object_set_new(o, "host", json_pack("{s:o, s:o}", "before", json_from_kvs(&r->host_before), "after",
	                                         r->host_after.n ? json_from_kvs(&r->host_after) : json_null()));
	json_object_set_new(o, "warnings", warnings);
	return o;
}

static void read_arm(const json_t *o, struct run_arm *ret)
{
	*ret = (struct run_arm){ .name = take_text(o, "name"), .driver = take_text(o, "driver"), .label = take_text(o, "label"),
	                         .accel = take_text(o, "accel"), .reason = take_text(o, "reason"),
	                         .available = json_is_true(json_object_get(o, "available")),
	                         .twin_of = take_text(o, "twin_of") };
	json_to_kvs(json_object_get(o, "options"), &ret->options);
	json_to_kvs(json_object_get(o, "facts"), &ret->facts);
	/* A file that someone edited must not crash the reader. */
	char **must[] = { &ret->name, &ret->driver, &ret->label };
	for (size_t i = 0; i < 3; i++)
		if (!*must[i])
			*must[i] = xstrdup(ret->name ? ret->name : "?");
}

static void read_workload(const json_t *o, bool imported, struct run_workload *ret)
{
	const char *name = json_string_value(json_object_get(o, "name"));
	const char *workload = json_string_value(json_object_get(o, "workload"));
	*ret = (struct run_workload){ .name = xstrdup(name ? name : "?"), .workload = workload ? registry_find(workload) : NULL,
	                              .launches = (unsigned)json_integer_value(json_object_get(o, "launches")) };
	json_to_kvs(json_object_get(o, "params"), &ret->params);
	if (imported)
		ret->workload = ret->own = json_to_own(ret->name, json_object_get(o, "metrics"));
}

/* Runs of a time when there were no ladders have none. A rung that is no arm of the run, as a file that someone edited may
 * have it, is dropped. */
static void read_ladder(const json_t *o, struct run *r)
{
	size_t i;
	json_t *v;
	json_array_foreach(json_object_get(o, "ladder"), i, v) {
		const char *arm = json_string_value(json_object_get(v, "arm"));
		if (arm && run_arm(r, arm))
			ladder_add(&r->ladder, arm, json_string_value(json_object_get(v, "adds")));
	}
}

/* Runs of a time when this was not told have none. */
static void read_cannot(const json_t *o, struct run *r)
{
	size_t i;
	json_t *v;
	json_array_foreach(json_object_get(o, "cannot"), i, v) {
		const char *arm = json_string_value(json_object_get(v, "arm")), *workload = json_string_value(json_object_get(v, "workload"));
		const char *reason = json_string_value(json_object_get(v, "reason"));
		if (arm && workload)
			cannots_add(&r->cannot, arm, workload, reason ? reason : "no reason was recorded");
	}
}

/* A twin of nothing, as a file that someone edited may have it, is an arm like any other. */
static bool is_twin(const json_t *arms, const json_t *o)
{
	const char *of = json_string_value(json_object_get(o, "twin_of"));
	size_t i;
	json_t *v;
	json_array_foreach((json_t *)arms, i, v) {
		const char *name = json_string_value(json_object_get(v, "name"));
		if (of && name && v != o && strcmp(name, of) == 0 && !json_is_string(json_object_get(v, "twin_of")))
			return true;
	}
	return false;
}

static void read_lists(const json_t *o, struct run *r)
{
	const json_t *arms = json_object_get(o, "arms"), *workloads = json_object_get(o, "workloads");
	size_t i;
	json_t *v;
	r->arms = xcalloc(json_array_size(arms), sizeof(*r->arms));
	json_array_foreach((json_t *)arms, i, v)
		if (!is_twin(arms, v))
			read_arm(v, &r->arms[r->n_arms++]);
	json_array_foreach((json_t *)arms, i, v)
		if (is_twin(arms, v))
			read_arm(v, &r->arms[r->n_arms + r->n_twins++]);
	json_to_adaptive(json_object_get(o, "adaptive"), r);
	json_to_aa(json_object_get(o, "aa"), r);
	read_ladder(o, r);
	r->workloads = xcalloc(json_array_size(workloads), sizeof(*r->workloads));
	json_array_foreach((json_t *)workloads, i, v)
		read_workload(v, run_is_imported(r), &r->workloads[r->n_workloads++]);
	read_cannot(o, r);
	json_array_foreach(json_object_get(o, "warnings"), i, v)
		if (json_is_string(v))
			strv_add(&r->warnings, json_string_value(v));
}

/* That of an imported run is not known. */
static int read_envelope(const json_t *o, struct run *r, struct err *err)
{
	json_error_t e;
	json_int_t memory = 0;
	const char *cpu_list = "";
	int cpus = 0, pids = 0;
	if (!run_is_imported(r) && json_unpack_ex((json_t *)o, &e, 0, "{s:{s:s, s:i, s:I, s:i}}", "envelope", "cpu_list", &cpu_list, "cpus",
	                                          &cpus, "memory", &memory, "pids", &pids) < 0)
		return err_setf(err, -EINVAL, "%s", e.text);
	r->cpu_list = xstrdup(cpu_list);
	r->cpus = (unsigned)cpus;
	r->pids = (unsigned)pids;
	r->memory = (uint64_t)memory;
	return 0;
}

int json_to_run(const json_t *o, struct run *r, struct err *err)
{
	json_error_t e;
	json_int_t schema, seed, planned;
	const char *id, *version, *suite, *suite_text, *started;
	if (json_unpack_ex((json_t *)o, &e, 0, "{s:I, s:s, s:{s:s}, s:{s:s, s:s}, s:I, s:F, s:s, s:I}", "schema", &schema, "id", &id, "tool",
	                   "version", &version, "suite", "name", &suite, "text", &suite_text, "seed", &seed, "margin", &r->margin, "started",
	                   &started, "planned", &planned) < 0)
		return err_setf(err, -EINVAL, "%s", e.text);
	if (schema != RUN_SCHEMA)
		return err_setf(err, -EINVAL, "schema %lld, this version of isocost reads %d", (long long)schema, RUN_SCHEMA);
	json_to_sources(json_object_get(o, "imported"), r);
	if (read_envelope(o, r, err) < 0)
		return -EINVAL;
	r->id = xstrdup(id);
	r->tool_version = xstrdup(version);
	r->tool_commit = take_text(json_object_get(o, "tool"), "commit");
	r->suite = xstrdup(suite);
	r->suite_text = xstrdup(suite_text);
	r->started = xstrdup(started);
	r->ended = take_text(o, "ended");
	r->isoload_sha256 = take_text(o, "isoload_sha256");
	r->seed = (uint64_t)seed;
	r->planned = (unsigned)planned;
	const json_t *host = json_object_get(o, "host");
	json_to_kvs(json_object_get(host, "before"), &r->host_before);
	json_to_kvs(json_object_get(host, "after"), &r->host_after);
	read_lists(o, r);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_imported.c - what run.json says only of a run that was imported: where from, and what its workloads measure. */
#include "store/json.h"

#include <string.h>

static json_t *text(const char *s)
{
	return s ? json_string(s) : json_null();
}

static char *take_text(const json_t *o, const char *key, const char *otherwise)
{
	const char *s = json_string_value(json_object_get(o, key));
	return xstrdup(s ? s : otherwise);
}

json_t *json_from_sources(const struct run *r)
{
	json_t *a = json_array();
	for (size_t i = 0; i < r->n_sources; i++) {
		const struct run_source *s = &r->sources[i];
		json_array_append_new(a, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "file", s->file, "sha256", s->sha256, "format", s->format,
		                                   "tool", s->tool, "arm", text(s->arm), "context", json_from_kvs(&s->context)));
	}
	return a;
}

/* A file that someone edited must not crash the reader. */
void json_to_sources(const json_t *a, struct run *r)
{
	size_t i;
	json_t *v;
	r->sources = xcalloc(json_array_size(a) + 1, sizeof(*r->sources));
	json_array_foreach((json_t *)a, i, v) {
		struct run_source *s = &r->sources[r->n_sources++];
		*s = (struct run_source){ .file = take_text(v, "file", "?"), .sha256 = take_text(v, "sha256", ""), .format = take_text(v, "format", "?"),
			                  .tool = take_text(v, "tool", "another tool"), .arm = take_text(v, "arm", NULL) };
		json_to_kvs(json_object_get(v, "context"), &s->context);
	}
}

json_t *json_from_own(const struct workload *w)
{
	json_t *a = json_array();
	for (size_t i = 0; i < METRICS_MAX && w->metrics[i].name; i++) {
		const struct metric *m = &w->metrics[i];
		json_array_append_new(a, json_pack("{s:s, s:s, s:s, s:o}", "name", m->name, "unit", m->unit, "better",
		                                   m->better == BETTER_LOWER ? "lower" : "higher", "what", text(m->what)));
	}
	return a;
}

struct workload *json_to_own(const char *name, const json_t *a)
{
	struct workload *w = run_own_workload(name);
	size_t i;
	json_t *v;
	json_array_foreach((json_t *)a, i, v) {
		const char *metric = json_string_value(json_object_get(v, "name")), *unit = json_string_value(json_object_get(v, "unit"));
		const char *better = json_string_value(json_object_get(v, "better"));
		if (metric && *metric)
			run_own_metric(w, metric, unit ? unit : "", better && strcmp(better, "higher") == 0 ? BETTER_HIGHER : BETTER_LOWER,
			               json_string_value(json_object_get(v, "what")));
	}
	return w;
}

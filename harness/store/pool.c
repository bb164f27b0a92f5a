/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pool.c - runs of one plan, build and host as one run. Its files are edited as JSON, so that fields which this version does not know stay. */
#include "store/gathered_parts.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Where the numbers of a run's launches begin. */
struct offset {
	json_t *cells;                  /* "arm\nworkload" -> launches of it in the runs before */
	json_int_t block, next_block;
};

static void file_closep(FILE **f)
{
	if (*f)
		fclose(*f);
}

static char *cell_of(const json_t *o)
{
	return xasprintf("%s\n%s", json_string_value(json_object_get(o, "arm")), json_string_value(json_object_get(o, "workload")));
}

static void number_on(struct offset *at, json_t *counted, const char *source, json_t *o)
{
	cleanup_free char *cell = cell_of(o);
	json_int_t before = json_integer_value(json_object_get(at->cells, cell)), launch = json_integer_value(json_object_get(o, "launch"));
	json_int_t block = at->block + json_integer_value(json_object_get(o, "block"));
	json_int_t end = json_integer_value(json_object_get(counted, cell));
	json_object_set_new(o, "launch", json_integer(before + launch));
	json_object_set_new(o, "block", json_integer(block));
	json_object_set_new(o, "source", json_string(source));
	json_object_set_new(counted, cell, json_integer(before + launch + 1 > end ? before + launch + 1 : end));
	at->next_block = block + 1 > at->next_block ? block + 1 : at->next_block;
}

static int add_journal(const struct gathered_run *r, struct offset *at, FILE *to, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/journal.jsonl", r->dir), *line = NULL;
	cleanup(file_closep) FILE *f = fopen(path, "re");
	if (!f)
		return err_sysf(err, -errno, "%s", path);
	json_t *counted = json_deep_copy(at->cells);
	size_t cap = 0;
	int e = 0;
	for (int n = 1; e == 0 && getline(&line, &cap, f) > 0; n++) {
		json_error_t error;
		json_t *o = json_loads(line, 0, &error);
		if (!o) {
			e = err_setf(err, -EINVAL, "%s:%d: %s", path, n, error.text);
			break;
		}
		number_on(at, counted, r->id, o);
		json_dumpf(o, to, JSON_COMPACT | JSON_PRESERVE_ORDER);
		fputc('\n', to);
		json_decref(o);
	}
	json_decref(at->cells);
	at->cells = counted;
	at->block = at->next_block;
	return e;
}

static int write_journal(const struct gathered *g, const char *tmp, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/journal.jsonl", tmp);
	FILE *to = fopen(path, "we");
	if (!to)
		return err_sysf(err, -errno, "%s", path);
	struct offset at = { .cells = json_object() };
	int r = 0;
	for (size_t i = 0; i < g->n && r == 0; i++)
		r = add_journal(&g->v[i], &at, to, err);
	json_decref(at.cells);
	if (ferror(to) && r == 0)
		r = err_setf(err, -EIO, "can't write %s", path);
	if (fclose(to) != 0 && r == 0)
		r = err_sysf(err, -errno, "can't write %s", path);
	return r;
}

static int load(const char *dir, json_t **ret, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/run.json", dir);
	json_error_t e;
	*ret = json_load_file(path, 0, &e);
	return *ret ? 0 : err_setf(err, -EINVAL, "%s:%d: %s", path, e.line, e.text);
}

static void add_to(json_t *o, const char *key, const json_t *more)
{
	json_object_set_new(o, key, json_integer(json_integer_value(json_object_get(o, key)) + json_integer_value(json_object_get(more, key))));
}

/* Entries of a list that the other has not. */
static void add_entries(json_t *o, const char *key, const json_t *more)
{
	json_t *list = json_object_get(o, key), *v, *w;
	size_t i, k;
	json_array_foreach(json_object_get(more, key), i, v) {
		bool known = false;
		json_array_foreach(list, k, w)
			known = known || json_equal(v, w);
		if (!known)
			json_array_append(list, v);
	}
}

static bool same_cell(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "arm"), json_object_get(b, "arm")) && json_equal(json_object_get(a, "workload"), json_object_get(b, "workload"));
}

/* A cell that ended differently in two runs did not reach its precision in both; the width of the pooled interval is another. */
static void add_adaptive(json_t *o, const json_t *more)
{
	json_t *cells = json_object_get(json_object_get(o, "adaptive"), "cells"), *mine, *its;
	size_t i, k;
	json_array_foreach(json_object_get(json_object_get(more, "adaptive"), "cells"), i, its) {
		bool known = false;
		json_array_foreach(cells, k, mine) {
			if (!same_cell(mine, its))
				continue;
			known = true;
			add_to(mine, "launches", its);
			json_object_set_new(mine, "half_width", json_null());
			const char *by = json_string_value(json_object_get(mine, "ended_by"));
			if (by && strcmp(by, "precision") == 0)
				json_object_set(mine, "ended_by", json_object_get(its, "ended_by"));
		}
		if (!known)
			json_array_append(cells, its);
	}
}

/* What the pooled run is of one more: sums, warnings, its end. Workloads are in the same order: it is the same suite. */
static void add_run(json_t *o, const json_t *more)
{
	size_t i;
	json_t *w;
	add_to(o, "planned", more);
	json_array_foreach(json_object_get(o, "workloads"), i, w)
		add_to(w, "launches", json_array_get(json_object_get(more, "workloads"), i));
	add_entries(o, "warnings", more);
	add_entries(o, "cannot", more);
	add_adaptive(o, more);
	json_object_set(o, "ended", json_object_get(more, "ended"));
	json_object_set(json_object_get(o, "host"), "after", json_object_get(json_object_get(more, "host"), "after"));
}

static json_t *source(const struct gathered_run *r, const json_t *run)
{
	return json_pack("{s:s, s:s, s:O, s:I, s:s}", "id", r->id, "started", r->started, "seed", json_object_get(run, "seed"), "launches",
	                 (json_int_t)r->launches, "journal_sha256", r->sha256);
}

static int write_run(const struct gathered *g, const char *to, const char *tmp, struct err *err)
{
	const char *slash = strrchr(to, '/');
	cleanup_free char *path = xasprintf("%s/run.json", tmp);
	json_t *o, *sources = json_array();
	int r = load(g->v[0].dir, &o, err);
	if (r == 0)
		json_array_append_new(sources, source(&g->v[0], o));
	for (size_t i = 1; i < g->n && r == 0; i++) {
		json_t *more;
		r = load(g->v[i].dir, &more, err);
		if (r < 0)
			break;
		add_run(o, more);
		json_array_append_new(sources, source(&g->v[i], more));
		json_decref(more);
	}
	if (r == 0) {
		cleanup_free char *said = xasprintf("launches of %zu runs are pooled: they are interleaved within each, not between them", g->n);
		json_array_append_new(json_object_get(o, "warnings"), json_string(said));
		json_object_set_new(o, "id", json_string(slash && slash[1] ? slash + 1 : to));
		json_object_set(o, "sources", sources);
		r = gathered_put_json(o, path, err);
	}
	json_decref(o);
	json_decref(sources);
	return r;
}

int gathered_pool(const struct gathered *g, const char *to, struct err *err)
{
	cleanup_free char *tmp = NULL;
	int r = gathered_begin(to, &tmp, err);
	if (r < 0)
		return r;
	r = write_run(g, to, tmp, err);
	if (r == 0)
		r = write_journal(g, tmp, err);
	for (size_t i = 0; i < g->n && r == 0; i++) {
		cleanup_free char *parent = xasprintf("%s/sources", tmp), *dir = xasprintf("%s/%zu-%s", parent, i + 1, g->v[i].id);
		r = gathered_copy(g->v[i].dir, dir, false, err);
	}
	return gathered_end(r, tmp, to, err);
}

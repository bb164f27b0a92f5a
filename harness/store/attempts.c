/* SPDX-License-Identifier: GPL-3.0-or-later */
/* attempts.c - what came of escape attempts, as JSON and back. */
#include "store/attempts.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* ---- writing ---- */

static json_t *arm_json(const struct attempts *a, size_t k)
{
	const struct attempt_arm *arm = &a->arms[k];
	json_t *counted = json_object(), *warnings = json_array();
	unsigned n[ATTEMPT_OUTCOMES] = { 0 };
	for (size_t i = 0; i < a->n; i++)
		n[a->v[i].v[k].outcome]++;
	for (int o = 0; o < ATTEMPT_OUTCOMES; o++)
		json_object_set_new(counted, attempt_outcomes[o], json_integer(n[o]));
	for (size_t i = 0; i < arm->warnings.n; i++)
		json_array_append_new(warnings, json_string(arm->warnings.v[i]));
	return json_pack("{s:s, s:s, s:s, s:b, s:o, s:i, s:o}", "name", arm->name, "label", arm->label, "driver", arm->driver,
	                 "own_kernel", arm->own_kernel, "outcomes", counted, "reached_host", (int)attempts_count(a, k, ATTEMPT_ESCAPED),
	                 "warnings", warnings);
}

static json_t *attempt_json(const struct attempts *a, size_t i)
{
	const struct attempt *t = &a->v[i];
	json_t *results = json_object();
	for (size_t k = 0; k < a->n_arms; k++) {
		const struct attempt_result *r = &t->v[k];
		json_object_set_new(results, a->arms[k].name,
		                    json_pack("{s:s, s:s?, s:s?, s:b}", "outcome", attempt_outcomes[r->outcome], "code", r->code, "text", r->text,
		                              "reached_host", attempts_end(a, i, k) == ATTEMPT_ESCAPED));
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "name", t->name, "topic", t->topic, "tries", t->tries, "held_by", t->held_by,
	                 "target", t->outside ? "outside" : "kernel", "results", results);
}

static json_t *to_json(const struct attempts *a)
{
	json_t *columns = json_array(), *rows = json_array();
	for (size_t k = 0; k < a->n_arms; k++)
		json_array_append_new(columns, arm_json(a, k));
	for (size_t i = 0; i < a->n; i++)
		json_array_append_new(rows, attempt_json(a, i));
	return json_pack("{s:i, s:s, s:{s:s, s:s}, s:o, s:o}", "version", ATTEMPTS_SCHEMA, "tried", a->tried, "host", "name", a->host, "kernel",
	                 a->kernel, "arms", columns, "attempts", rows);
}

int attempts_write(const struct attempts *a, FILE *to)
{
	json_t *all = to_json(a);
	int r = !all || json_dumpf(all, to, JSON_INDENT(2)) < 0 || putc('\n', to) < 0 ? -EIO : 0;
	json_decref(all);
	return r;
}

int attempts_put(const struct attempts *a, const char *dir, struct err *err)
{
	json_t *all = to_json(a);
	cleanup_free char *path = xasprintf("%s/%s", dir, ATTEMPTS_FILE), *text = all ? json_dumps(all, JSON_INDENT(1)) : NULL;
	json_decref(all);
	if (!text)
		return err_setf(err, -EINVAL, "%s: a label or a warning is not UTF-8", path);
	int r = fs_replace(path, text, strlen(text), 0644);
	return r < 0 ? err_sysf(err, r, "can't write %s", path) : 0;
}

/* ---- reading ---- */

static int read_arm(const json_t *o, struct attempt_arm *ret, struct err *err)
{
	const char *name, *label, *driver;
	int own;
	if (json_unpack((json_t *)o, "{s:s, s:s, s:s, s:b}", "name", &name, "label", &label, "driver", &driver, "own_kernel", &own) < 0)
		return err_setf(err, -EINVAL, "arms: expected name, label, driver and own_kernel of each");
	*ret = (struct attempt_arm){ .name = xstrdup(name), .label = xstrdup(label), .driver = xstrdup(driver), .own_kernel = own };
	const json_t *warnings = json_object_get(o, "warnings");
	for (size_t i = 0; i < json_array_size(warnings); i++)
		if (json_is_string(json_array_get(warnings, i)))
			strv_add(&ret->warnings, json_string_value(json_array_get(warnings, i)));
	return 0;
}

static int read_result(const json_t *o, struct attempt_result *ret)
{
	const char *outcome = json_string_value(json_object_get(o, "outcome"));
	const char *code = json_string_value(json_object_get(o, "code")), *text = json_string_value(json_object_get(o, "text"));
	for (int k = 0; outcome && k < ATTEMPT_OUTCOMES; k++)
		if (strcmp(outcome, attempt_outcomes[k]) == 0) {
			*ret = (struct attempt_result){ k, xstrdup(code), xstrdup(text) };
			return 0;
		}
	return -EINVAL;
}

static int read_attempt(const json_t *o, const struct attempts *a, struct attempt *ret, struct err *err)
{
	const char *name, *topic, *tries, *held_by, *target;
	json_t *results;
	if (json_unpack((json_t *)o, "{s:s, s:s, s:s, s:s, s:s, s:o}", "name", &name, "topic", &topic, "tries", &tries, "held_by", &held_by,
	                "target", &target, "results", &results) < 0)
		return err_setf(err, -EINVAL, "attempts: expected name, topic, tries, held_by, target and results of each");
	ret->name = xstrdup(name);
	ret->topic = xstrdup(topic);
	ret->tries = xstrdup(tries);
	ret->held_by = xstrdup(held_by);
	ret->outside = strcmp(target, "outside") == 0;
	for (size_t k = 0; k < a->n_arms; k++)
		if (read_result(json_object_get(results, a->arms[k].name), &ret->v[k]) < 0)
			return err_setf(err, -EINVAL, "attempt %s in arm %s: expected an outcome: held, escaped, unexpected or na", name, a->arms[k].name);
	return 0;
}

static int from_json(const json_t *o, struct attempts **ret, struct err *err)
{
	int version;
	const char *tried, *host, *kernel;
	json_t *arms, *rows;
	if (json_unpack((json_t *)o, "{s:i, s:s, s:{s:s, s:s}, s:o, s:o}", "version", &version, "tried", &tried, "host", "name", &host, "kernel",
	                &kernel, "arms", &arms, "attempts", &rows) < 0)
		return err_setf(err, -EINVAL, "expected version, tried, host, arms and attempts, as `isocost isolation --run` writes them");
	if (version != ATTEMPTS_SCHEMA)
		return err_setf(err, -EINVAL, "version %d; this isocost reads %d", version, ATTEMPTS_SCHEMA);
	cleanup(attempts_freep) struct attempts *a = attempts_new(json_array_size(arms), json_array_size(rows));
	a->tried = xstrdup(tried);
	a->host = xstrdup(host);
	a->kernel = xstrdup(kernel);
	for (size_t k = 0; k < a->n_arms; k++) {
		int r = read_arm(json_array_get(arms, k), &a->arms[k], err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < a->n; i++) {
		int r = read_attempt(json_array_get(rows, i), a, &a->v[i], err);
		if (r < 0)
			return r;
	}
	*ret = ptr_steal(&a);
	return 0;
}

int attempts_load(const char *dir, struct attempts **ret, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/%s", dir, ATTEMPTS_FILE);
	json_error_t e;
	*ret = NULL;
	if (!fs_exists(path))
		return 0;
	json_t *o = json_load_file(path, 0, &e);
	if (!o)
		return err_setf(err, -EINVAL, "%s:%d: %s", path, e.line, e.text);
	int r = from_json(o, ret, err);
	json_decref(o);
	if (r < 0)
		err_wrapf(err, "%s", path);
	return r;
}

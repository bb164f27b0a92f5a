/* SPDX-License-Identifier: GPL-3.0-or-later */
/* opts.c - the options of a driver. */
#include "model/opts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct optdef *find(const struct optdef *table, const char *name)
{
	for (; table && table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

static int complain(const char *file, int line, struct err *err, const char *what)
{
	if (file && line)
		return err_setf(err, -EINVAL, "%s:%d: %s", file, line, what);
	return err_setf(err, -EINVAL, "%s", what);
}

static int unknown(const struct optdef *table, const struct kv *kv, const char *file, struct err *err)
{
	struct str b = { 0 };
	str_addf(&b, "unknown option '%s'; expected one of:", kv->key);
	for (const struct optdef *o = table; o && o->name; o++)
		str_addf(&b, " %s", o->name);
	complain(file, kv->line, err, b.s);
	str_free(&b);
	return -EINVAL;
}

const char *opts_missing(const struct optdef *table, const struct kvs *given)
{
	for (const struct optdef *o = table; o && o->name; o++)
		if (o->required && !kvs_get(given, o->name))
			return o->name;
	return NULL;
}

static int check_value(const struct optdef *o, const struct kv *kv, const char *file, struct err *err)
{
	struct err why = { 0 };
	if (!o->check || o->check(kv->val, &why) == 0)
		return 0;
	char *text = xasprintf("%s: %s", kv->key, why.msg);
	complain(file, kv->line, err, text);
	free(text);
	return -EINVAL;
}

int opts_resolve(const struct optdef *table, const struct kvs *given, const char *file, struct kvs *ret, struct err *err)
{
	for (size_t i = 0; i < given->n; i++) {
		const struct kv *kv = &given->v[i];
		const struct optdef *o = find(table, kv->key);
		if (!o)
			return unknown(table, kv, file, err);
		struct strv choices = { 0 };
		if (o->choices)
			strv_split(&choices, o->choices, " ");
		bool fits = !o->choices || strv_has(&choices, kv->val);
		strv_free(&choices);
		uint64_t size;
		if (o->least && (parse_size(kv->val, &size) < 0 || size < o->least)) {
			char *text = xasprintf("%s = %s: expected a size of at least %llu bytes, such as %s", kv->key, kv->val,
			                       (unsigned long long)o->least, o->def);
			complain(file, kv->line, err, text);
			free(text);
			return -EINVAL;
		}
		if (!fits) {
			char *text = xasprintf("%s = %s: expected one of: %s", kv->key, kv->val, o->choices);
			complain(file, kv->line, err, text);
			free(text);
			return -EINVAL;
		}
		if (check_value(o, kv, file, err) < 0)
			return -EINVAL;
	}
	const char *missing = opts_missing(table, given);
	if (missing)
		return err_setf(err, -EINVAL, "the option '%s' is missing", missing);
	for (const struct optdef *o = table; o && o->name; o++) {
		const char *val = kvs_get(given, o->name);
		kvs_set(ret, o->name, val ? val : o->def, 0);
	}
	return 0;
}

unsigned opts_choice(const struct optdef *table, const struct kvs *opts, const char *name)
{
	const char *val = kvs_get(opts, name);
	const struct optdef *o = find(table, name);
	struct strv choices = { 0 };
	unsigned found = 0;
	if (val && o && o->choices)
		strv_split(&choices, o->choices, " ");
	for (size_t i = 0; i < choices.n; i++)
		if (strcmp(choices.v[i], val) == 0)
			found = (unsigned)i;
	strv_free(&choices);
	return found;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_footprint.c - what a launch held of the host, as an object of its line in the journal. */
#include "store/json.h"

#include <math.h>
#include <string.h>

/* Seconds are real numbers, bytes whole ones. */
static bool is_seconds(const char *key)
{
	size_t len = strlen(key);
	return len > 2 && strcmp(key + len - 2, "_s") == 0;
}

static json_t *item(const struct footprint *f, enum footprint_item i)
{
	double v = footprint_get(f, i);
	if (!isfinite(v))
		return json_null();
	return is_seconds(footprint_defs[i].key) ? json_real(v) : json_integer((json_int_t)v);
}

json_t *json_from_footprint(const struct footprint *f)
{
	json_t *o = json_object();
	json_object_set_new(o, "memory_peak", f->memory_peak ? json_integer((json_int_t)f->memory_peak) : json_null());
	json_object_set_new(o, "cpu_s", f->cpu_s > 0 ? json_real(f->cpu_s) : json_null());
	if (!f->known && !f->unknown.n)
		return o;
	for (int i = 0; i < FOOTPRINT_ITEMS; i++)
		json_object_set_new(o, footprint_defs[i].key, item(f, (enum footprint_item)i));
	json_object_set_new(o, "unknown", json_from_kvs(&f->unknown));
	return o;
}

void json_to_footprint(const json_t *o, struct footprint *ret)
{
	ret->memory_peak = (uint64_t)json_integer_value(json_object_get(o, "memory_peak"));
	ret->cpu_s = json_number_value(json_object_get(o, "cpu_s"));
	for (int i = 0; i < FOOTPRINT_ITEMS; i++) {
		const json_t *v = json_object_get(o, footprint_defs[i].key);
		if (json_is_number(v))
			footprint_set(ret, (enum footprint_item)i, json_number_value(v));
	}
	json_to_kvs(json_object_get(o, "unknown"), &ret->unknown);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* density_held.c - what each of many instances holds. */
#include "density_held.h"

#include "base/cleanup.h"
#include "report/fmt.h"
#include "stats/quantile.h"

#include <stdio.h>

/* What can be read of a held instance; its start was not observed. */
static const struct {
	enum footprint_item item;
	const char *name;
} rows[] = {
	{ FOOTPRINT_PSS, "PSS" },
	{ FOOTPRINT_PRIVATE, "private memory" },
	{ FOOTPRINT_PAGE_TABLES, "page tables" },
	{ FOOTPRINT_KERNEL, "kernel's memory" },
	{ FOOTPRINT_GUEST_PAGES, "guest pages touched" },
	{ FOOTPRINT_IMAGE, "image" },
};
#define ROWS (sizeof(rows) / sizeof(*rows))

/* The values of an item, sorted. */
static size_t values(const struct density *d, enum footprint_item item, double *v)
{
	size_t n = 0;
	for (unsigned i = 0; i < d->n; i++)
		if (footprint_has(&d->held[i], item))
			v[n++] = d->held[i].v[item];
	stats_sort(v, n);
	return n;
}

/* The first reason that any instance gives. */
static const char *reason(const struct density *d, enum footprint_item item)
{
	for (unsigned i = 0; i < d->n; i++) {
		const char *why = kvs_get(&d->held[i].unknown, footprint_defs[item].key);
		if (why)
			return why;
	}
	return "it was not read";
}

static void print_row(const struct density *d, size_t i, double *v)
{
	size_t n = values(d, rows[i].item, v);
	if (n == 0) {
		printf("    %-20s unknown, %s\n", rows[i].name, reason(d, rows[i].item));
		return;
	}
	cleanup_free char *median = fmt_bytes(stats_quantile(v, n, 0.5)), *least = fmt_bytes(v[0]), *most = fmt_bytes(v[n - 1]);
	printf("    %-20s %s (%s … %s)\n", rows[i].name, median, least, most);
}

void density_held_print(const struct density *d)
{
	if (!d->held)
		return;
	cleanup_free double *v = xcalloc(d->n + 1, sizeof(*v));
	printf("  held by each of %u, median (least … most); PSS shares out what several map:\n", d->n);
	for (size_t i = 0; i < ROWS; i++)
		print_row(d, i, v);
}

json_t *density_held_json(const struct density *d)
{
	if (!d->held)
		return json_null();
	json_t *o = json_object(), *unknown = json_object();
	cleanup_free double *v = xcalloc(d->n + 1, sizeof(*v));
	for (size_t i = 0; i < ROWS; i++) {
		const char *key = footprint_defs[rows[i].item].key;
		size_t n = values(d, rows[i].item, v);
		if (n == 0) {
			json_object_set_new(o, key, json_null());
			json_object_set_new(unknown, key, json_string(reason(d, rows[i].item)));
			continue;
		}
		json_object_set_new(o, key, json_pack("{s:f, s:f, s:f, s:i}", "median", stats_quantile(v, n, 0.5), "least", v[0], "most",
		                                      v[n - 1], "n", (int)n));
	}
	json_object_set_new(o, "unknown", unknown);
	return o;
}

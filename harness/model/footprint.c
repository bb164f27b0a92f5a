/* SPDX-License-Identifier: GPL-3.0-or-later */
/* footprint.c - what an instance holds of the host. */
#include "model/footprint.h"

#include <math.h>

const struct footprint_def footprint_defs[FOOTPRINT_ITEMS] = {
	[FOOTPRINT_PSS] = { "pss", "pss" },
	[FOOTPRINT_PSS_ANON] = { "pss_anon", NULL },
	[FOOTPRINT_PSS_FILE] = { "pss_file", NULL },
	[FOOTPRINT_PSS_SHMEM] = { "pss_shmem", NULL },
	[FOOTPRINT_PRIVATE] = { "private", "private" },
	[FOOTPRINT_PAGE_TABLES] = { "page_tables", "page-tables" },
	[FOOTPRINT_KERNEL] = { "kernel", "kernel" },
	[FOOTPRINT_GUEST_PAGES] = { "guest_pages", "guest-pages" },
	[FOOTPRINT_IMAGE] = { "image", "image" },
	[FOOTPRINT_CPU] = { "cpu_ready_s", "cpu" },
	[FOOTPRINT_LAUNCHER_CPU] = { "launcher_cpu_s", "launcher-cpu" },
};

void footprint_set(struct footprint *f, enum footprint_item item, double v)
{
	f->known |= 1u << item;
	f->v[item] = v;
}

void footprint_miss(struct footprint *f, enum footprint_item item, const char *why)
{
	const char *key = footprint_defs[item].key;
	if (!footprint_has(f, item) && !kvs_get(&f->unknown, key))
		kvs_set(&f->unknown, key, why, 0);
}

bool footprint_has(const struct footprint *f, enum footprint_item item)
{
	return f->known & (1u << item);
}

double footprint_get(const struct footprint *f, enum footprint_item item)
{
	return footprint_has(f, item) ? f->v[item] : NAN;
}

void footprint_free(struct footprint *f)
{
	kvs_free(&f->unknown);
	*f = (struct footprint){ 0 };
}

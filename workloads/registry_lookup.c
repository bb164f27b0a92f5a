/* SPDX-License-Identifier: GPL-3.0-or-later */
/* registry_lookup.c - find a workload, its metrics and parameters by name, in whichever registry this program has. */
#include "registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct workload *registry_find(const char *name)
{
	for (size_t i = 0; registry[i]; i++)
		if (strcmp(registry[i]->name, name) == 0)
			return registry[i];
	return NULL;
}

const struct metric *workload_metric(const struct workload *w, const char *name)
{
	for (size_t i = 0; i < METRICS_MAX && w->metrics[i].name; i++)
		if (strcmp(w->metrics[i].name, name) == 0)
			return &w->metrics[i];
	return NULL;
}

const struct param *workload_param(const struct workload *w, const char *name)
{
	for (size_t i = 0; i < PARAMS_MAX && w->params[i].name; i++)
		if (strcmp(w->params[i].name, name) == 0)
			return &w->params[i];
	return NULL;
}

bool param_allows(const struct param *p, uint64_t v)
{
	return v >= p->least && (!p->most || v <= p->most) && (!p->multiple || v % p->multiple == 0);
}

void param_limits(const struct param *p, char *buf, size_t size)
{
	char parts[3][40] = { "", "", "" };
	if (p->least && p->most)
		snprintf(parts[0], sizeof(parts[0]), " from %" PRIu64, p->least);
	else if (p->least)
		snprintf(parts[0], sizeof(parts[0]), ", %" PRIu64 " or more", p->least);
	if (p->most)
		snprintf(parts[1], sizeof(parts[1]), p->least ? " to %" PRIu64 : " up to %" PRIu64, p->most);
	if (p->multiple)
		snprintf(parts[2], sizeof(parts[2]), ", a multiple of %" PRIu64, p->multiple);
	snprintf(buf, size, "%s%s%s", parts[0], parts[1], parts[2]);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* launch.c - what is known of one launch. */
#include "model/launch.h"

#include "base/clk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const launch_mark_names[MARK_COUNT] = { "clock", "steal", "envelope", "timer", "pressure", "neighbour", "throttle" };
const char *const pressure_names[PRESSURE_COUNT] = { "cpu", "memory", "io" };
const double series_quantiles[SERIES_QUANTILES] = { 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999 };

void phases_mark(struct phases *p, const char *name, int64_t t_ns)
{
	if (p->n == PHASES_MAX)
		return;
	size_t i = p->n++;
	for (; i > 0 && p->v[i - 1].end_ns > t_ns; i--)
		p->v[i] = p->v[i - 1];
	p->v[i].end_ns = t_ns;
	snprintf(p->v[i].name, sizeof(p->v[i].name), "%s", name);
}

int64_t phases_at(const struct phases *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->v[i].name, name) == 0)
			return p->v[i].end_ns;
	return 0;
}

void result_free(struct result *r)
{
	for (size_t i = 0; i < r->n_series; i++) {
		free(r->series[i].v);
		free(r->series[i].histogram);
		free(r->series[i].track);
	}
	kvs_free(&r->seen);
	kvs_free(&r->params);
	*r = (struct result){ 0 };
}

const struct series *result_series(const struct result *r, const char *metric)
{
	for (size_t i = 0; i < r->n_series; i++)
		if (strcmp(r->series[i].metric, metric) == 0)
			return &r->series[i];
	return NULL;
}

void launch_free(struct launch *l)
{
	free(l->arm);
	free(l->workload);
	free(l->error);
	free(l->work_unknown);
	result_free(&l->result);
	footprint_free(&l->footprint);
	free(l->calls);
	*l = (struct launch){ 0 };
}

double launch_startup_s(const struct launch *l)
{
	if (!l->result.ready_ns)
		return NAN;
	return clk_to_s(l->result.ready_ns - l->phases.start_ns);
}

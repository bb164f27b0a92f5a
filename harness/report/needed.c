/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needed.c - how many launches it takes to find a change. */
#include "report/needed.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double needed_alpha(const struct needed_conf *c)
{
	return (1 - STATS_LEVEL) / (c->cells ? c->cells : 1);
}

static bool is_of(const struct export_cell *c, const struct launch *l)
{
	return l->ok && strcmp(l->arm, c->arm) == 0 && strcmp(l->workload, c->workload) == 0;
}

static double wall(const struct report *r, const struct export_cell *c)
{
	cleanup_free double *v = xcalloc(r->run->n_launches + 1, sizeof(*v));
	size_t n = 0;
	for (size_t i = 0; i < r->run->n_launches; i++)
		if (is_of(c, &r->run->launches[i]) && isfinite(r->run->launches[i].wall_s))
			v[n++] = r->run->launches[i].wall_s;
	return stats_median(v, n);
}

static double launches(double sd, const struct needed_conf *c)
{
	return isfinite(sd) ? stats_launches_needed(sd, c->detect, needed_alpha(c), c->power) : NAN;
}

static void fill(const struct report *r, const struct needed_conf *c, const struct export_cell *cell, struct needed *n)
{
	double lo, hi, sd;
	*n = (struct needed){ .cell = *cell, .scatter = report_scatter(r, cell->m, cell->arm_at), .wall_s = wall(r, cell), .pairs_sd = NAN,
		              .against_host = NAN, .found = NAN };
	sd = n->scatter.sd;
	stats_spread_interval(sd, cell->c->n, &lo, &hi);
	n->launches = launches(sd, c);
	n->from = launches(lo, c);
	n->to = launches(hi, c);
	if (isfinite(sd))
		n->found = stats_effect_found(sd, (double)cell->c->n, needed_alpha(c), c->power);
	if (r->host == REPORT_NONE || cell->arm_at == r->host)
		return;
	/* The two scatter differently; what counts is the sum of their squares, or what is left of it within blocks. */
	n->pairs_sd = report_scatter_of_pairs(r, cell->m, cell->arm_at);
	double both = isfinite(n->pairs_sd) ? n->pairs_sd : hypot(sd, report_scatter(r, cell->m, r->host).sd);
	n->against_host = launches(both / M_SQRT2, c);
}

size_t needed_make(const struct report *r, const struct needed_conf *c, struct needed **ret)
{
	size_t n = 0;
	*ret = xcalloc(r->n_metrics * r->run->n_arms + 1, sizeof(**ret));
	for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);)
		fill(r, c, &cell, &(*ret)[n++]);
	return n;
}

double needed_most(const struct needed *v, size_t n)
{
	double most = NAN;
	for (size_t i = 0; i < n; i++)
		most = fmax(most, v[i].launches);
	return most;
}

double needed_time(const struct needed *v, size_t n, double times)
{
	double s = 0;
	for (size_t i = 0; i < n; i++) {
		bool again = false;     /* of a launch that gave several metrics */
		for (size_t k = 0; k < i; k++)
			again |= v[k].cell.arm_at == v[i].cell.arm_at && v[k].cell.m->workload == v[i].cell.m->workload;
		s += again || !isfinite(v[i].wall_s) ? 0 : times * v[i].wall_s;
	}
	return s;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* adaptive.c - the rule that ends a cell. */
#include "model/adaptive.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

const char *const cell_end_names[CELL_ENDS] = { "", "precision", "cap", "budget", "interrupted", "failed" };

enum cell_end cell_end_find(const char *name)
{
	for (int i = 1; name && i < CELL_ENDS; i++)
		if (strcmp(name, cell_end_names[i]) == 0)
			return (enum cell_end)i;
	return CELL_OPEN;
}

enum cell_end adaptive_decide(const struct adaptive *a, unsigned launches, unsigned ok, unsigned cap, double half_width)
{
	if (ok >= a->min_launches && half_width <= a->half_width)
		return CELL_PRECISION;
	if (launches >= cap)
		return CELL_CAP;
	return launches >= a->min_launches && !ok ? CELL_FAILED : CELL_OPEN;
}

unsigned adaptive_left(const struct adaptive *a, unsigned launches, unsigned cap, double half_width)
{
	double all = a->min_launches;
	if (!isnan(half_width) && launches >= a->min_launches)
		all = ceil(launches * (half_width / a->half_width) * (half_width / a->half_width));
	all = fmin(fmax(all, launches + 1.0), fmax(cap, launches + 1.0));
	return (unsigned)all - launches;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rng.c - random numbers from an explicit seed. */
#include "base/rng.h"

#include "base/str.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

struct rng {
	gsl_rng *g;
};

struct rng *rng_new(uint64_t seed)
{
	struct rng *r = xcalloc(1, sizeof(*r));
	r->g = gsl_rng_alloc(gsl_rng_mt19937);
	gsl_rng_set(r->g, (unsigned long)(seed & 0xffffffffu));
	return r;
}

void rng_free(struct rng *r)
{
	if (!r)
		return;
	gsl_rng_free(r->g);
	free(r);
}

size_t rng_below(struct rng *r, size_t n)
{
	return gsl_rng_uniform_int(r->g, n);
}

double rng_uniform(struct rng *r)
{
	return gsl_rng_uniform(r->g);
}

double rng_normal(struct rng *r)
{
	return gsl_ran_ugaussian(r->g);
}

void rng_shuffle(struct rng *r, void *base, size_t n, size_t size)
{
	if (n > 1)
		gsl_ran_shuffle(r->g, base, n, size);
}

uint64_t rng_fresh_seed(void)
{
	uint32_t seed = 0;
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = (uint32_t)time(NULL);
	return seed;
}

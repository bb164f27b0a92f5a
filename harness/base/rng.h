/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rng.h - random numbers from an explicit seed: GSL's mt19937, the same sequence on every host. */
#ifndef ISOCOST_RNG_H
#define ISOCOST_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng;
struct rng *rng_new(uint64_t seed);             /* the low 32 bits are used; caller frees with rng_free */
void rng_free(struct rng *r);
size_t rng_below(struct rng *r, size_t n);      /* uniform in 0 … n-1; n > 0 */
double rng_uniform(struct rng *r);              /* in [0, 1) */
double rng_normal(struct rng *r);               /* mean 0, standard deviation 1 */
void rng_shuffle(struct rng *r, void *base, size_t n, size_t size);
uint64_t rng_fresh_seed(void);                  /* 32 bits from the kernel */

#endif

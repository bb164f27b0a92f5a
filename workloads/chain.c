/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chain.c - one random cycle, by Sattolo's algorithm, and the walk along it. */
#include "chain.h"

#include <errno.h>

/* The line changes when all those before it had a turn at every stride: strides in one piece of memory then fill all sets of a
 * cache, where a line that changed with the stride would fill a few of them. */
static void **place(const struct chain *c, size_t i)
{
	return (void **)(void *)(c->base + i * c->stride + i / c->lines % c->lines * CHAIN_LINE);
}

size_t chain_bytes(const struct chain *c)
{
	return c->n * c->stride;
}

static uint64_t xorshift(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* Swapping with a place before one's own, never with oneself, leaves one cycle through all. */
void chain_build(struct chain *c)
{
	uint64_t x = 0x9e3779b97f4a7c15;
	for (size_t i = 0; i < c->n; i++)
		*place(c, i) = place(c, i);
	for (size_t i = c->n - 1; i > 0; i--) {
		size_t j = (size_t)((xorshift(&x) >> 32) * i >> 32);
		void *other = *place(c, j);
		*place(c, j) = *place(c, i);
		*place(c, i) = other;
	}
	c->at = place(c, 0);
	c->steps = 0;
}

int chain_check(const struct chain *c, uint64_t *ret_hash)
{
	uint64_t hash = 0;
	void **at = place(c, 0);
	for (size_t i = 0; i < c->n; i++) {
		at = *at;
		size_t index = (size_t)((unsigned char *)at - c->base) / c->stride;
		if (index >= c->n || at != place(c, index) || (index == 0) != (i == c->n - 1))
			return -EIO;
		hash = hash * 31 + index;
	}
	*ret_hash = hash;
	return 0;
}

int chain_follow(void *arg, uint64_t n)
{
	struct chain *c = arg;
	void **at = c->at;
	for (uint64_t i = 0; i < n; i++)
		at = *at;
	c->at = at;
	c->steps += n;
	return 0;
}

int chain_arrived(const struct chain *c)
{
	void **at = c->at;
	for (uint64_t i = c->steps % c->n; i < c->n; i++)
		at = *at;
	return at == place(c, 0) ? 0 : -EIO;
}

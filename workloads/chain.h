/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chain.h - pointers from place to place in memory that form one random cycle: each load tells where the next one is. */
#ifndef ISOCOST_CHAIN_H
#define ISOCOST_CHAIN_H

#include <stddef.h>
#include <stdint.h>

enum { CHAIN_LINE = 64 };               /* bytes of a cache line; no two places share one */

struct chain {
	unsigned char *base;            /* the caller's, of chain_bytes() */
	size_t n;                       /* places, 2 … 2^32 */
	size_t stride;                  /* bytes from one place to the next, a multiple of CHAIN_LINE */
	size_t lines;                   /* of a stride that take turns, so that all sets of a cache are used; 1: the first alone */
	void **at;                      /* where chain_follow() is */
	uint64_t steps;                 /* that it made */
};

size_t chain_bytes(const struct chain *c);

/* Write the pointers: the same cycle for the same n everywhere. */
void chain_build(struct chain *c);

/* Follow all n pointers: 0 when they lead through n different places and back; else -EIO. *ret_hash tells the order. */
int chain_check(const struct chain *c, uint64_t *ret_hash);

/* A load_op: arg is the chain; n pointers are followed. */
int chain_follow(void *arg, uint64_t n);

/* Whether chain_follow() came to where so many steps lead: 0 or -EIO. */
int chain_arrived(const struct chain *c);

#endif

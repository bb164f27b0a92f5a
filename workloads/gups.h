/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gups.h - the random numbers of HPCC's RandomAccess: a 64-bit shift register with feedback, and any place in its stream. */
#ifndef ISOCOST_GUPS_H
#define ISOCOST_GUPS_H

#include <stdint.h>

#define GUPS_PERIOD 1317624576693539401u

static inline uint64_t gups_next(uint64_t x)
{
	return x << 1 ^ (x >> 63 ? 7 : 0);
}

/* What n steps make of 1. */
uint64_t gups_start(uint64_t n);

#endif

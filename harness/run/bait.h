/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bait.h - what is laid out beside an arm for the battery of escape attempts to get at: a process that serves two sockets, a
 * file, shared memory, and, in the harness itself, descriptors and a variable that would be inherited. All of it is worth
 * nothing, and all of it is gone when the harness is, however that ends. */
#ifndef ISOCOST_BAIT_H
#define ISOCOST_BAIT_H

#include "env/env.h"

struct bait;

/* Lay it out, before any thread is started and before the arms are opened. What this host does not have is left out.
 * ctx lives as long as the bait. *ret is the caller's bait_take_up. */
int bait_lay(const struct env_ctx *ctx, struct bait **ret, struct err *err);
void bait_take_up(struct bait *b);                      /* NULL is a no-op */

static inline void bait_take_upp(struct bait **b)
{
	bait_take_up(*b);
}

/* Add what `isoload escape run` must be told of it, and of the host. */
void bait_args(const struct bait *b, struct strv *argv);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ladder.h - a ladder of isolation: arms in order, each with one more layer than the one below it. Values only. */
#ifndef ISOCOST_LADDER_H
#define ISOCOST_LADDER_H

#include <stdbool.h>
#include <stddef.h>

struct rung {
	char *arm;                      /* its name in the suite */
	char *adds;                     /* what it has that the rung below has not; NULL for the first rung, or untold */
};

/* From the fewest layers to the most; {0} is no ladder. The owner calls ladder_free. */
struct ladder {
	struct rung *v;
	size_t n;
};

#define LADDER_RUNGS_MIN 2              /* one rung adds nothing to any other */

void ladder_add(struct ladder *l, const char *arm, const char *adds);           /* copies */
void ladder_copy(struct ladder *to, const struct ladder *from);                 /* to was empty */
void ladder_free(struct ladder *l);

/* What a rung adds, in words: its text, or else its arm's name. */
const char *rung_adds(const struct rung *r);

/* Keep the rungs whose arm keep() wants. The next rung that stays adds all that the ones below it that go would have
 * added: their texts are put before its own, with " + " between them. Fewer than LADDER_RUNGS_MIN left: no ladder. */
void ladder_keep(struct ladder *l, bool (*keep)(const char *arm, const void *user), const void *user);

#endif

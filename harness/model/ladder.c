/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ladder.c - a ladder of isolation as a value. */
#include "model/ladder.h"

#include "base/str.h"

#include <stdlib.h>

void ladder_add(struct ladder *l, const char *arm, const char *adds)
{
	l->v = xrealloc(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = (struct rung){ .arm = xstrdup(arm), .adds = xstrdup(adds) };
}

void ladder_copy(struct ladder *to, const struct ladder *from)
{
	for (size_t i = 0; i < from->n; i++)
		ladder_add(to, from->v[i].arm, from->v[i].adds);
}

static void rung_free(struct rung *r)
{
	free(r->arm);
	free(r->adds);
	*r = (struct rung){ 0 };
}

void ladder_free(struct ladder *l)
{
	for (size_t i = 0; i < l->n; i++)
		rung_free(&l->v[i]);
	free(l->v);
	*l = (struct ladder){ 0 };
}

const char *rung_adds(const struct rung *r)
{
	return r->adds ? r->adds : r->arm;
}

void ladder_keep(struct ladder *l, bool (*keep)(const char *arm, const void *user), const void *user)
{
	struct ladder kept = { 0 };
	struct str adds = { 0 };        /* of the rungs that went since the last one that stayed */
	for (size_t i = 0; i < l->n; i++) {
		const struct rung *r = &l->v[i];
		bool stays = keep(r->arm, user);
		if (stays && (!kept.n || !adds.len)) {
			ladder_add(&kept, r->arm, kept.n ? r->adds : NULL);
		} else {
			str_addf(&adds, "%s%s", adds.len ? " + " : "", rung_adds(r));
			if (stays)
				ladder_add(&kept, r->arm, adds.s);
		}
		if (stays)
			str_free(&adds);
	}
	str_free(&adds);
	ladder_free(l);
	if (kept.n < LADDER_RUNGS_MIN)
		ladder_free(&kept);
	*l = kept;
}

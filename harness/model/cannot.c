/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cannot.c - which workloads can't run in which arms. */
#include "model/cannot.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

void cannots_add(struct cannots *l, const char *arm, const char *workload, const char *reason)
{
	l->v = xrealloc(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = (struct cannot){ xstrdup(arm), xstrdup(workload), xstrdup(reason) };
}

const struct cannot *cannots_find(const struct cannots *l, const char *arm, const char *workload)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].arm, arm) == 0 && strcmp(l->v[i].workload, workload) == 0)
			return &l->v[i];
	return NULL;
}

void cannots_free(struct cannots *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].arm);
		free(l->v[i].workload);
		free(l->v[i].reason);
	}
	free(l->v);
	*l = (struct cannots){ 0 };
}

static int alike(const struct cannot *a, const struct cannot *b)
{
	return strcmp(a->arm, b->arm) == 0 && strcmp(a->reason, b->reason) == 0;
}

char *cannots_names(const struct cannots *l, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (alike(&l->v[k], &l->v[i]))
			return NULL;
	struct str b = { 0 };
	for (size_t k = i; k < l->n; k++)
		if (alike(&l->v[k], &l->v[i]))
			str_addf(&b, "%s%s", b.len ? ", " : "", l->v[k].workload);
	return b.s;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gate.c - the correctness gate: no timing is shown for a workload that did not compute the same everywhere. */
#include "report/model.h"

#include <string.h>

static bool params_equal(const struct kvs *a, const struct kvs *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const char *other = kvs_get(b, a->v[i].key);
		if (!other || strcmp(a->v[i].val, other) != 0)
			return false;
	}
	return true;
}

static const char *shown(const char *digest)
{
	return *digest ? digest : "none";
}

static char *compare(const struct launch *a, const struct launch *b)
{
	if (strcmp(a->result.digest, b->result.digest) != 0)
		return xasprintf("the computed results differ: %s launch %u gave the digest %.16s, %s launch %u gave %.16s", a->arm,
		                 a->number, shown(a->result.digest), b->arm, b->number, shown(b->result.digest));
	if (!params_equal(&a->result.params, &b->result.params))
		return xasprintf("the parameters differ between %s launch %u and %s launch %u", a->arm, a->number, b->arm,
		                 b->number);
	const char *sha_a = kvs_get(&a->result.seen, "sha256"), *sha_b = kvs_get(&b->result.seen, "sha256");
	if (sha_a && sha_b && strcmp(sha_a, sha_b) != 0)
		return xasprintf("%s launch %u and %s launch %u did not run the same binary (SHA-256 %.12s, %.12s)", a->arm,
		                 a->number, b->arm, b->number, sha_a, sha_b);
	return NULL;
}

char *gate_check(const struct run *run, const struct run_workload *w)
{
	const struct launch *first = NULL;
	for (size_t i = 0; i < run->n_launches; i++) {
		const struct launch *l = &run->launches[i];
		if (!l->ok || strcmp(l->workload, w->name) != 0)
			continue;
		if (!first)
			first = l;
		char *why = compare(first, l);
		if (why)
			return why;
	}
	return NULL;
}

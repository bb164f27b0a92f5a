/* SPDX-License-Identifier: GPL-3.0-or-later */
/* attempts.c - what came of escape attempts, as values. */
#include "model/attempts.h"

#include <stdlib.h>
#include <string.h>

const char *const attempt_outcomes[ATTEMPT_OUTCOMES] = { "held", "escaped", "unexpected", "na" };
const char *const attempt_words[ATTEMPT_ENDS] = { "held", "own kernel", "ESCAPED", "held?", "n/a" };

struct attempts *attempts_new(size_t n_arms, size_t n)
{
	struct attempts *a = xcalloc(1, sizeof(*a));
	*a = (struct attempts){ .arms = xcalloc(n_arms, sizeof(*a->arms)), .n_arms = n_arms, .v = xcalloc(n, sizeof(*a->v)), .n = n };
	for (size_t i = 0; i < n; i++)
		a->v[i].v = xcalloc(n_arms, sizeof(*a->v[i].v));
	return a;
}

static void attempt_free(struct attempt *t, size_t n_arms)
{
	for (size_t k = 0; k < n_arms; k++) {
		free(t->v[k].code);
		free(t->v[k].text);
	}
	free(t->v);
	free(t->name);
	free(t->topic);
	free(t->tries);
	free(t->held_by);
}

void attempts_free(struct attempts *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++)
		attempt_free(&a->v[i], a->n_arms);
	for (size_t k = 0; k < a->n_arms; k++) {
		free(a->arms[k].name);
		free(a->arms[k].label);
		free(a->arms[k].driver);
		strv_free(&a->arms[k].warnings);
	}
	free(a->v);
	free(a->arms);
	free(a->tried);
	free(a->host);
	free(a->kernel);
	free(a);
}

enum attempt_end attempts_end(const struct attempts *a, size_t i, size_t arm)
{
	switch (a->v[i].v[arm].outcome) {
	case ATTEMPT_OUT_ESCAPED: return a->arms[arm].own_kernel && !a->v[i].outside ? ATTEMPT_OWN_KERNEL : ATTEMPT_ESCAPED;
	case ATTEMPT_OUT_UNEXPECTED: return ATTEMPT_ODD;
	case ATTEMPT_OUT_NA: return ATTEMPT_NA;
	default: return ATTEMPT_HELD;
	}
}

unsigned attempts_count(const struct attempts *a, size_t arm, enum attempt_end end)
{
	unsigned n = 0;
	for (size_t i = 0; i < a->n; i++)
		n += attempts_end(a, i, arm) == end;
	return n;
}

size_t attempts_arm(const struct attempts *a, const char *name)
{
	size_t k = 0;
	while (k < a->n_arms && strcmp(a->arms[k].name, name) != 0)
		k++;
	return k;
}

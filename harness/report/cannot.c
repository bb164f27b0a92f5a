/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cannot.c - what can't run where: cells that were not launched, and cells whose launches said so. */
#include "report/model.h"

#include "base/cleanup.h"

#include <string.h>

/* Launches of a cell that said it, the last one's words, and how many it has. */
static size_t said(const struct run *run, const char *arm, const char *workload, const char **ret_words, size_t *ret_all)
{
	size_t n = 0;
	for (size_t i = 0; i < run->n_launches; i++) {
		const struct launch *l = &run->launches[i];
		if (strcmp(l->arm, arm) != 0 || strcmp(l->workload, workload) != 0)
			continue;
		++*ret_all;
		n += l->cannot;
		*ret_words = l->cannot && l->error ? l->error : *ret_words;
	}
	return n;
}

static void fill_cell(struct report *r, const char *arm, const char *workload)
{
	const struct cannot *known = cannots_find(&r->run->cannot, arm, workload);
	const char *words = "no reason was recorded";
	size_t all = 0, n = said(r->run, arm, workload, &words, &all);
	if (known) {
		cannots_add(&r->cannot, arm, workload, known->reason);
	} else if (n) {
		cleanup_free char *some = xasprintf("%s (in %zu of %zu launches)", words, n, all);
		cannots_add(&r->cannot, arm, workload, some);
	}
}

void cannot_fill(struct report *r)
{
	const struct run *run = r->run;
	for (size_t a = 0; a < run->n_arms; a++)
		for (size_t w = 0; w < run->n_workloads; w++)
			fill_cell(r, run->arms[a].name, run->workloads[w].name);
}

const char *report_cannot(const struct report *r, size_t arm, size_t workload)
{
	const struct cannot *c = cannots_find(&r->cannot, r->run->arms[arm].name, r->run->workloads[workload].name);
	return c ? c->reason : NULL;
}

const char *report_label(const struct report *r, const char *arm)
{
	size_t a = 0;
	while (a + 1 < r->run->n_arms && strcmp(r->run->arms[a].name, arm) != 0)
		a++;
	return r->arms[a].label;
}

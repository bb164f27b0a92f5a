/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cannot.h - which workloads can't run in which arms, and why: facts of the arms, not failures. Values only. */
#ifndef ISOCOST_CANNOT_H
#define ISOCOST_CANNOT_H

#include <stddef.h>

struct cannot {
	char *arm, *workload;           /* as the suite names them */
	char *reason;
};

struct cannots {
	struct cannot *v;
	size_t n;
};

void cannots_add(struct cannots *l, const char *arm, const char *workload, const char *reason);
/* NULL: nothing is known against it. */
const struct cannot *cannots_find(const struct cannots *l, const char *arm, const char *workload);
void cannots_free(struct cannots *l);

/* The workloads, "a, b, c", that share arm and reason with entry i; NULL when an earlier entry gave them already. Owner frees. */
char *cannots_names(const struct cannots *l, size_t i);

#endif

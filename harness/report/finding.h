/* SPDX-License-Identifier: GPL-3.0-or-later */
/* finding.h - what a look at a host found: a verdict, why, what it does to the figures, the command that mends it. Values only. */
#ifndef ISOCOST_FINDING_H
#define ISOCOST_FINDING_H

#include "base/str.h"

#include <stdio.h>

enum finding_verdict { FOUND_OK, FOUND_WARNING, FOUND_FAIL, FOUND_COUNT };
extern const char *const finding_verdict_names[FOUND_COUNT];          /* "ok", "warning", "fail" */

struct finding {
	char *check;                    /* "cpu.governor", "arm.vm": the same for the same check on every host */
	enum finding_verdict verdict;
	char *what;                     /* what is so, with the value that it was seen by */
	char *effect, *mend;            /* NULL: none, or nothing mends it */
	struct strv details;            /* more about it, a line each */
};

/* A list; {0} is empty. */
struct findings {
	struct finding *v;
	size_t n;
};
void findings_free(struct findings *l);

/* Add one; check, effect and mend are copied, the last two may be NULL, and are dropped of one that is ok. Takes what. The pointer lives until the next. */
struct finding *findings_add(struct findings *l, const char *check, enum finding_verdict verdict, char *what, const char *effect, const char *mend);
size_t findings_count(const struct findings *l, enum finding_verdict verdict);
const struct finding *findings_get(const struct findings *l, const char *check);        /* the first of a check; NULL */

/* As lines, as the terminal has them. */
void finding_write(const struct finding *f, bool colour, FILE *to);
/* A JSON document: schema, facts, checks, count of each verdict. 0 or -errno. */
int findings_write_json(const struct findings *l, const struct kvs *facts, FILE *to);

#endif

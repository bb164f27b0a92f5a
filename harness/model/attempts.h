/* SPDX-License-Identifier: GPL-3.0-or-later */
/* attempts.h - what came of the battery of escape attempts in some arms: values only. */
#ifndef ISOCOST_ATTEMPTS_H
#define ISOCOST_ATTEMPTS_H

#include "base/str.h"

/* As the arm's own program told it, and its words in JSON. */
enum attempt_outcome { ATTEMPT_OUT_HELD, ATTEMPT_OUT_ESCAPED, ATTEMPT_OUT_UNEXPECTED, ATTEMPT_OUT_NA, ATTEMPT_OUTCOMES };
extern const char *const attempt_outcomes[ATTEMPT_OUTCOMES];

/* What that means for the host: what was got from a kernel of the arm's own is not got from the host. */
enum attempt_end { ATTEMPT_HELD, ATTEMPT_OWN_KERNEL, ATTEMPT_ESCAPED, ATTEMPT_ODD, ATTEMPT_NA, ATTEMPT_ENDS };
extern const char *const attempt_words[ATTEMPT_ENDS];   /* "held", "own kernel", "ESCAPED", "held?", "n/a" */

struct attempt_result {
	enum attempt_outcome outcome;
	char *code;                     /* name of an errno or a signal; NULL: none */
	char *text;                     /* NULL: none */
};

struct attempt {
	char *name, *topic, *tries, *held_by;
	bool outside;                   /* what it reaches lies outside of the arm, whatever kernel that runs on */
	struct attempt_result *v;       /* one an arm */
};

struct attempt_arm {
	char *name, *label, *driver;    /* label: to show, with the accelerator */
	bool own_kernel;                /* another kernel than the harness's */
	struct strv warnings;
};

struct attempts {
	char *tried;                    /* ISO-8601 UTC */
	char *host, *kernel;            /* where: the host's name and the release of its kernel */
	struct attempt_arm *arms;
	size_t n_arms;
	struct attempt *v;              /* in the order of the battery; those of a topic are neighbours */
	size_t n;
};
void attempts_free(struct attempts *a);                 /* and a itself; NULL is nothing */
/* With n attempts of n_arms results each, all to be filled in. */
struct attempts *attempts_new(size_t n_arms, size_t n);

static inline void attempts_freep(struct attempts **a)
{
	attempts_free(*a);
}

enum attempt_end attempts_end(const struct attempts *a, size_t i, size_t arm);
unsigned attempts_count(const struct attempts *a, size_t arm, enum attempt_end end);
/* The arm of that name, or n_arms. */
size_t attempts_arm(const struct attempts *a, const char *name);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* template.h - command lines with placeholders, as an arm of the `command` driver has them.
 *
 * Words are split as a shell splits them, and that is all that is like a shell: blanks separate, '...' is literal, "..." and
 * a backslash keep blanks together. {name} is filled in, also within "..."; a brace in '...' or behind a backslash is a brace.
 * A word `&&` separates commands that run one after the other. Nothing else has a meaning: no variable, glob, pipe or
 * redirection. */
#ifndef ISOCOST_TEMPLATE_H
#define ISOCOST_TEMPLATE_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

/* A placeholder that may be used. list: it stands for any number of arguments and must be a word of its own. */
struct template_hole {
	const char *name;
	bool list;
};

/* Its value: one text, or a list. Neither: an empty list. */
struct template_value {
	const char *name;
	const char *text;
	const struct strv *list;
};

struct template {
	struct strv *commands;          /* the words of each, in an own form */
	size_t n;
};

/* holes ends at name == NULL. -EINVAL: unbalanced quotes, an unknown placeholder, an empty command. An empty text gives no
 * commands. *ret is the caller's template_free and changes only on success. */
int template_parse(const char *text, const struct template_hole *holes, struct template *ret, struct err *err);
void template_free(struct template *t);

/* Whether the placeholder is used. */
bool template_uses(const struct template *t, const char *hole);

/* The arguments of command i, appended to *ret. values ends at name == NULL and has every placeholder that is used. */
void template_expand(const struct template *t, size_t i, const struct template_value *values, struct strv *ret);

/* The arguments as a line that a shell would read back. Owner frees. */
char *template_show(const struct strv *args);

#endif

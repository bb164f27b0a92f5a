/* SPDX-License-Identifier: GPL-3.0-or-later */
/* opts.h - the options of a driver, as a suite's [arm] section sets them: a table, and the check of values against it. */
#ifndef ISOCOST_OPTS_H
#define ISOCOST_OPTS_H

#include "base/err.h"
#include "base/str.h"

struct optdef {
	const char *name;
	const char *def;                /* default value, never NULL */
	const char *choices;            /* "on off log", or NULL for a free value */
	const char *what;               /* one line of help */
	uint64_t least;                 /* the value is a size of at least so many bytes; 0: it is no size */
	bool required;                  /* there is no default: an arm of this driver must give it */
	int (*check)(const char *val, struct err *err);         /* more to check in a value: 0 or -EINVAL; NULL: nothing */
};

/* The first required option that is not given, or NULL. */
const char *opts_missing(const struct optdef *table, const struct kvs *given);

/* Check every given option against the table (ends at name == NULL) and fill *ret with all options of the table, given
 * or default, in the table's order. -EINVAL with "FILE:LINE: …" and what was expected when one is unknown or its value
 * is no choice or no size, or a required one is missing; file may be NULL. *ret is the caller's kvs_free. */
int opts_resolve(const struct optdef *table, const struct kvs *given, const char *file, struct kvs *ret, struct err *err);

/* The position of an option's value in its own list of choices; opts as resolved against the table. */
unsigned opts_choice(const struct optdef *table, const struct kvs *opts, const char *name);

#endif

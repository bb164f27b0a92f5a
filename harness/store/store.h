/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store.h - the run directory: run.json, replaced as a whole, and journal.jsonl, appended and flushed launch by launch.
 *
 * Killed at any moment, the directory holds every launch whose append returned, and at most one torn last line, which
 * the readers drop. */
#ifndef ISOCOST_STORE_H
#define ISOCOST_STORE_H

#include "base/err.h"
#include "model/run.h"

#include <stdio.h>

struct store {
	char *dir;              /* absolute */
	int journal;            /* opened for appending */
	int lock;               /* held while a session writes: one at a time */
};

/* Make <results>/<UTC>-<host>-<suite>/ with a name that is not taken, and its run.json; sets run->dir and run->id. */
int store_create(const char *results, struct run *run, struct store *ret, struct err *err);

/* Open an existing run for more launches; a torn last line of the journal is cut off. -EBUSY: another session writes. */
int store_reopen(const char *dir, struct store *ret, struct err *err);

int store_put_run(const struct store *s, const struct run *run, struct err *err);
int store_append(struct store *s, const struct launch *l, struct err *err);
int store_append_all(struct store *s, const struct launch *l, size_t n, struct err *err);       /* n launches, and one flush */
void store_close(struct store *s);

/* Read a run back, launches included. dir may be the directory or its run.json. -EINVAL names the file, the line and
 * what is wrong. *ret is the caller's run_free. */
int store_load(const char *dir, struct run **ret, struct err *err);

/* The same, each launch being handed to a function as soon as it is read, which may keep less of it than its samples: they are most of
 * what a run takes, and are read launch by launch. */
typedef void store_each(struct launch *l);
int store_load_each(const char *dir, store_each *each, struct run **ret, struct err *err);

/* The launches of a journal, called name in errors, are added to run's. */
int store_read_journal(const char *name, FILE *f, store_each *each, struct run *run, struct err *err);

/* ISO-8601 UTC of now, "2026-11-23T09:30:00Z". */
void store_utc_now(char ret[32]);

#endif

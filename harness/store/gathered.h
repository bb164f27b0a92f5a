/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gathered.h - runs of many hosts in one directory, <host>/<id>/ each, with index.json beside them; and runs of one host pooled into one.
 *
 * A directory is written under another name and renamed when it is whole. */
#ifndef ISOCOST_STORE_GATHERED_H
#define ISOCOST_STORE_GATHERED_H

#include "base/err.h"
#include "model/run.h"
#include "sha256.h"

#include <stdbool.h>

#define GATHERED_SCHEMA 1

/* What is known of one run that goes in. Owner calls gathered_free for the list. */
struct gathered_run {
	char *dir;                      /* where it is */
	char *host, *cpu, *id, *started;
	size_t launches;
	char sha256[SHA256_HEX];        /* of its journal: two with the same are the same run */
};
struct gathered {
	struct gathered_run *v;
	size_t n;
	struct strv against;            /* what spoke against comparing them, where that was forced */
};
void gathered_free(struct gathered *g);

/* Add a run that was loaded from dir. -EINVAL: its journal ends in a torn line; -EEXIST: it is there already, under whatever name. */
int gathered_add(struct gathered *g, const char *dir, const struct run *run, struct err *err);

/* Copy all into a new directory to, with its index. -EEXIST: it is there. */
int gathered_write(const struct gathered *g, const struct run *first, const char *to, struct err *err);

/* One run of all their launches, in their order, in a new directory to: run.json is the first's with sums and "sources", launches and blocks are
 * numbered on, and what else the runs hold is in sources/<id>/. They are of the same plan, build and host: the caller has looked. */
int gathered_pool(const struct gathered *g, const char *to, struct err *err);

/* Add the directories of the runs to *ret: dir's own where it is a run, those of its index where it is a directory of runs. */
int gathered_dirs(const char *dir, struct strv *ret, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nursery.h - a thread that stands where a process is to be born, so that the process pays nothing for getting there. */
#ifndef ISOCOST_NURSERY_H
#define ISOCOST_NURSERY_H

#include "env/child.h"

/* As child_run, for a process that is put into the envelope before the start request: the envelope is there so that it can
 * be compared, and is no part of starting it. place->cgroup is entered first, the phases that there are are dropped, and the
 * start request is set to the moment before the process is made.
 * hide: mount points that are not there for the process, which then has a mount namespace of its own; NULL: none. */
int nursery_run(struct child_place *place, const struct strv *hide, struct env_call *call, struct err *err);

/* Run fn(arg) to its end in such a thread that only has the mounts hidden. Returns what fn returns. */
int nursery_do(const struct strv *hide, int (*fn)(void *arg, struct err *err), void *arg, struct err *err);

#endif

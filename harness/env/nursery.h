/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nursery.h - a thread that stands where a process is to be born, so that the process pays nothing for getting there. */
#ifndef ISOCOST_NURSERY_H
#define ISOCOST_NURSERY_H

#include "env/child.h"

/* How the machine's mounts look to some commands: a mount namespace in which the mounts at the hidden points are taken away and
 * the private directories are empty and their own (tmpfs), so that what is written there is gone with it. A directory
 * that does not exist is left out. *ret_fd holds the namespace and is the caller's; -1 when both lists are empty. */
int nursery_view(const struct strv *hidden, const struct strv *private, int *ret_fd, struct err *err);

/* Run fn(arg) to its end in a thread that has entered the view (-1: the harness's own). Returns what fn returns. */
int nursery_do(int view, int (*fn)(void *arg, struct err *err), void *arg, struct err *err);

/* Enter it for good: for a thread that is about to end. */
int nursery_enter(int view, struct err *err);

/* As child_run, for a process that is put into the envelope before the start request: the envelope is there so that it can
 * be compared, and is no part of starting it. place->cgroup is entered first, the phases that there are are dropped, and the
 * start request is set to the moment before the process is made. */
int nursery_run(struct child_place *place, int view, struct env_call *call, struct err *err);

#endif

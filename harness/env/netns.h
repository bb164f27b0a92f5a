/* SPDX-License-Identifier: GPL-3.0-or-later */
/* netns.h - network namespaces of the harness's making, held by descriptors; a thread's way into one and out again.
 *
 * A namespace lives as long as a descriptor or a process holds it, so that nothing is left however the harness ends. The
 * namespace in which the harness runs is never changed: what is done elsewhere is done by one thread.
 *
 * Coming back needs CAP_SYS_ADMIN where the harness came from. Root has that; an ordinary user, with capabilities over what
 * their own user namespace has made and nothing else, has not: their thread can go in and end there. */
#ifndef ISOCOST_NETNS_H
#define ISOCOST_NETNS_H

#include "base/err.h"

/* A fresh namespace with lo up, and nothing else in it. *ret_fd is close-on-exec and the caller's. -EPERM without
 * CAP_SYS_ADMIN here. */
int netns_new(int *ret_fd, struct err *err);

/* Move the calling thread into a namespace; what it clones is born there. *ret_home takes it back by netns_leave(). -EPERM
 * with nothing changed when it could not come back. NULL: the thread ends there. */
int netns_enter(int fd, int *ret_home, struct err *err);

/* Back home; closes it and sets it to -1, which is then a no-op: fit for cleanup(). Never fails after netns_enter(). */
void netns_leave(int *home);

/* Run fn inside and return what it returned: in this thread when it can come back, or else in one of its own, which ends
 * with fn. A child with PR_SET_PDEATHSIG dies with the thread that cloned it: fn must see it through. */
int netns_run(int fd, int (*fn)(void *arg), void *arg, struct err *err);

/* The same in a fresh namespace with nothing up, which ends with fn unless fn keeps netns_open_own(). */
int netns_run_fresh(int (*fn)(void *arg), void *arg, struct err *err);

/* A descriptor, close-on-exec, for the namespace of the calling thread; -errno. */
int netns_open_own(void);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeline.h - tie everything the harness starts to the harness's own life, by the kernel's hand.
 *
 * lifeline_enter() moves the rest of the program into a new PID and mount namespace (and, without root, a user namespace
 * that maps only the user). There are then three processes: the outer one waits and passes the exit status on; a small
 * init reaps orphans at once; the inner one is the harness. When any of the three dies, however it dies, the kernel kills
 * every process in the namespace - daemonized QEMUs included - and drops its mounts. */
#ifndef ISOCOST_LIFELINE_H
#define ISOCOST_LIFELINE_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* Returns 0 in the inner process. The outer one never returns: it exits with the inner one's status. -errno, with nothing
 * changed, when namespaces can't be had here. Call it while single-threaded, before sig_catch. */
int lifeline_enter(struct err *err);

/* Whether this process is in namespaces of its own: what it mounts is seen by nobody else and gone with it. */
bool lifeline_is_held(void);

/* The pid of the process that stands for the harness outside: the outer one, or this one where there is none. */
pid_t lifeline_owner(void);

#endif

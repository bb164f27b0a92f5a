/* SPDX-License-Identifier: GPL-3.0-or-later */
/* netahead.h - make a container's network namespace on another CPU while the rest of it is made: it takes as long as all the rest.
 *
 * A thread that sleeps between launches makes the namespace with lo up when it is asked to; the container's child waits for it and
 * joins it where it needs it, so that the namespace is made within the start and is part of its time. Only where the child may join
 * (it has no user namespace of its own) and there is a second CPU. */
#ifndef ISOCOST_NETAHEAD_H
#define ISOCOST_NETAHEAD_H

#include "base/err.h"

#include <sched.h>
#include <stdint.h>

struct netahead;

/* cpus: where the thread runs, off the CPUs of the caller. -ENOTSUP where the thread can't come back from a namespace (an ordinary
 * user) or there is one CPU. */
int netahead_open(const cpu_set_t *cpus, struct netahead **ret, struct err *err);
void netahead_close(struct netahead *n);                /* NULL is a no-op */

/* Begin to make one. Until netahead_attached() nobody else can ask: another caller waits. -ECHILD in a forked process, which has no such
 * thread. */
int netahead_ask(struct netahead *n);
/* The child has joined, or never will. */
void netahead_attached(struct netahead *n);
/* Let go of the last one, so that it ends with its container. Returns when that is done. */
void netahead_home(struct netahead *n);

/* For the child, which may only make system calls: wait for the namespace and join it. 0, or -1 with errno. */
struct netahead_door {
	uint32_t *word;
	char path[64];
};
const struct netahead_door *netahead_door(const struct netahead *n);
int netahead_join(const struct netahead_door *d);

#endif

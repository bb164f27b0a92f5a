/* SPDX-License-Identifier: GPL-3.0-or-later */
/* execstamp.h - the kernel's own stamps of the programs that are exec'd below the calling thread, by whatever library: perf's records of
 * exec, which need no privilege where kernel.perf_event_paranoid is 2 or less. It costs every switch to such a process something: for
 * launches that explain, not for those that are compared. */
#ifndef ISOCOST_EXECSTAMP_H
#define ISOCOST_EXECSTAMP_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

struct execstamp;

/* Watch all that the calling thread starts from now on. -errno, with what to do about it. */
int execstamp_open(struct execstamp **ret, struct err *err);
/* When this process exec'd its program, the last one if it did so more than once: CLOCK_MONOTONIC in ns; 0: it was not seen. */
int64_t execstamp_of(const struct execstamp *s, pid_t pid);
void execstamp_close(struct execstamp *s);      /* NULL is a no-op */

#endif

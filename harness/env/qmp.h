/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qmp.h - the few words of QEMU's monitor protocol that it takes to start a machine and to know how it goes. */
#ifndef ISOCOST_QMP_H
#define ISOCOST_QMP_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct qmp {
	int fd;                         /* the caller's; non-blocking. -1: not connected */
	struct str in;                  /* received, not yet a whole line */
	/* QEMU's own stamps, as CLOCK_MONOTONIC; 0: not yet */
	int64_t running_ns;             /* RESUME: the vCPUs were let run */
	int64_t shutdown_ns;            /* SHUTDOWN: the guest powered off */
	int *threads;                   /* of the vCPUs, in order, once QEMU has told */
	size_t n_threads;
};
void qmp_free(struct qmp *q);           /* closes fd too */

/* Begin, and ask for the vCPUs' threads when they are wanted. -errno */
int qmp_hello(struct qmp *q, bool threads, struct err *err);
/* Let the vCPUs run. */
int qmp_cont(struct qmp *q, struct err *err);
/* Take in what is there, without waiting. 0, -EPIPE when QEMU hung up, -EIO with its words when it refused something. */
int qmp_read(struct qmp *q, struct err *err);

#endif

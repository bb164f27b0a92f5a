/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pump.h - deliver what a command writes, with the host's clock at its receipt, until the command is over. */
#ifndef ISOCOST_PUMP_H
#define ISOCOST_PUMP_H

#include "base/err.h"
#include "env/env.h"

/* Descriptors are the caller's; -1 leaves one out. */
struct pump {
	int out, errout;                /* read ends for the command's fd 1 and 2; made non-blocking */
	int pidfd;                      /* polls readable at the end of the command; -1: the end is when both are closed */
	int64_t exit_ns;                /* out: when pidfd was seen readable; 0 before */
};

/* Pass everything to call->output until the end, what was written before it included. -ETIMEDOUT at call->deadline_ns,
 * -EINTR when sig_fd() is readable, -ECANCELED when *call->stop_fd is: the command is then still running. */
int pump_run(struct pump *p, const struct env_call *call, struct err *err);

/* Only wait for the end of the command. */
int pump_wait(struct pump *p, const struct env_call *call, struct err *err);

/* What these say when they stop early: sets err and returns r. */
int pump_stopped(int r, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* observe.h - look at an instance from outside while an observed workload (registry.h) is idle in it, then have it end.
 *
 * Everything is done by the thread that waits in exec, from within its output function: CPU time at the receipt of `ready`, memory at
 * that of `begin`, before which the program was idle for a while. Nothing is timed after `ready`. */
#ifndef ISOCOST_OBSERVE_H
#define ISOCOST_OBSERVE_H

#include "env/env.h"
#include "model/launch.h"

struct observer {
	const struct env_ops *ops;
	struct env *env;                /* set once start() returned */
	struct launch *launch;          /* its footprint is filled in; its result is what was heard so far */
	int stop;                       /* eventfd for env_call.stop_fd */
	double launcher_s;              /* CPU seconds of the harness before the start */
	bool has_cpu, done;
};

/* Before start(). Freed by observe_end. -errno: no descriptor can be had. */
int observe_begin(struct observer *o, const struct env_ops *ops, struct launch *launch, struct err *err);
/* Records have come. */
void observe_heard(struct observer *o);
/* After exec(), which gave r: 0 when it was looked at, and the launch's metrics are made of its footprint; or why not. */
int observe_end(struct observer *o, int r, struct err *err);

/* What the instance holds now: for who has an instance and no launch. Items that can't be known carry the reason. */
void observe_memory(const struct env_ops *ops, struct env *env, struct footprint *ret);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* work.h - the CPU time that the host spends for an instance while its workload moves something (registry.h): looked at from outside at the
 * receipt of the records `work`, by the thread that waits in exec, from within its output function. */
#ifndef ISOCOST_RUN_WORK_H
#define ISOCOST_RUN_WORK_H

#include "env/env.h"
#include "model/launch.h"

struct work_watch {
	const struct env_ops *ops;
	struct env *env;                /* set once start() returned */
	struct launch *launch;          /* work_cpu_s or work_unknown is filled in; its result is what was heard so far */
	bool begun, ended;
	double before_s;                /* NaN: not known, and work_unknown says why */
};

/* Records have come. */
void work_heard(struct work_watch *w);

#endif

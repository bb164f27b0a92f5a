/* SPDX-License-Identifier: GPL-3.0-or-later */
/* measure.h - one launch: a fresh instance of an arm runs one workload once, watched from outside. */
#ifndef ISOCOST_MEASURE_H
#define ISOCOST_MEASURE_H

#include "env/env.h"
#include "model/launch.h"
#include "model/suite.h"

struct measure {
	const struct env_ops *ops;
	struct env_arm *arm;
	const struct envelope *envelope;
	const char *isoload_sha256;     /* what the binary inside must be */
	double deadline_s;
};

/* Run workload w and fill *ret (arm, workload, number and block are the caller's to set). A launch that fails is a
 * result too: 0 with ret->ok false and ret->error. -EINTR: it was interrupted and is not to be kept. */
int measure_launch(const struct measure *m, const struct suite_workload *w, struct launch *ret, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* runner.h - one workload from its parameters to its last record. The rules of measurement are kept here, once. */
#ifndef ISOCOST_RUNNER_H
#define ISOCOST_RUNNER_H

#include "params.h"
#include "wire_out.h"

#define LOAD_CANNOT 1

/* Write env, begin, done, samples, digest and end; `ready` is written already. 0 when the workload succeeded and every
 * record was written, LOAD_CANNOT when this place can't run it (load_cannotf()) and that was written, otherwise -errno. One at a
 * time: samples lie in static memory. */
int load_run(const struct workload *w, const struct load_value values[PARAMS_MAX], struct load_out *out);

/* The same behind the facts, which somebody else has told. */
int load_measure(const struct workload *w, const struct load_value values[PARAMS_MAX], struct load_out *out);

#endif

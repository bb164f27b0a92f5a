/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load.h - what a workload's run() works with: its parameters, the timed loop, single intervals, the check value.
 *
 * The order of things in run(): get memory, files and parameters; check the result of a fixed piece of work; then measure
 * with load_loop() or with load_now() around the work and load_interval() after it. Between two readings of the clock
 * there is only the work: nothing is printed, allocated, parsed or chosen. Functions return 0 or -errno; run() passes an
 * error on, and then none of its samples counts. */
#ifndef ISOCOST_LOAD_H
#define ISOCOST_LOAD_H

#include "registry.h"
#include "timer.h"

#include <errno.h>
#include <stdint.h>

/* The value of a parameter of the right type that the workload's row has; anything else is a bug and aborts. */
uint64_t load_size(const struct load *l, const char *param);    /* bytes */
uint64_t load_count(const struct load *l, const char *param);
double load_seconds(const struct load *l, const char *param);
bool load_is(const struct load *l, const char *param, const char *choice);

/* The operation that is timed: do it n times. 0, or -errno when one of them failed or gave a wrong result. */
typedef int load_op(void *arg, uint64_t n);

/* Parameters of every workload that calls load_loop(). */
#define LOAD_LOOP_PARAMS                                                                              \
	{ "time", PARAM_SECONDS, "300ms", NULL, "how long to measure" },                              \
	{ "warmup", PARAM_SECONDS, "50ms", NULL, "how long to run before that; samples are marked" }, \
	{ "min-time", PARAM_SECONDS, "2ms", NULL, "the least a sample lasts; the work in it is repeated until it does" }

enum { LOAD_SAMPLES_MIN = 3 };          /* measured ones, however slow the machine */

/* Measure op: find how often it must be repeated for one sample, warm up, measure. amount is what one operation does, in
 * the metric's terms: with a unit "…/s" a sample is amount * n / seconds (bytes for B/s), with "s" seconds / (n * amount). */
int load_loop(struct load *l, const char *metric, load_op *op, void *arg, double amount);

/* One sample from an interval that the workload timed itself; value as with load_loop for n = 1. -ERANGE when it is too
 * short for this clock, -EOVERFLOW when there are WIRE_SAMPLES_MAX already and this one is of the warm-up. Of more than that many
 * altogether the measured ones are kept as a histogram (histogram.h): for those who ask for few, nothing changes. */
int load_interval(struct load *l, const char *metric, bool warmup, int64_t start, int64_t end, double amount);

/* For a workload that moves something (registry.h). Between the two it does nothing but move: set-up and rehearsals come before, and what only
 * checks behind. Each writes a record; so not between two readings of the clock. amount: what was moved in between, warm-up included. */
void load_work_begin(struct load *l);
void load_work_end(struct load *l, uint64_t amount);

/* Add to the check value: what was computed, which must not depend on speed or place. */
void load_digest(struct load *l, const void *data, size_t len);

/* Tell a fact of how it was done, in a record `env KEY=VALUE` behind the measurement: which of several ways was there. A few. */
void load_fact(struct load *l, const char *key, const char *value);

/* Say why run() fails; returns -err for it to return. err is an errno, positive. */
int load_failf(struct load *l, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Say that this place can't run it, and what it lacks (no huge pages, no network, a system call that is refused): a fact of the
 * place, which the report states, and no failure. Not for what went wrong. Returns -ENOTSUP for run() to return. */
int load_cannotf(struct load *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* density.h - many instances of one arm alive at once: started one after the other, held, ended together.
 *
 * Each instance has a thread that starts it, waits in exec for `isoload hold` and stops it. The next one is started when the one
 * before has said `ready`, so that a start is clocked as everywhere: start request to receipt of `ready`. What each holds is read
 * at the end, when nothing is clocked any more. */
#ifndef ISOCOST_DENSITY_H
#define ISOCOST_DENSITY_H

#include "env/env.h"

struct density_conf {
	const struct env_ops *ops;
	struct env_arm *arm;
	unsigned n;                     /* instances */
	unsigned group;                 /* memory is read after every so many, and at the end */
	double deadline_s;              /* for one start */
	void (*alive)(void *arg, unsigned n);   /* told after every start */
	void *arg;
};

/* What memory is at one moment; bytes, 0: unknown. */
struct density_reading {
	unsigned alive;
	int64_t begin_ns, end_ns;       /* when it was taken; no instance was starting */
	uint64_t rss;                   /* of the harness, all of its pages */
	uint64_t used;                  /* of the host: MemTotal less MemAvailable; everything on the host moves it */
	uint64_t slab;                  /* the kernel's objects, of the host */
};

struct density {
	unsigned n;                     /* instances that said `ready` */
	double *start_s;                /* of each, in order */
	struct density_reading *readings;       /* the first one before any start */
	size_t n_readings;
	struct footprint *held;         /* of each instance, n of them, read when all were alive; NULL: it did not come to that */
	unsigned lost;                  /* ended by themselves before they were told to */
	double teardown_s;              /* told to end -> the last one gone */
};

/* 0: all n were alive together. Otherwise what ended it, and all that run are ended: -EINTR, -ETIMEDOUT (a start), or what a
 * start gave. *ret is filled as far as it went, in every case; the caller's density_free. */
int density_run(const struct density_conf *conf, struct density *ret, struct err *err);
void density_free(struct density *d);

#endif

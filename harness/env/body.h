/* SPDX-License-Identifier: GPL-3.0-or-later */
/* body.h - what an instance is on the host: its processes and its files. Filled in by drivers, read by who measures. */
#ifndef ISOCOST_BODY_H
#define ISOCOST_BODY_H

#include "base/err.h"
#include "model/footprint.h"

#include <sys/types.h>

struct cgroup;

struct env_body {
	pid_t *pids;                    /* the host's processes that are there for this instance alone; each once */
	size_t n;
	uint64_t guest_ram;             /* bytes that the guest was given; 0: it is no guest */
	struct footprint known;         /* what the driver can tell itself: image and kernel, or why not */
	double counted_cpu_s;           /* CPU seconds that were counted elsewhere, where some of its processes have ended; NaN: ask those
	                                 * that live */
};

/* An empty one; freed by body_free. */
struct env_body body_new(void);
void body_free(struct env_body *b);

void body_add_pid(struct env_body *b, pid_t pid);
/* The process and all that descend from it. */
void body_add_tree(struct env_body *b, pid_t pid);
/* Every process in the cgroup and below it, and the kernel's memory that is charged there. NULL: says that it has none. */
void body_add_cgroup(struct env_body *b, const struct cgroup *c);
/* Add so many bytes to the image; 0 says that it needs no files of its own. */
void body_add_image(struct env_body *b, uint64_t bytes);
/* Add the allocated bytes of a file. NULL is a no-op; one that can't be read makes the image unknown. */
void body_add_file(struct env_body *b, const char *path);

/* Memory of the instance now: all items but the CPU's. */
void body_read_memory(const struct env_body *b, struct footprint *ret);
/* CPU seconds of the instance so far. */
int body_cpu_s(const struct env_body *b, double *ret);

#endif

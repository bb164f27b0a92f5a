/* SPDX-License-Identifier: GPL-3.0-or-later */
/* facts.h - what a workload sees from inside its environment: the `env` records. */
#ifndef ISOCOST_FACTS_H
#define ISOCOST_FACTS_H

#include "registry.h"
#include "timer.h"
#include "wire_out.h"

/* Write all env records. What can't be found out here (no /proc, no /sys) is written as "unknown". */
void load_facts_write(const struct workload *w, const struct load_timer *timer, struct load_out *out);

/* The lowest memory limit of the cgroups that a process with this /proc/self/cgroup is in, for a cgroup tree mounted at
 * root ("/sys/fs/cgroup": v1, hybrid or v2); UINT64_MAX when there is none. */
uint64_t load_cgroup_memory(const char *root, const char *proc_self_cgroup);

/* "ext4", "tmpfs" … of the file system that holds path; its magic number in hexadecimal when it has no name here. */
void load_fs_type(const char *path, char *buf, size_t size);

#endif

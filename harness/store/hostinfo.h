/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hostinfo.h - what this host is and what it is doing: recorded, never changed. */
#ifndef ISOCOST_HOSTINFO_H
#define ISOCOST_HOSTINFO_H

#include "base/str.h"

#include <stdint.h>

/* Fill *ret with facts by dotted name (docs/results-format.md lists them). A fact that this host has not is left out.
 * work is the directory whose file system the file workloads use. */
void hostinfo_gather(const char *work, struct kvs *ret);

/* The same with /proc, /sys, /etc and /dev taken below root: for tests. Name, release, topology and the disk's type stay those of this
 * host. */
void hostinfo_gather_at(const char *root, const char *work, struct kvs *ret);

/* Online CPUs that this process may use, as a list of numbers. Returns how many; *ret is the caller's to free. */
size_t hostinfo_cpus(unsigned **ret);

/* All of the host's memory in bytes; 0: unknown. */
uint64_t hostinfo_memory(void);

#endif

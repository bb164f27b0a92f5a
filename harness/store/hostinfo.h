/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hostinfo.h - what this host is and what it is doing: recorded, never changed. */
#ifndef ISOCOST_HOSTINFO_H
#define ISOCOST_HOSTINFO_H

#include "base/str.h"

#include <stdint.h>

/* Fill *ret with facts by dotted name (docs/results-format.md lists them). A fact that this host has not is left out.
 * work is the directory whose file system the file workloads use. */
void hostinfo_gather(const char *work, struct kvs *ret);

/* CPU seconds stolen since the host's boot from the CPUs of the list "0,2", the fullest of them (/proc/stat); 0 where it is
 * not counted. */
double hostinfo_steal_s(const char *cpu_list);

/* Current frequency in Hz of the first CPU of the list and the host's temperature in degrees Celsius; 0 where the host does
 * not tell. */
double hostinfo_frequency_hz(const char *cpu_list);
double hostinfo_temperature_c(void);

/* Online CPUs that this process may use, as a list of numbers. Returns how many; *ret is the caller's to free. */
size_t hostinfo_cpus(unsigned **ret);

/* All of the host's memory in bytes; 0: unknown. */
uint64_t hostinfo_memory(void);

/* "cgroup v1", "cgroup hybrid", "cgroup v2" or "none". */
const char *hostinfo_cgroup_mode(void);

#endif

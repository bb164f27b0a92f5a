/* SPDX-License-Identifier: GPL-3.0-or-later */
/* procmem.h - memory and CPU time of processes, as the kernel tells them in /proc. */
#ifndef ISOCOST_PROCMEM_H
#define ISOCOST_PROCMEM_H

#include "base/err.h"
#include "model/footprint.h"

#include <sys/types.h>

/* Pure parsers of made-up or real text. Numbers in bytes. */

struct procmem_rollup {
	uint64_t pss, anon, file, shmem, private;
	bool has_parts;                 /* the kernel splits Pss (since 5.10) */
};
/* /proc/PID/smaps_rollup, with huge pages of a pool added to pss and private. -EPROTO when a line that must be there is not. */
int procmem_parse_rollup(const char *text, struct procmem_rollup *ret);
/* "VmPTE:" of /proc/PID/status. -EPROTO. */
int procmem_parse_page_tables(const char *text, uint64_t *ret);
/* The mapping of /proc/PID/smaps that is a guest's RAM: readable and writable, not executable, of exactly this size, or else the
 * smallest that is larger (the kernel may have merged it with a neighbour). Rss + Swap of it, and huge pages of a pool. -ENOENT: there is none. */
int procmem_parse_guest(const char *text, uint64_t ram, uint64_t *ret);

/* Add up pss, its parts, private and page tables of n processes in *ret. A process that has ended meanwhile counts nothing, but one
 * must be there. What can't be read (another user's process) is missing in *ret, with the reason. */
void procmem_read(const pid_t *pids, size_t n, struct footprint *ret);
/* Pages of the guest's RAM in the one of these processes that has such a mapping. */
void procmem_read_guest(const pid_t *pids, size_t n, uint64_t ram, struct footprint *ret);

/* CPU seconds that n processes have used so far, all of their threads, ended ones too; of children only those that are named.
 * -ESRCH: none of them lives; or -errno. */
int procmem_cpu_s(const pid_t *pids, size_t n, double *ret);
/* CPU seconds of the children that n processes have waited for, and of theirs, in ticks of the kernel (10 ms). A process that has ended
 * counts nothing. -errno. */
int procmem_waited_s(const pid_t *pids, size_t n, double *ret);
/* Of a /proc/PID/stat. -EPROTO. */
int procmem_parse_waited(const char *text, unsigned long long *ret_ticks);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* registry.c - the workloads there are: one row each, in report order. */
#include "registry.h"

#define WORKLOADS(ROW)      \
	ROW(startup)        \
	ROW(footprint)      \
	ROW(cpu_int)        \
	ROW(cpu_float)      \
	ROW(cpu_compress)   \
	ROW(cpu_scaling)    \
	ROW(timer_jitter)   \
	ROW(mem_bandwidth)  \
	ROW(mem_latency)    \
	ROW(mem_random)     \
	ROW(page_fault)     \
	ROW(tlb)            \
	ROW(syscall)        \
	ROW(syscall_io)     \
	ROW(context_switch) \
	ROW(futex)          \
	ROW(unix_socket)    \
	ROW(signal)         \
	ROW(mmap)           \
	ROW(fork_exec)      \
	ROW(file_seq)       \
	ROW(file_random)    \
	ROW(file_fsync)     \
	ROW(file_meta)      \
	ROW(net_rr)         \
	ROW(net_stream)     \
	ROW(net_connect)    \
	ROW(sqlite)         \
	ROW(kv)

#define DECLARE(name) extern const struct workload workload_##name;
#define ADDRESS(name) &workload_##name,
WORKLOADS(DECLARE)
const struct workload *const registry[] = { WORKLOADS(ADDRESS) NULL };

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* footprint.h - what an instance holds of the host. Values only; env/procmem.h reads most of them. */
#ifndef ISOCOST_FOOTPRINT_H
#define ISOCOST_FOOTPRINT_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* What is read of an instance that lives and is idle: a launch of an observed workload (registry.h), or one of many (run/density.h).
 * Bytes, unless it ends in CPU: CPU seconds. "Its processes" are the host's processes that are there for this instance alone: QEMU; all
 * in a container or of a bare command; those of an engine's command line. */
enum footprint_item {
	FOOTPRINT_PSS,          /* proportional set size, summed over its processes: a page that k processes map counts 1/k.
	                         * smaps_rollup: Pss and its three parts, and in the sum huge pages of a pool (…_Hugetlb), which Pss
	                         * leaves out */
	FOOTPRINT_PSS_ANON,     /* Pss_Anon: private memory, a guest's RAM in most cases */
	FOOTPRINT_PSS_FILE,     /* Pss_File: programs and libraries */
	FOOTPRINT_PSS_SHMEM,    /* Pss_Shmem: shared memory, a guest's RAM where it is a memfd */
	FOOTPRINT_PRIVATE,      /* Private_Clean + Private_Dirty + Private_Hugetlb: what would be free without the instance */
	FOOTPRINT_PAGE_TABLES,  /* VmPTE of its processes (status); KVM's second-level tables are not in it */
	FOOTPRINT_KERNEL,       /* the kernel's memory (slab, stacks, page tables) that is charged to its control group: v1
	                         * memory.kmem.usage_in_bytes, v2 `kernel` of memory.stat */
	FOOTPRINT_GUEST_PAGES,  /* Rss + Swap (or …_Hugetlb) of the mapping that is the guest's RAM (smaps): pages that the guest has touched, in the
	                         * page size that backs them */
	FOOTPRINT_IMAGE,        /* allocated bytes of the files that one instance needs besides the host's own: kernel, firmware,
	                         * initramfs, disk; root tree. Shared ones count once */
	FOOTPRINT_CPU,          /* of its processes, when `ready` was received */
	FOOTPRINT_LAUNCHER_CPU, /* of the harness, libvirt's embedded driver in it, from the call of start to the receipt of `ready` */
	FOOTPRINT_ITEMS,
};

struct footprint_def {
	const char *key;                /* in the journal: "page_tables" */
	const char *metric;             /* of the workload `footprint`: "page-tables"; NULL: only a part of another one */
};
extern const struct footprint_def footprint_defs[FOOTPRINT_ITEMS];

struct footprint {
	uint64_t memory_peak;           /* bytes of host memory the arm held at its peak; 0: unknown */
	double cpu_s;                   /* CPU seconds the arm used on the host until its end; 0: unknown */
	unsigned known;                 /* bit i: v[i] was read. 0 may well be a value */
	double v[FOOTPRINT_ITEMS];
	struct kvs unknown;             /* key -> why it can't be known here */
};

void footprint_set(struct footprint *f, enum footprint_item item, double v);
/* Why it is not known; the first reason stays, and one for an item that is known is ignored. */
void footprint_miss(struct footprint *f, enum footprint_item item, const char *why);
bool footprint_has(const struct footprint *f, enum footprint_item item);
/* The value, or NaN. */
double footprint_get(const struct footprint *f, enum footprint_item item);
void footprint_free(struct footprint *f);

#endif

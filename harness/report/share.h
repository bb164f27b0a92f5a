/* SPDX-License-Identifier: GPL-3.0-or-later */
/* share.h - libvirt's share of a guest's start as computed tables: the same guest with and without libvirt, and the calls by which
 * libvirt starts it. */
#ifndef ISOCOST_REPORT_SHARE_H
#define ISOCOST_REPORT_SHARE_H

#include "report/model.h"

/* One part of a launch's life in both arms, in seconds. */
struct share_part {
	const char *what;
	size_t n, n_direct;             /* launches that have it */
	double median, direct;          /* NaN without any */
	double diff;                    /* median - direct */
	struct stats_interval diff_ci;
	enum step word;
};
#define SHARE_PARTS 4

/* Two arms of the driver vm whose options differ in `via` alone. */
struct share_pair {
	size_t arm, direct;             /* indices into run->arms */
	struct share_part parts[SHARE_PARTS];
};

/* One call, over an arm's traced launches: medians of its sums in a launch; a launch without it counts with 0. */
struct share_call {
	const char *name;
	double count, qemu_s, libvirt_s;
};
struct share_trace {
	size_t arm;
	size_t launches;
	struct share_call *calls;       /* in the order of their first ones */
	size_t n;
	double qemu_s, libvirt_s;       /* medians of the sums over all calls */
	double exec_s;                  /* median of libvirt's time before it execs QEMU; NaN: not seen */
};

struct share {
	struct share_pair *pairs;
	size_t n_pairs;
	struct share_trace *traces;
	size_t n_traces;
};

/* Over the launches of startup workloads; NULL when the run has neither pairs nor traces. r must outlive it. */
struct share *share_new(const struct report *r);
void share_free(struct share *s);

#endif

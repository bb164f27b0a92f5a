/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kvmguest.h - a guest without an operating system, by /dev/kvm itself: one vCPU, four pages of memory, the code of
 * kvmcode.h. */
#ifndef ISOCOST_KVMGUEST_H
#define ISOCOST_KVMGUEST_H

#include "base/err.h"

#include <linux/kvm.h>
#include <stdint.h>

enum kvmguest_mode {
	KVMGUEST_REAL,                  /* real mode, as a CPU wakes up */
	KVMGUEST_RING0,                 /* 64 bits, paging, ring 0 */
	KVMGUEST_RING3,                 /* the same in ring 3 */
};

struct kvmguest;

/* Make one. -ENOTSUP: err says at which step KVM failed. The caller ends it with kvmguest_free (NULL is a no-op). */
int kvmguest_new(struct kvmguest **ret, struct err *err);
void kvmguest_free(struct kvmguest *g);

/* Let the vCPU stand before a routine of kvmcode.h, with rcx = count. */
int kvmguest_enter(struct kvmguest *g, enum kvmguest_mode mode, const char *routine, uint64_t count, struct err *err);

/* One KVM_RUN, until the guest leaves. *ret_ns: how long by the host's clock. 0: it left, for the reason in
 * kvmguest_exit(). -ETIMEDOUT: it had not left after limit_ns. -EINTR: the user ended the program. -ENOTSUP: KVM failed.
 * For the time of the call the first real-time signal is the guest's. */
int kvmguest_run(struct kvmguest *g, int64_t limit_ns, int64_t *ret_ns, struct err *err);
const struct kvm_run *kvmguest_exit(const struct kvmguest *g);

/* Whether it left by writing to KVMCODE_PORT; by writing to where there is no memory. */
int kvmguest_wrote_port(const struct kvmguest *g);
int kvmguest_wrote_mmio(const struct kvmguest *g);

int kvmguest_rax(const struct kvmguest *g, uint64_t *ret, struct err *err);

#endif

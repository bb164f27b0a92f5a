/* SPDX-License-Identifier: GPL-3.0-or-later */
/* accel.h - what accelerates the guest: found out by trying, never by looking whether /dev/kvm exists. */
#ifndef ISOCOST_ACCEL_H
#define ISOCOST_ACCEL_H

#include "base/err.h"
#include "env/guest.h"
#include "env/guestkernel.h"
#include "model/kvmcost.h"

#include <stdbool.h>

#define ACCEL_TCG_NAME "TCG (software emulation)"

struct accel {
	bool kvm;
	enum kvm_kind kind;     /* of KVM, if it is that: as measured, or as the host has it where nothing could be */
	char *why;              /* which it took and why; malloc'd */
};
void accel_free(struct accel *a);
const char *accel_name(const struct accel *a);          /* the kind's (model/kvmcost.h), or that of TCG */
const char *accel_short(const struct accel *a);         /* "KVM", "KVM, nested", "KVM, no hw", "TCG" */

/* Run a guest of three instructions by /dev/kvm itself. 0: it ran; -ENOTSUP, -ETIMEDOUT: err says at which step KVM
 * failed; -EINTR: the user ended the program. */
int accel_kvm_runs(struct err *err);

/* Choose. ACCEL_AUTO: KVM when it boots the guest's kernel to isoinit within a short deadline (trial->boot_ns is not
 * used), else TCG; what was found is kept in ctx->cache for this boot of the host. trial: the guest to try, by KVM.
 * ACCEL_KVM: -ENOTSUP when KVM runs nothing at all; whether it boots a Linux kernel the launches will show. */
int accel_choose(enum accel_choice choice, const struct guest_config *trial, const struct guest_kernel *k, const char *qemu_version,
                 struct accel *ret, struct err *err);

/* The same for a guest without an operating system: ACCEL_AUTO takes KVM when it runs anything. */
int accel_choose_bare(enum accel_choice choice, struct accel *ret, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kvmprobe.h - what KVM costs on this host and which kind of KVM it is: measured with a micro-guest. */
#ifndef ISOCOST_KVMPROBE_H
#define ISOCOST_KVMPROBE_H

#include "base/err.h"
#include "model/kvmcost.h"

/* Measure, which takes some 0.2 s, 0.6 s at most where KVM answers; once a process, later calls give what was found.
 * Every duration is that of KVM_RUNs by the host's clock. A figure that could not be had has n == 0, and *ret_missing,
 * which lives as long as the process, says why ("" when there is none). 0; -ENOTSUP: KVM runs nothing here, and err says
 * why; -EINTR: the user ended the program. */
int kvmprobe(struct kvmcost *ret, const char **ret_missing, struct err *err);

/* What the host says of itself: /proc/cpuinfo, /sys/module. */
struct kvm_host kvmprobe_host(void);
char *kvmprobe_modules(void);           /* "kvm_intel"; "" when it is built in. Owner frees */

/* All of it as facts kvm.*, with the reason in kvm.missing where a figure or KVM as a whole is missing. */
int kvmprobe_facts(struct kvs *facts, struct err *err);

#endif

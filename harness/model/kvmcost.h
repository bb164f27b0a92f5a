/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kvmcost.h - what KVM costs on a host, as figures, and which kind of KVM they tell of. Values only: env/kvmprobe.h
 * measures them, the facts of an arm carry them, reports show them. */
#ifndef ISOCOST_KVMCOST_H
#define ISOCOST_KVMCOST_H

#include "base/str.h"

#include <stdbool.h>

enum kvmcost_figure {
	KVMCOST_PORT, KVMCOST_MMIO, KVMCOST_CPUID, KVMCOST_CALL,        /* exits */
	KVMCOST_RING0, KVMCOST_RING3,                                   /* one ordinary instruction */
	KVMCOST_START, KVMCOST_END,                                     /* a virtual machine */
	KVMCOST_FIGURES
};

struct kvmcost_def {
	const char *fact;               /* "kvm.exit_port": the facts are FACT_s, FACT_q1_s, FACT_q3_s and FACT_n */
	const char *what;               /* for tables */
};
extern const struct kvmcost_def kvmcost_defs[KVMCOST_FIGURES];

/* The median of n repetitions and its quartiles, in seconds. n == 0: it was not measured. */
struct kvmcost_value {
	double median, q1, q3;
	unsigned n;
};

enum kvm_kind {
	KVM_KIND_UNKNOWN,               /* nothing was measured */
	KVM_KIND_HARDWARE,              /* VT-x or AMD-V of the machine itself */
	KVM_KIND_NESTED,                /* VT-x or AMD-V that a hypervisor below passes on */
	KVM_KIND_SOFTWARE,              /* neither */
};

#define KVM_KIND_HARDWARE_NAME "KVM with hardware virtualization"
#define KVM_KIND_NESTED_NAME "KVM with nested hardware virtualization"
#define KVM_KIND_SOFTWARE_NAME "KVM without hardware virtualization"

struct kvmcost {
	enum kvm_kind kind;
	struct kvmcost_value v[KVMCOST_FIGURES];
};

/* What the host says of itself. */
struct kvm_host {
	bool virtualization;            /* the CPU shows vmx or svm, or a KVM module of a CPU vendor is there */
	bool is_guest;                  /* the CPU shows a hypervisor */
};

/* An instruction in ring 0 that takes this many times as long as one in ring 3 was emulated, whatever the host says. */
#define KVMCOST_EMULATED 20

enum kvm_kind kvmcost_classify(const struct kvmcost_value v[KVMCOST_FIGURES], const struct kvm_host *host);
enum kvm_kind kvmcost_shown(const struct kvm_host *host);       /* by what the host says alone */
const char *kvm_kind_name(enum kvm_kind kind);          /* one of the three above; "unknown" */

/* How many times as long an instruction takes in ring 0 as in ring 3; NaN when either was not measured. */
double kvmcost_ring_ratio(const struct kvmcost *c);

/* A ratio as text takes it: 2523 is 2500, more digits would not hold the next time. */
double kvmcost_about(double ratio);

/* What the kind means for a guest's figures: one sentence. Owner frees. */
char *kvmcost_meaning(const struct kvmcost *c);

/* As facts, and back. Reading: false, and *ret untouched, when the facts hold no kind of KVM. */
void kvmcost_to_facts(const struct kvmcost *c, struct kvs *facts);
bool kvmcost_from_facts(const struct kvs *facts, struct kvmcost *ret);

#endif

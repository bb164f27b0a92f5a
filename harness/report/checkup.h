/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checkup.h - the checks of `isocost doctor`: facts of a host in, findings out. Nothing is read and nothing is changed here.
 *
 * Facts are those of store/hostinfo.h, the arms' facts of KVM (model/kvmcost.h), and for programs program.NAME, its path or "". A fact
 * that a host has not is passed over: no verdict without a value. */
#ifndef ISOCOST_CHECKUP_H
#define ISOCOST_CHECKUP_H

#include "report/finding.h"

/* What distorts figures: CPU, memory, clock, disk, the host's own state. */
void checkup_figures(const struct kvs *facts, struct findings *ret);
/* What arms are made of: control groups, namespaces, filters, overlayfs, rights. */
void checkup_kernel(const struct kvs *facts, bool root, struct findings *ret);
/* KVM and of which kind, with its costs; whether virtualization is passed on. */
void checkup_kvm(const struct kvs *facts, struct findings *ret);
/* libvirt, QEMU and the guest's kernel, as an arm has them. */
void checkup_versions(const struct kvs *arm_facts, struct findings *ret);
/* Steal between two gatherings of host facts, by their cpu_time. */
void checkup_steal(const struct kvs *before, const struct kvs *after, struct findings *ret);

/* Programs that are started by name. */
struct checkup_program {
	const char *name, *package;     /* of Debian */
	const char *effect;             /* of its lack */
	bool needed;                    /* by an arm of the reference suites */
};
extern const struct checkup_program checkup_programs[];         /* ends with a NULL name */
void checkup_missing(const struct kvs *facts, struct findings *ret);

/* The applications' root file system, by its facts: app.root, its path or "", and app.packages. */
void checkup_approot(const struct kvs *facts, struct findings *ret);

#endif

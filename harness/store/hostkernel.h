/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hostkernel.h - what the host's kernel can do that arms are made of, as facts: looked up, not tried. root as in store/hostfile.h. */
#ifndef ISOCOST_HOSTKERNEL_H
#define ISOCOST_HOSTKERNEL_H

#include "base/str.h"

/* "cgroup v1", "cgroup hybrid", "cgroup v2" or "none". */
const char *hostkernel_cgroup_mode(const char *root);

/* kernel.userns, .seccomp, .overlayfs, .lockdown, cgroup.mode, .controllers, kvm.device, .nested. */
void hostkernel_facts(const char *root, struct kvs *ret);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm_priv.h - what the files of the driver `vm` share: the arm, made once, and its parts. */
#ifndef ISOCOST_VM_PRIV_H
#define ISOCOST_VM_PRIV_H

#include "env/accel.h"
#include "env/approot.h"
#include "env/guest.h"
#include "env/guestkernel.h"
#include "env/guestopts.h"
#include "env/hubshare.h"

struct env_arm {
	const struct env_ctx *ctx;
	char *name;
	struct kvs given;               /* the options, for opts' strings */
	struct guest_opts opts;
	struct virt *virt;
	struct guest_kernel kernel;
	struct accel accel;
	struct guest_config config;     /* points into what follows */
	struct approot app;             /* the applications' root; zeroed: there is none */
	struct savedstate *state[GUEST_STATES]; /* by the guest's disks; NULL: none yet */
	char *marked;                   /* the kernel that says when it is entered; NULL: it can't be made to */
	struct hubshare *out;           /* the network; NULL: none yet */
	char *cmdline, *hold_cmdline, *cpu, *initrd[GUEST_IMAGES], *disk, *virtiofsd, *emulator_list;
};

/* vm_open.c: work out from ctx, name and given all that launches share. What it made is removed by vm_close(), also when it failed. */
int vm_prepare(struct env_arm *a, struct env_facts *facts, struct err *err);
/* Part of it: begin config with what ctx, virt, name and opts say. */
void vm_start_config(struct env_arm *a);
void vm_close(struct env_arm *a);                       /* NULL is a no-op */

/* vm_tune.c: choices that depend on the host. */
int vm_choose_boot(struct env_arm *a, struct err *err);
/* Make the chosen kernel say when it is entered, where that can be done; kept in the cache. */
int vm_mark_kernel(struct env_arm *a, struct err *err);
int vm_choose_hardware(struct env_arm *a, struct err *err);     /* machine, firmware, memory, QEMU's own threads */
void vm_make_cmdline(struct env_arm *a);

/* vm_fit.c: -ENOTSUP and why, when no guest with this memory or this CPU model can run this kernel. */
int vm_check_memory(const struct env_arm *a, struct err *err);  /* once the images are built */
int vm_check_cpu(const struct env_arm *a, struct err *err);
/* vm_disk.c: the scratch directory, as disk or by virtiofs: can it be had as it is asked for, and what is prepared for it. */
int vm_choose_scratch(struct env_arm *a, struct env_facts *facts, struct err *err);
/* When all else is chosen: does libvirt take it? */
int vm_check_scratch(struct env_arm *a, struct err *err);

/* vm_net.c: the network. Open for an arm whose guests all have it, or else before the first guest that wants it. */
int vm_net_open(struct env_arm *a, struct err *err);
/* For start(): what the launch needs of it. *ret->hub stays NULL when that is nothing. vars is the caller's to free. */
int vm_net_provide(struct env_arm *a, const struct env_spec *spec, struct strv *vars, struct guest_net *ret, struct err *err);
/* For suits(): 0, or -ENOTSUP and why this workload's peer can't be reached. */
int vm_net_suits(const struct env_arm *a, const struct workload *w, const struct kvs *params, struct err *err);
void vm_net_close(struct env_arm *a);
void vm_choose_vhost(struct env_arm *a);
void vm_net_tell(const struct env_arm *a, struct kvs *facts);

/* vm_image.c: make the initramfs for what a guest has, GUEST_IMAGE_… together, unless it is there. */
int vm_image(struct env_arm *a, unsigned what, struct err *err);
void vm_image_remove(struct env_arm *a);

/* vm_state.c: the arm's launches are restored from a saved state. Make the one that is needed, unless it is there, which takes
 * as long as a boot. disks: GUEST_IMAGE_SCRATCH and _ROOT together. */
int vm_need_state(struct env_arm *a, unsigned disks, struct err *err);
/* Make the state without a disk, and see that a guest can be restored from it. */
int vm_try_state(struct env_arm *a, struct err *err);

/* vm_tell.c: what was chosen, as facts and warnings of the arm. */
void vm_tell(const struct env_arm *a, struct env_facts *f);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guest.h - one guest: from virDomainCreateXML to nothing left. Used by the driver and by the accelerator's trial.
 *
 * Phases (end stamps; host's clock; docs/guest.md has the details):
 *   prepare    the harness has made sockets and scratch disk; virDomainCreateXML is called next
 *   libvirt    libvirt has exec'd QEMU, and QEMU has connected to the link's socket
 *   qemu       QEMU's machine is made, libvirt's queries are answered; the vCPUs are let run (QMP RESUME)
 *   firmware   the kernel is entered (the mark's arrival), where it was made to say so; else
 *   early      the clock of its log starts
 *   setup, core, unpack, drivers  its own log says that it has come so far: workloads/isoinit_boot.c
 *   kernel     isoinit's first instructions (the mark's arrival)
 *   init       isoinit's hello has arrived: modules loaded, ready for commands
 * A restored guest has these between `libvirt` and `poweroff`:
 *   qemu       QEMU's machine is made, libvirt's queries are answered; QEMU begins to read the state (QMP MIGRATION)
 *   load       QEMU has read it
 *   restore    the vCPUs are let run (QMP RESUME)
 *   init       isoinit's hello has arrived: it has fresh entropy, its disk is mounted
 * and both:
 *   poweroff   the guest has written everything and switches off (the mark's arrival, or QMP SHUTDOWN)
 *   exit       QEMU's process has ended
 *   destroyed  libvirt has the domain gone */
#ifndef ISOCOST_GUEST_H
#define ISOCOST_GUEST_H

#include "env/domxml.h"
#include "env/env.h"
#include "env/virt.h"

/* What all guests of an arm share. Borrowed; outlives them. */
struct guest_config {
	struct virt *virt;
	const struct env_ctx *ctx;
	const char *arm;                /* names the files in ctx->keep */
	struct dom_spec dom;            /* all but name, initrd, sockets, console_log, scratch */
	const char *initrd, *initrd_scratch;
	const char *disk;               /* prepared scratch disk, copied for each guest */
	uint64_t disk_size;
	const struct savedstate *state[2];      /* what a guest without and with a scratch disk starts from; NULL: it boots */
	int64_t boot_ns;                /* how long a boot may take */
};

struct guest;
struct savedstate;

int guest_start(const struct guest_config *c, const struct env_spec *spec, struct guest **ret, struct err *err);
int guest_exec(struct guest *g, struct env_call *call, struct err *err);
int guest_footprint(struct guest *g, struct footprint *ret, struct err *err);
void guest_stop(struct guest *g);

/* guestsave.c: have a guest that was booted with GUEST_HOLD hold still, and write its state into a file. There is nothing left to do
 * with it but guest_stop(). */
int guest_save(struct guest *g, const char *file, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guest.h - one guest: from the request to start its machine to nothing left. Used by the driver and by the accelerator's trial.
 *
 * Phases (end stamps; host's clock; docs/guest.md has the details):
 *   prepare    the harness has made sockets and scratch disk; virDomainCreateXML is called next, or QEMU is exec'd
 *   exec       QEMU is exec'd, by the harness itself or by libvirt where that can be seen
 *   connect    QEMU has connected to the link's socket
 *   libvirt    both at once: libvirt has exec'd QEMU, unseen, and QEMU has connected to the link's socket
 *   qemu       QEMU's machine is made, libvirt's queries are answered; the vCPUs are let run (QMP RESUME)
 *   firmware   the kernel is entered (the mark's arrival), where it was made to say so; else
 *   early      the clock of its log starts
 *   setup, core, unpack, drivers  its own log says that it has come so far: workloads/isoinit_boot.c
 *   kernel     isoinit's first instructions (the mark's arrival)
 *   init       isoinit's hello has arrived: modules loaded, ready for commands
 *   poweroff   the guest has written everything and switches off (the mark's arrival, or QMP SHUTDOWN)
 *   exit       QEMU's process has ended
 *   destroyed  libvirt has the domain gone; without libvirt: QEMU is reaped
 *
 * A restored guest has, between `libvirt` and `poweroff`:
 *   qemu       QEMU's machine is made, libvirt's queries are answered; QEMU begins to read the state (QMP MIGRATION)
 *   load       QEMU has read it
 *   restore    the vCPUs are let run (QMP RESUME)
 *   init       isoinit's hello has arrived: it has fresh entropy, its disk is mounted
 *
 * A bare guest has prepare, libvirt, qemu, exit and destroyed; the time of its byte goes to the output function. */
#ifndef ISOCOST_GUEST_H
#define ISOCOST_GUEST_H

#include "env/domxml.h"
#include "env/env.h"
#include "env/guestvm.h"
#include "env/nethub.h"

/* Initramfs images differ in the drivers that they have to load. */
enum { GUEST_IMAGE_SCRATCH = 1, GUEST_IMAGE_NET = 2, GUEST_IMAGE_ROOT = 4, GUEST_IMAGES = 8 };
/* Saved states differ in the disks: with any of GUEST_IMAGE_SCRATCH and _ROOT. */
enum { GUEST_STATES = GUEST_IMAGES };

static inline unsigned guest_image_of(bool scratch, bool root)
{
	return (scratch ? GUEST_IMAGE_SCRATCH : 0) | (root ? GUEST_IMAGE_ROOT : 0);
}

/* What all guests of an arm share. Borrowed; outlives them. */
struct guest_config {
	struct virt *virt;
	const struct guestvm_ops *vm;   /* by libvirt, or by QEMU alone */
	const struct env_ctx *ctx;
	const char *arm;                /* names the files in ctx->keep */
	struct dom_spec dom;            /* all but name, initrd, sockets, console_log, scratch, share, app, tap and what the cmdline says of it */
	const char *initrd[GUEST_IMAGES];       /* with what is needed for each; NULL where no guest asks for it */
	const char *disk;               /* prepared scratch disk, copied for each guest; NULL: virtiofs, dom.virtiofsd serves it */
	uint64_t disk_size;
	const char *app;                /* disk of the applications' root, the same for all guests; NULL: there is none */
	bool trace;                     /* QEMU's calls are noted: env_spec.calls */
	int64_t boot_ns;                /* how long a boot may take */
	const struct savedstate *state[GUEST_STATES];   /* what a guest with these disks starts from; NULL: it boots */
	bool bare;                      /* no operating system in it: it has no link, says one byte over the marks and halts */
};

/* A guest's way out. Borrowed; the hub outlives the guest. */
struct guest_net {
	struct nethub *hub;
	const struct strv *vars;        /* for its commands' environment */
};

struct guest;
struct savedstate;

/* net NULL: loopback only. */
int guest_start(const struct guest_config *c, const struct env_spec *spec, const struct guest_net *net, struct guest **ret, struct err *err);
int guest_bare_exec(struct guest *g, struct env_call *call, struct err *err);   /* of a bare guest: wait for its byte, which is its output */
int guest_exec(struct guest *g, struct env_call *call, struct err *err);
int guest_body(const struct guest *g, struct env_body *ret, struct err *err);
int guest_cpu(struct guest *g, double *ret_s, struct err *err);
int guest_footprint(struct guest *g, struct footprint *ret, struct err *err);
void guest_stop(struct guest *g);

/* guestsave.c: have a guest that was booted with GUEST_ARG_HOLD hold still, and write its state into a file. There is nothing left to
 * do with it but guest_stop(). */
int guest_save(struct guest *g, const char *file, struct err *err);

#endif

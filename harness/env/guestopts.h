/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestopts.h - the options of the vm driver: how its guest is made, tuned by default; each piece of tuning can be left out, to
 * price it. Pure. */
#ifndef ISOCOST_GUESTOPTS_H
#define ISOCOST_GUESTOPTS_H

#include "model/opts.h"

#include <stdbool.h>
#include <stdint.h>

enum guest_machine { GUEST_MACHINE_AUTO, GUEST_MACHINE_MICROVM, GUEST_MACHINE_Q35, GUEST_MACHINE_PC };
enum guest_firmware { GUEST_FIRMWARE_AUTO, GUEST_FIRMWARE_QBOOT, GUEST_FIRMWARE_SEABIOS };
enum guest_kernel_choice { GUEST_KERNEL_AUTO, GUEST_KERNEL_TINY };
enum guest_boot { GUEST_BOOT_AUTO, GUEST_BOOT_PVH, GUEST_BOOT_BZIMAGE };
enum guest_choice { GUEST_AUTO, GUEST_ON, GUEST_OFF };
enum guest_network { GUEST_NETWORK_AUTO, GUEST_NETWORK_NONE, GUEST_NETWORK_HUB };
enum guest_scratch { GUEST_SCRATCH_ON_DISK, GUEST_SCRATCH_BY_VIRTIOFS };
enum guest_via { GUEST_VIA_LIBVIRT, GUEST_VIA_QEMU };
enum guest_emulator { GUEST_EMULATOR_AUTO, GUEST_EMULATOR_SHARED, GUEST_EMULATOR_APART };

/* Strings point into the options. */
struct guest_opts {
	enum guest_via via;
	bool trace;                     /* libvirt's calls to QEMU are noted, one by one */
	enum guest_machine machine;
	enum guest_firmware firmware;
	enum guest_kernel_choice kernel;
	enum guest_boot boot;
	bool restore;                   /* a launch starts from a saved state */
	bool tuned_args;                /* the kernel's command line saves what a guest has no use for */
	bool mitigations;
	bool default_devices;           /* all that a general-purpose guest gets, used or not */
	bool cpu_queries;               /* libvirt asks QEMU for each feature of the CPU */
	enum guest_choice hugepages;
	enum guest_emulator emulator;
	bool iothread;
	const char *cpu, *cmdline;
	uint64_t disk;                  /* bytes */
	enum guest_network network;
	enum guest_scratch scratch;
	const char *cache, *io;         /* "none", "writeback" …; "auto", "native", "io_uring", "threads" */
};

extern const struct optdef guest_optdefs[];

/* opts: resolved against the table. -EINVAL: two that don't go together. */
int guest_opts_parse(const struct kvs *opts, struct guest_opts *ret, struct err *err);
/* As env_ops.check wants it. */
int guest_opts_check(const struct kvs *opts, struct err *err);

#endif

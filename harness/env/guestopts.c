/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestopts.c - the options of the vm driver. */
#include "env/guestopts.h"


#include <errno.h>
#include <string.h>

#define DISK_LEAST (16 << 20)

const struct optdef guest_optdefs[] = {
	{ "via", "libvirt", "libvirt qemu", "qemu: the same QEMU command line, run without libvirt: what vm costs more than that is libvirt's share" },
	{ "trace", "off", "off on", "on: QEMU notes each call of libvirt's, for the report's table of libvirt's share" },
	{ "machine", "auto", "auto microvm q35 pc", "QEMU machine; auto: microvm where QEMU, firmware and kernel allow it, else q35" },
	{ "firmware", "auto", "auto qboot seabios", "auto: qboot where it is installed and the machine takes it" },
	{ "kernel", "auto", "auto tiny", "auto: --guest-kernel, this host's or Debian's; tiny: of an own configuration, built by make guest-kernel" },
	{ "boot", "auto", "auto pvh bzimage", "the kernel as an uncompressed vmlinux by its PVH entry, where it has one, or as its bzImage" },
	{ "start", "boot", "boot restore", "restore: from the state of a guest that was booted and saved when the arm was opened" },
	{ "args", "tuned", "tuned plain", "the kernel's command line: without self-tests, calibration and mitigations, or with nothing "
	  "but what a console needs" },
	{ "mitigations", "off", "off on", "CPU vulnerability mitigations of the guest's kernel; on with args = plain" },
	{ "cmdline", "", NULL, "added to the guest kernel's command line" },
	{ "cpu", "auto", NULL, "auto (KVM: host-passthrough, TCG: maximum), or MODEL[,-FEATURE…] of libvirt" },
	{ "cpu-queries", "off", "off on", "on: libvirt asks QEMU for every CPU feature by itself, as it does by default: some 400 queries" },
	{ "devices", "used", "used default", "default: also what virt-install adds: USB, tablet, video, balloon, random numbers, root ports" },
	{ "emulator", "auto", "auto shared apart", "QEMU's own threads on the arm's CPUs or apart from them; auto: apart where the host "
	  "has CPUs to spare" },
	{ "hugepages", "auto", "auto on off", "guest memory on huge pages; auto: where the host has enough of them free" },
	{ "disk", "384MiB", NULL, "size of the scratch disk", DISK_LEAST },
	{ "cache", "none", "none writeback writethrough directsync unsafe", "the scratch disk's cache mode on the host" },
	{ "io", "auto", "auto native io_uring threads", "how QEMU reads and writes the scratch disk; auto: native with cache = none, else threads" },
	{ "iothread", "on", "on off", "the scratch disk has a thread of its own in QEMU" },
	{ "scratch", "disk", "disk virtiofs", "the scratch directory: a disk of the guest's own, or one of the host's shared by virtiofsd" },
	{ "network", "auto", "auto none hub", "hub: a network card on the harness's own bridge; auto: where a workload's peer is outside" },
	{ 0 },
};

static bool is(const struct kvs *opts, const char *name, const char *val)
{
	return strcmp(kvs_get(opts, name), val) == 0;
}

static unsigned choice(const struct kvs *opts, const char *name)
{
	return opts_choice(guest_optdefs, opts, name);
}

static int check(const struct guest_opts *o, struct err *err)
{
	if (o->machine == GUEST_MACHINE_MICROVM && o->default_devices)
		return err_setf(err, -EINVAL, "devices = default needs PCI, which machine = microvm has not: say machine = q35");
	if (o->machine == GUEST_MACHINE_MICROVM && o->firmware == GUEST_FIRMWARE_SEABIOS)
		return err_setf(err, -EINVAL, "firmware = seabios is for the machines q35 and pc; microvm boots by qboot");
	if (o->via == GUEST_VIA_QEMU && o->trace)
		return err_setf(err, -EINVAL, "trace = on notes the calls of libvirt, and via = qemu does without libvirt: leave out one of them");
	if (o->via == GUEST_VIA_QEMU && o->scratch == GUEST_SCRATCH_BY_VIRTIOFS)
		return err_setf(err, -EINVAL, "scratch = virtiofs needs libvirt, which starts virtiofsd: leave out via = qemu");
	if (o->via == GUEST_VIA_QEMU && o->network == GUEST_NETWORK_HUB)
		return err_setf(err, -EINVAL, "network = hub needs libvirt, which opens the tap: leave out via = qemu");
	/* QEMU's virtio-mmio speaks virtio 0.9 unless told otherwise, which libvirt does not; virtiofsd speaks 1.0. */
	if (o->machine == GUEST_MACHINE_MICROVM && o->scratch == GUEST_SCRATCH_BY_VIRTIOFS)
		return err_setf(err, -EINVAL, "scratch = virtiofs needs PCI, which machine = microvm has not: say machine = q35");
	if (o->restore && o->scratch == GUEST_SCRATCH_BY_VIRTIOFS)
		return err_setf(err, -EINVAL, "start = restore: a guest that shares a directory by virtiofs can't be saved; say scratch = disk");
	if (o->restore && o->network == GUEST_NETWORK_HUB)
		return err_setf(err, -EINVAL, "start = restore: guests from one state would have one address; say network = none");
	if (o->restore && o->via == GUEST_VIA_QEMU)
		return err_setf(err, -EINVAL, "start = restore is libvirt's; say via = libvirt");
	if (o->kernel == GUEST_KERNEL_TINY && o->boot == GUEST_BOOT_BZIMAGE)
		return err_setf(err, -EINVAL, "boot = bzimage: kernel = tiny is built as a vmlinux only");
	if (strcmp(o->io, "native") == 0 && strcmp(o->cache, "none") != 0 && strcmp(o->cache, "directsync") != 0)
		return err_setf(err, -EINVAL, "io = native needs a cache mode without the host's page cache: cache = none or directsync");
	return 0;
}

int guest_opts_parse(const struct kvs *opts, struct guest_opts *ret, struct err *err)
{
	struct guest_opts o = {
		.via = choice(opts, "via"), .trace = is(opts, "trace", "on"), .kernel = choice(opts, "kernel"),
		.machine = choice(opts, "machine"), .firmware = choice(opts, "firmware"), .boot = choice(opts, "boot"),
		.restore = is(opts, "start", "restore"),
		.tuned_args = is(opts, "args", "tuned"), .mitigations = is(opts, "mitigations", "on") || is(opts, "args", "plain"),
		.default_devices = is(opts, "devices", "default"), .cpu_queries = is(opts, "cpu-queries", "on"),
		.hugepages = choice(opts, "hugepages"), .emulator = choice(opts, "emulator"), .iothread = is(opts, "iothread", "on"),
		.cpu = kvs_get(opts, "cpu"), .cmdline = kvs_get(opts, "cmdline"), .cache = kvs_get(opts, "cache"), .io = kvs_get(opts, "io"),
		.scratch = choice(opts, "scratch"), .network = choice(opts, "network"),
	};
	if (o.via == GUEST_VIA_QEMU && o.network == GUEST_NETWORK_AUTO)
		o.network = GUEST_NETWORK_NONE;
	if (o.machine == GUEST_MACHINE_AUTO &&
	    (o.default_devices || o.firmware == GUEST_FIRMWARE_SEABIOS || o.scratch == GUEST_SCRATCH_BY_VIRTIOFS))
		o.machine = GUEST_MACHINE_Q35;
	const char *disk = kvs_get(opts, "disk");
	if (parse_size(disk, &o.disk) < 0 || o.disk < DISK_LEAST)
		return err_setf(err, -EINVAL, "disk = %s: expected a size of at least 16MiB", disk);
	if (o.restore && o.network == GUEST_NETWORK_AUTO)
		o.network = GUEST_NETWORK_NONE;
	int r = check(&o, err);
	if (r == 0)
		*ret = o;
	return r;
}

int guest_opts_check(const struct kvs *opts, struct err *err)
{
	struct guest_opts o;
	return guest_opts_parse(opts, &o, err);
}

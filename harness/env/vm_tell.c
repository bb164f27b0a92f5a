/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm_tell.c - what the driver `vm` chose, as facts and warnings of the arm. */
#include "env/vm_priv.h"

#include "env/savedstate.h"
#include "env/tsc.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static void tell_machine(const struct env_arm *a, struct kvs *facts)
{
	const struct dom_spec *d = &a->config.dom;
	kvs_set(facts, "guest.kernel", a->kernel.release, 0);
	kvs_set(facts, "guest.kernel_file", a->kernel.source, 0);
	kvs_set(facts, "guest.kernel_origin", a->kernel.origin, 0);
	kvs_set(facts, "guest.boot", a->kernel.pvh && a->opts.boot != GUEST_BOOT_BZIMAGE ? "uncompressed vmlinux by PVH" : "bzImage", 0);
	kvs_set(facts, "guest.start", a->opts.restore ? "restore" : "boot", 0);
	if (a->state[0])
		kvs_setf(facts, "guest.state_bytes", "%" PRIu64, savedstate_bytes(a->state[0]));
	kvs_set(facts, "guest.via", a->opts.via == GUEST_VIA_QEMU ? "QEMU's command line, without libvirt" : "libvirt", 0);
	kvs_set(facts, "guest.trace", a->opts.trace ? "on" : "off", 0);
	kvs_set(facts, "guest.machine", dom_machine_name(d->machine), 0);
	kvs_set(facts, "guest.firmware", d->firmware ? d->firmware : "the machine's default", 0);
	kvs_set(facts, "guest.devices", d->default_devices ? "as virt-install has them" : "only what is used", 0);
	kvs_set(facts, "guest.cpu", d->cpu, 0);
	kvs_set(facts, "guest.cpu_queries", d->cpu_queries ? "on" : "off", 0);
	kvs_set(facts, "guest.cmdline", d->cmdline, 0);
	kvs_set(facts, "guest.mitigations", a->opts.mitigations ? "on" : "off", 0);
	kvs_set(facts, "guest.hugepages", d->hugepages ? "on" : "off", 0);
	kvs_set(facts, "guest.emulator_cpus", d->emulator_list ? d->emulator_list : d->cpu_list, 0);
}

static void tell_images(const struct env_arm *a, struct kvs *facts)
{
	const struct dom_spec *d = &a->config.dom;
	struct stat st = { 0 };
	stat(a->initrd[0], &st);
	kvs_setf(facts, "guest.initramfs_bytes", "%lld", (long long)st.st_size);
	if (a->virtiofsd) {
		kvs_setf(facts, "guest.scratch", "a directory of the host by virtiofs, %s", a->virtiofsd);
		return;
	}
	kvs_setf(facts, "guest.scratch", "ext4 on virtio-blk, raw file, cache=%s io=%s%s, %" PRIu64 " MiB", d->scratch_cache, d->scratch_io,
	         d->scratch_iothread ? " with a thread of its own" : "", a->config.disk_size >> 20);
}

static void warn(const struct env_arm *a, struct strv *warnings)
{
	strv_add(warnings, "the memory limit is the guest's RAM, kernel included; QEMU's own memory comes on top of it");
	if (a->config.dom.emulator_list)
		strv_addf(warnings, "QEMU's other threads have CPUs beyond the envelope (%s)", a->config.dom.emulator_list);
	else
		strv_add(warnings, "vCPUs and QEMU's other threads share the arm's CPUs");
	if (!tsc_is_steady())
		strv_add(warnings, "this host's TSC is not steady: the guest may fall back to a coarse clock");
	if (a->virtiofsd)
		strv_add(warnings, "virtiofsd opens files without O_DIRECT: what the guest reads and writes goes through the host's page cache");
	if (a->opts.restore)
		strv_add(warnings, "the guest has booted before: a launch starts from its saved state, which is in the host's page cache");
	strv_add(warnings, "the limit of tasks is not enforced in the guest");
	if (!a->opts.mitigations)
		strv_add(warnings, "the guest's kernel runs without CPU mitigations (mitigations=off)");
}

void vm_tell(const struct env_arm *a, struct env_facts *f)
{
	f->label = xasprintf("%s (%s)", a->name, accel_short(&a->accel));
	f->accel = xstrdup(accel_name(&a->accel));
	f->note = xasprintf("%s; guest kernel: %s %s", a->accel.why, a->kernel.origin, a->kernel.release);
	tell_machine(a, &f->facts);
	tell_images(a, &f->facts);
	vm_net_tell(a, &f->facts);
	warn(a, &f->warnings);
}

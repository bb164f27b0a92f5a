/* SPDX-License-Identifier: GPL-3.0-or-later */
/* env_vm.c - the driver `vm`: a guest started through libvirt. */
#include "env/drivers.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "env/accel.h"
#include "env/guest.h"
#include "env/guestimg.h"
#include "env/guestkernel.h"
#include "env/kvmprobe.h"
#include "env/peer.h"
#include "env/tsc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define QBOOT "/usr/share/qemu/qboot.rom"
#define BOOT_NS (60 * CLK_S)

static const struct optdef options[] = {
	{ "machine", "auto", "auto microvm q35", "QEMU machine; auto: microvm where QEMU, firmware and kernel allow it" },
	{ "mitigations", "off", "off on", "CPU vulnerability mitigations of the guest's kernel" },
	{ "cpu", "auto", NULL, "auto (KVM: host-passthrough, TCG: maximum), or MODEL[,-FEATURE…] of libvirt" },
	{ "cmdline", "", NULL, "added to the guest kernel's command line" },
	{ "disk", "384MiB", NULL, "size of the scratch disk", 16 << 20 },
	{ NULL },
};

struct env_arm {
	const struct env_ctx *ctx;
	struct virt *virt;
	struct guest_kernel kernel;
	struct guest_config config;
	struct accel accel;
	char *name, *cmdline, *cpu_auto, *initrd, *initrd_scratch, *disk;
	const char *mitigations;
};

static void vm_close(struct env_arm *a)
{
	if (!a)
		return;
	char *const files[] = { a->initrd, a->initrd_scratch, a->disk };
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (files[i])
			unlink(files[i]);
	virt_close(a->virt);
	guest_kernel_free(&a->kernel);
	accel_free(&a->accel);
	free(a->name);
	free(a->cmdline);
	free(a->cpu_auto);
	free(a->initrd);
	free(a->initrd_scratch);
	free(a->disk);
	free(a);
}

static void arm_freep(struct env_arm **a)
{
	vm_close(*a);
}

/* What a guest needs of its kernel, by transport. */
static const char *const mmio_wanted[] = { "virtio_mmio", "virtio_console", "virtio_blk", "?crc32c_intel", "?crc32c_generic", "ext4", NULL };
static const char *const pci_wanted[] = { "virtio_pci", "virtio_console", "virtio_blk", "?crc32c_intel", "?crc32c_generic", "ext4", NULL };
#define WANTED_WITHOUT_DISK 2

static int build_initrd(const struct env_arm *a, bool scratch, const char *path, struct err *err)
{
	const char *const *wanted = a->config.dom.machine == DOM_MICROVM ? mmio_wanted : pci_wanted;
	const char *few[WANTED_WITHOUT_DISK + 1] = { wanted[0], wanted[1], NULL };
	cleanup(strv_free) struct strv modules = { 0 };
	cleanup_free char *init = xasprintf("%s/isoinit", a->ctx->load_dir), *load = xasprintf("%s/isoload", a->ctx->load_dir);
	cleanup_free char *busybox = NULL;
	int r = guest_modules(&a->kernel, scratch ? wanted : few, &modules, err);
	if (r == 0)
		r = guest_busybox(&busybox, err);
	if (r < 0)
		return r;
	struct guest_image g = { .isoinit = init, .isoload = load, .busybox = busybox, .modules = &modules, .scratch = scratch };
	return guest_initramfs(&g, path, err);
}

static int build_images(struct env_arm *a, const char *disk_size, struct err *err)
{
	static unsigned n;
	n++;
	a->initrd = xasprintf("%s/initramfs-%u.cpio", a->ctx->work, n);
	a->initrd_scratch = xasprintf("%s/initramfs-%u-scratch.cpio", a->ctx->work, n);
	int r = build_initrd(a, false, a->initrd, err);
	if (r == 0)
		r = build_initrd(a, true, a->initrd_scratch, err);
	if (r < 0)
		return r;
	uint64_t size;
	if (parse_size(disk_size, &size) < 0 || size < 16 << 20)
		return err_setf(err, -EINVAL, "disk = %s: expected a size of at least 16MiB", disk_size);
	a->disk = xasprintf("%s/scratch-%u.ext4", a->ctx->work, n);
	a->config.initrd = a->initrd;
	a->config.initrd_scratch = a->initrd_scratch;
	a->config.disk = a->disk;
	a->config.disk_size = size;
	return guest_disk(a->disk, size, err);
}

/* cache=none needs O_DIRECT of the file system below. */
static void choose_disk_mode(struct env_arm *a, struct env_facts *facts)
{
	cleanup(fd_closep) int fd = open(a->disk, O_RDWR | O_DIRECT | O_CLOEXEC);
	a->config.dom.scratch_cache = fd >= 0 ? "none" : "writeback";
	a->config.dom.scratch_io = fd >= 0 ? "native" : "threads";
	if (fd < 0)
		strv_addf(&facts->warnings, "the scratch disk goes through the host's page cache: the file system of %s has no O_DIRECT", a->ctx->work);
}

static int choose_machine(struct env_arm *a, const char *machine, struct err *err)
{
	bool possible = fs_exists(QBOOT) && a->kernel.pvh && virt_has_machine(a->virt, "microvm");
	if (strcmp(machine, "microvm") == 0 && !possible)
		return err_setf(err, -ENOTSUP, "machine = microvm needs a QEMU that has it, " QBOOT " and a kernel with a PVH entry");
	a->config.dom.machine = strcmp(machine, "q35") != 0 && possible ? DOM_MICROVM : DOM_Q35;
	a->config.dom.firmware = fs_exists(QBOOT) ? QBOOT : NULL;
	return 0;
}

static void make_cmdline(struct env_arm *a, const char *more)
{
	/* panic=-1: a panic ends the machine at once. The crypto self-tests and the timer check cost guest time and test
	 * nothing here. With the TSC's rate known the guest needs no calibration, which hangs at times without a PIT. Its
	 * watchdog compares the TSC with timer interrupts, which come late when the host is busy, and would then go on with
	 * a clock of 4 ms steps that loses time: the host's kernel has watched the TSC already. */
	a->cmdline = xasprintf("quiet panic=-1 console=ttyS0 cryptomgr.notests no_timer_check tsc_early_khz=%" PRIu64 "%s%s%s%s", tsc_khz(),
	                       tsc_is_steady() ? " tsc=reliable" : "", strcmp(a->mitigations, "off") == 0 ? " mitigations=off" : "", *more ? " " : "", more);
	a->config.dom.cmdline = a->cmdline;
}

static int choose_accel(struct env_arm *a, const char *cpu, struct env_facts *facts, struct err *err)
{
	struct guest_config trial = a->config;
	bool given = strcmp(cpu, "auto") != 0;
	trial.dom.kvm = true;
	trial.dom.cpu = given ? cpu : "host-passthrough";
	int r = accel_choose(a->ctx->accel, &trial, &a->kernel, kvs_get(&facts->facts, "qemu.version"), &a->accel, err);
	if (r < 0)
		return r;
	a->config.dom.kvm = a->accel.kvm;
	a->cpu_auto = xstrdup(given ? cpu : a->accel.kvm ? "host-passthrough" : "maximum");
	a->config.dom.cpu = a->cpu_auto;
	return 0;
}

static void tell(const struct env_arm *a, struct env_facts *f)
{
	const struct dom_spec *d = &a->config.dom;
	struct stat st = { 0 };
	stat(a->initrd, &st);
	f->label = xasprintf("%s (%s)", a->name, accel_short(&a->accel));
	f->accel = xstrdup(accel_name(&a->accel));
	f->note = xasprintf("%s; guest kernel: %s %s", a->accel.why, a->kernel.origin, a->kernel.release);
	kvs_set(&f->facts, "guest.kernel", a->kernel.release, 0);
	kvs_set(&f->facts, "guest.kernel_file", a->kernel.source, 0);
	kvs_set(&f->facts, "guest.boot", a->kernel.pvh ? "uncompressed vmlinux by PVH" : "bzImage", 0);
	kvs_set(&f->facts, "guest.machine", d->machine == DOM_MICROVM ? "microvm" : "q35", 0);
	kvs_set(&f->facts, "guest.firmware", d->firmware ? d->firmware : "the machine's default", 0);
	kvs_set(&f->facts, "guest.cpu", d->cpu, 0);
	kvs_set(&f->facts, "guest.cmdline", d->cmdline, 0);
	kvs_set(&f->facts, "guest.mitigations", a->mitigations, 0);
	kvs_setf(&f->facts, "guest.initramfs_bytes", "%lld", (long long)st.st_size);
	kvs_setf(&f->facts, "guest.scratch", "ext4 on virtio-blk, raw file, cache=%s io=%s, %" PRIu64 " MiB", d->scratch_cache, d->scratch_io,
	         a->config.disk_size >> 20);
	strv_add(&f->warnings, "the memory limit is the guest's RAM, kernel included; QEMU's own memory comes on top of it");
	strv_add(&f->warnings, "vCPUs and QEMU's other threads share the arm's CPUs");
	if (!tsc_is_steady())
		strv_add(&f->warnings, "this host's TSC is not steady: the guest may fall back to a coarse clock");
	strv_add(&f->warnings, "the limit of tasks is not enforced in the guest");
	if (strcmp(a->mitigations, "off") == 0)
		strv_add(&f->warnings, "the guest's kernel runs without CPU mitigations (mitigations=off)");
}

static int prepare(struct env_arm *a, const struct kvs *opts, struct env_facts *facts, struct err *err)
{
	const struct env_ctx *ctx = a->ctx;
	/* Who asks for TCG wants KVM left alone. */
	int r = ctx->accel == ACCEL_TCG ? 0 : kvmprobe_facts(&facts->facts, err);
	if (r == 0)
		r = guest_kernel_find(ctx->guest_kernel, ctx->cache, &a->kernel, err);
	if (r == 0)
		r = virt_open(ctx->uri, ctx->work, ctx->cache, &a->virt, err);
	if (r < 0)
		return r;
	virt_facts(a->virt, &facts->facts);
	a->mitigations = kvs_get(opts, "mitigations");
	a->config = (struct guest_config){ .virt = a->virt, .ctx = ctx, .arm = a->name, .boot_ns = BOOT_NS };
	a->config.dom = (struct dom_spec){
		.cpus = ctx->envelope.cpus, .cpu_list = ctx->envelope.cpu_list, .memory = ctx->envelope.memory, .kernel = a->kernel.boot,
	};
	r = choose_machine(a, kvs_get(opts, "machine"), err);
	if (r == 0)
		r = build_images(a, kvs_get(opts, "disk"), err);
	if (r < 0)
		return r;
	make_cmdline(a, kvs_get(opts, "cmdline"));
	choose_disk_mode(a, facts);
	return choose_accel(a, kvs_get(opts, "cpu"), facts, err);
}

static int vm_open(const struct env_ctx *ctx, const char *arm_name, const struct kvs *opts, struct env_facts *facts, struct env_arm **ret,
                   struct err *err)
{
	cleanup(arm_freep) struct env_arm *a = xcalloc(1, sizeof(*a));
	a->ctx = ctx;
	a->name = xstrdup(arm_name);
	int r = prepare(a, opts, facts, err);
	if (r < 0)
		return r;
	tell(a, facts);
	a->mitigations = NULL;          /* borrowed of opts, which may go now */
	*ret = ptr_steal(&a);
	return 0;
}

/* struct env is struct guest: the driver adds nothing to one. */
static int vm_start(struct env_arm *a, const struct env_spec *spec, struct env **ret, struct err *err)
{
	struct guest *g;
	int r = peer_refuse(spec, "a guest has loopback only; take peer=inside", err);
	if (r == 0)
		r = guest_start(&a->config, spec, &g, err);
	if (r == 0)
		*ret = (struct env *)g;
	return r;
}

static int vm_exec(struct env *e, struct env_call *call, struct err *err)
{
	return guest_exec((struct guest *)e, call, err);
}

static int vm_body(struct env *e, struct env_body *ret, struct err *err)
{
	return guest_body((struct guest *)e, ret, err);
}

static int vm_footprint(struct env *e, struct footprint *ret, struct err *err)
{
	return guest_footprint((struct guest *)e, ret, err);
}

static void vm_stop(struct env *e)
{
	guest_stop((struct guest *)e);
}

const struct env_ops env_vm = {
	.name = "vm",
	.what = "a Linux guest under KVM or TCG, started through libvirt",
	.options = options,
	.open = vm_open,
	.start = vm_start,
	.exec = vm_exec,
	.body = vm_body,
	.footprint = vm_footprint,
	.stop = vm_stop,
	.close = vm_close,
};

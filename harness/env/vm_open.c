/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm_open.c - what all launches of a vm arm share: its kernel, images, machine and accelerator, made once. */
#include "env/vm_priv.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "env/guestimg.h"
#include "env/kvmprobe.h"
#include "env/savedstate.h"

#include <string.h>
#include <unistd.h>

#define BOOT_NS (60 * CLK_S)

void vm_close(struct env_arm *a)
{
	if (!a)
		return;
	char *const files[] = { a->initrd, a->initrd_scratch, a->disk };
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (files[i])
			unlink(files[i]);
	for (size_t i = 0; i < sizeof(a->state) / sizeof(*a->state); i++)
		savedstate_free(a->state[i]);
	virt_close(a->virt);
	guest_kernel_free(&a->kernel);
	accel_free(&a->accel);
	kvs_free(&a->given);
	free(a->name);
	free(a->marked);
	free(a->cmdline);
	free(a->hold_cmdline);
	free(a->cpu);
	free(a->initrd);
	free(a->initrd_scratch);
	free(a->disk);
	free(a->emulator_list);
	free(a);
}

/* ---- images ---- */

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

static int build_images(struct env_arm *a, struct err *err)
{
	static unsigned n;
	n++;
	a->initrd = xasprintf("%s/initramfs-%u.cpio", a->ctx->work, n);
	a->initrd_scratch = xasprintf("%s/initramfs-%u-scratch.cpio", a->ctx->work, n);
	a->disk = xasprintf("%s/scratch-%u.ext4", a->ctx->work, n);
	int r = build_initrd(a, false, a->initrd, err);
	if (r == 0)
		r = build_initrd(a, true, a->initrd_scratch, err);
	a->config.initrd = a->initrd;
	a->config.initrd_scratch = a->initrd_scratch;
	a->config.disk = a->disk;
	a->config.disk_size = a->opts.disk;
	return r < 0 ? r : guest_disk(a->disk, a->opts.disk, err);
}

/* ---- the whole ---- */

static int choose_accel(struct env_arm *a, struct env_facts *facts, struct err *err)
{
	struct guest_config trial = a->config;
	bool given = strcmp(a->opts.cpu, "auto") != 0;
	trial.dom.kvm = true;
	trial.dom.cpu = given ? a->opts.cpu : "host-passthrough";
	int r = accel_choose(a->ctx->accel, &trial, &a->kernel, kvs_get(&facts->facts, "qemu.version"), &a->accel, err);
	if (r < 0)
		return r;
	a->config.dom.kvm = a->accel.kvm;
	a->cpu = xstrdup(given ? a->opts.cpu : a->accel.kvm ? "host-passthrough" : "maximum");
	a->config.dom.cpu = a->cpu;
	return 0;
}

static int find_parts(struct env_arm *a, struct env_facts *facts, struct err *err)
{
	const struct env_ctx *ctx = a->ctx;
	/* Who asks for TCG wants KVM left alone. */
	int r = ctx->accel == ACCEL_TCG ? 0 : kvmprobe_facts(&facts->facts, err);
	if (r == 0)
		r = guest_kernel_find(ctx->guest_kernel, ctx->cache, &a->kernel, err);
	if (r == 0)
		r = virt_open(ctx->uri, ctx->work, ctx->cache, &a->virt, err);
	if (r == 0)
		virt_facts(a->virt, &facts->facts);
	return r;
}

static void start_config(struct env_arm *a)
{
	const struct envelope *e = &a->ctx->envelope;
	a->config = (struct guest_config){ .virt = a->virt, .ctx = a->ctx, .arm = a->name, .boot_ns = BOOT_NS };
	a->config.dom = (struct dom_spec){
		.cpus = e->cpus, .cpu_list = e->cpu_list, .memory = e->memory,
		.cpu_queries = a->opts.cpu_queries, .default_devices = a->opts.default_devices,
	};
}

int vm_prepare(struct env_arm *a, struct env_facts *facts, struct err *err)
{
	int r = guest_opts_parse(&a->given, &a->opts, err);
	if (r == 0)
		r = find_parts(a, facts, err);
	if (r < 0)
		return r;
	start_config(a);
	r = vm_choose_boot(a, err);
	if (r == 0)
		r = vm_mark_kernel(a, err);
	if (r == 0)
		r = vm_choose_machine(a, err);
	if (r == 0)
		r = vm_choose_memory(a, err);
	if (r == 0)
		r = vm_choose_emulator(a, err);
	if (r == 0)
		r = build_images(a, err);
	if (r < 0)
		return r;
	vm_make_cmdline(a);
	vm_choose_disk_mode(a, facts);
	r = choose_accel(a, facts, err);
	return r == 0 && a->opts.restore ? vm_try_state(a, err) : r;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm_open.c - what all launches of a vm arm share: its kernel, images, machine and accelerator, made once. */
#include "env/vm_priv.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "env/guestimg.h"
#include "env/kvmprobe.h"
#include "env/savedstate.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BOOT_NS (60 * CLK_S)

void vm_close(struct env_arm *a)
{
	if (!a)
		return;
	vm_net_close(a);
	vm_image_remove(a);
	if (a->disk)
		unlink(a->disk);
	free(a->disk);
	approot_free(&a->app);
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
	free(a->virtiofsd);
	free(a->emulator_list);
	free(a);
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

static int find_kernel(struct env_arm *a, struct env_facts *facts, struct err *err)
{
	const struct env_ctx *ctx = a->ctx;
	if (a->opts.kernel != GUEST_KERNEL_TINY)
		return guest_kernel_find(ctx->guest_kernel, ctx->cache, &a->kernel, err);
	if (ctx->guest_kernel)
		strv_addf(&facts->warnings, "kernel = tiny: %s, named as the guests' kernel, is not for this arm", ctx->guest_kernel);
	return guest_kernel_tiny(ctx->cache, &a->kernel, err);
}

static int find_parts(struct env_arm *a, struct env_facts *facts, struct err *err)
{
	const struct env_ctx *ctx = a->ctx;
	/* Who asks for TCG wants KVM left alone. */
	int r = ctx->accel == ACCEL_TCG ? 0 : kvmprobe_facts(&facts->facts, err);
	if (r == 0)
		r = find_kernel(a, facts, err);
	if (r == 0)
		r = virt_open(ctx->uri, ctx->work, ctx->cache, &a->virt, err);
	if (r == 0)
		virt_facts(a->virt, &facts->facts, &facts->warnings);
	/* Where a daemon runs QEMU it is another user's, held in another way, and can't write where the harness reads. */
	if (r == 0 && (a->opts.via == GUEST_VIA_QEMU || a->opts.trace) && !virt_is_embedded(a->virt))
		r = err_setf(err, -ENOTSUP, "%s goes with libvirt's embedded driver only: leave out -c and LIBVIRT_DEFAULT_URI",
		             a->opts.trace ? "trace = on" : "via = qemu");
	return r;
}

void vm_start_config(struct env_arm *a)
{
	const struct envelope *e = &a->ctx->envelope;
	a->config = (struct guest_config){ .virt = a->virt, .ctx = a->ctx, .arm = a->name, .boot_ns = BOOT_NS };
	a->config.vm = a->opts.via == GUEST_VIA_QEMU ? &guestvm_qemu : &guestvm_libvirt;
	a->config.trace = a->opts.trace;
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
	vm_start_config(a);
	approot_find(a->ctx->cache, &a->app);
	a->config.app = a->app.disk;
	r = vm_check_cpu(a, err);
	if (r == 0)
		r = vm_choose_boot(a, err);
	if (r == 0)
		r = vm_mark_kernel(a, err);
	if (r == 0)
		r = vm_choose_hardware(a, err);
	if (r == 0)
		r = vm_choose_scratch(a, facts, err);
	if (r == 0)
		r = vm_image(a, 0, err);
	if (r == 0)
		r = vm_image(a, GUEST_IMAGE_SCRATCH, err);
	if (r < 0)
		guest_say_full(a->ctx->work, err);
	if (r == 0)
		r = vm_check_memory(a, err);
	if (r < 0)
		return r;
	vm_make_cmdline(a);
	r = choose_accel(a, facts, err);
	vm_choose_vhost(a);
	if (r == 0)
		r = vm_check_scratch(a, err);
	if (r == 0 && a->opts.restore)
		r = vm_try_state(a, err);
	return r == 0 && a->opts.network == GUEST_NETWORK_HUB ? vm_net_open(a, err) : r;
}

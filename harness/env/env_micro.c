/* SPDX-License-Identifier: GPL-3.0-or-later */
/* env_micro.c - the driver `micro`: a virtual machine with no operating system, started through libvirt. The floor under the driver
 * `vm`: the same domain, libvirt, QEMU and firmware, and a guest of five instructions. */
#include "env/drivers.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "env/kvmprobe.h"
#include "env/microelf.h"
#include "env/vm_priv.h"
#include "model/run.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TRIAL_NS (20 * CLK_S)          /* some hundred milliseconds where the host is not busy */

/* Those of the driver `vm` that say something of a machine without a kernel. */
static const struct optdef options[] = {
	{ "machine", "auto", "auto microvm q35 pc", "QEMU machine; auto: microvm where QEMU and firmware allow it, else q35" },
	{ "firmware", "auto", "auto qboot seabios", "auto: qboot where it is installed and the machine takes it" },
	{ "cpu", "auto", NULL, "auto (KVM: host-passthrough, or kvm64 where it fails; TCG: maximum), or MODEL[,-FEATURE…] of libvirt" },
	{ "cpu-queries", "off", "off on", "on: libvirt asks QEMU for every CPU feature by itself, as it does by default: some 400 queries" },
	{ "emulator", "auto", "auto shared apart", "QEMU's own threads on the arm's CPUs or apart from them; auto: apart where the host "
	  "has CPUs to spare" },
	{ "hugepages", "auto", "auto on off", "guest memory on huge pages; auto: where the host has enough of them free" },
	{ 0 },
};

static void micro_close(struct env_arm *a)
{
	if (a && a->kernel.boot)
		unlink(a->kernel.boot);
	vm_close(a);
}

static void arm_freep(struct env_arm **a)
{
	micro_close(*a);
}

/* The vm driver's options, with those that are left out here at their defaults. */
static int micro_check(const struct kvs *opts, struct err *err)
{
	cleanup(kvs_free) struct kvs all = { 0 };
	int r = opts_resolve(guest_optdefs, opts, NULL, &all, err);
	return r < 0 ? r : guest_opts_check(&all, err);
}

static int write_guest(struct env_arm *a, struct err *err)
{
	static unsigned n;
	a->kernel.pvh = true;
	a->kernel.boot = xasprintf("%s/micro-%u.elf", a->ctx->work, ++n);
	a->config.dom.kernel = a->kernel.boot;
	int r = fs_write(a->kernel.boot, microelf_start, (size_t)(microelf_end - microelf_start), 0644);
	return r < 0 ? err_sysf(err, r, "can't write %s", a->kernel.boot) : 0;
}

/* ---- accelerator and CPU: found out by trying ---- */

/* One guest by KVM with this CPU, to its byte. 0; -EINTR ends it all; else why it did not come. */
static int try_kvm(const struct env_arm *a, const char *cpu, struct err *why)
{
	struct env_ctx ctx = *a->ctx;
	struct guest_config c = a->config;
	struct phases phases = { .start_ns = clk_now() };
	struct env_spec spec = { .phases = &phases };
	struct env_call call = { .deadline_ns = clk_now() + TRIAL_NS };
	struct guest *g = NULL;
	ctx.keep = NULL;                /* what is kept is to be a launch's */
	c.ctx = &ctx;
	c.boot_ns = TRIAL_NS;
	c.dom.kvm = true;
	c.dom.cpu = cpu;
	int r = guest_start(&c, &spec, NULL, &g, why);
	if (r < 0)
		return r;
	r = guest_bare_exec(g, &call, why);
	guest_stop(g);
	return r;
}

/* The host's own CPU, as the vm driver has it; where KVM can't give that, a plain one, which is all that this guest needs. */
static int choose_kvm_cpu(struct env_arm *a, struct err *err)
{
	static const char *const cpus[] = { "host-passthrough", "kvm64" };
	bool given = strcmp(a->opts.cpu, "auto") != 0;
	struct err first = { 0 };
	int r = 0;
	for (size_t i = 0; i < (given ? 1 : sizeof(cpus) / sizeof(*cpus)); i++) {
		const char *cpu = given ? a->opts.cpu : cpus[i];
		struct err why = { 0 };
		r = try_kvm(a, cpu, &why);
		if (r == -EINTR)
			return err_setf(err, r, "interrupted");
		if (i == 0)
			first = why;
		if (r == 0) {
			a->cpu = xstrdup(cpu);
			return 0;
		}
	}
	return err_setf(err, -ENOTSUP, "%.*s", (int)strcspn(first.msg, "\n"), first.msg);
}

static int choose_accel(struct env_arm *a, struct err *err)
{
	struct err why = { 0 };
	int r = accel_choose_bare(a->ctx->accel, &a->accel, err);
	if (r == 0 && a->accel.kvm)
		r = choose_kvm_cpu(a, &why);
	if (r == -EINTR)
		return err_setf(err, r, "interrupted");
	if (r < 0 && (!a->accel.kvm || a->ctx->accel == ACCEL_KVM))
		return a->accel.kvm ? err_setf(err, r, "KVM was asked for, but a guest did not run by it: %s", why.msg) : r;
	if (r < 0) {
		a->accel.kvm = false;
		free(a->accel.why);
		a->accel.why = xasprintf("TCG, because KVM is there but did not run the guest: %s", why.msg);
	}
	if (!a->accel.kvm)
		a->cpu = xstrdup(strcmp(a->opts.cpu, "auto") != 0 ? a->opts.cpu : "maximum");
	a->config.dom.kvm = a->accel.kvm;
	a->config.dom.cpu = a->cpu;
	return 0;
}

/* ---- the arm ---- */

static int prepare(struct env_arm *a, struct env_facts *facts, struct err *err)
{
	const struct env_ctx *ctx = a->ctx;
	int r = guest_opts_parse(&a->given, &a->opts, err);
	if (r == 0 && ctx->accel != ACCEL_TCG)
		r = kvmprobe_facts(&facts->facts, err);
	if (r == 0)
		r = virt_open(ctx->uri, ctx->work, ctx->cache, &a->virt, err);
	if (r < 0)
		return r;
	virt_facts(a->virt, &facts->facts, &facts->warnings);
	vm_start_config(a);
	a->config.bare = true;
	r = write_guest(a, err);
	if (r == 0)
		r = vm_choose_hardware(a, err);
	return r < 0 ? r : choose_accel(a, err);
}

static void tell(const struct env_arm *a, struct env_facts *f)
{
	const struct dom_spec *d = &a->config.dom;
	f->label = xasprintf("%s (%s)", a->name, accel_short(&a->accel));
	f->accel = xstrdup(accel_name(&a->accel));
	f->note = xasprintf("%s; no operating system in it", a->accel.why);
	kvs_set(&f->facts, RUN_FACT_SYSTEM, RUN_SYSTEM_NONE, 0);
	kvs_setf(&f->facts, "guest.bytes", "%zu", (size_t)(microelf_end - microelf_start));
	kvs_set(&f->facts, "guest.machine", dom_machine_name(d->machine), 0);
	kvs_set(&f->facts, "guest.firmware", d->firmware ? d->firmware : "the machine's default", 0);
	kvs_set(&f->facts, "guest.cpu", d->cpu, 0);
	kvs_set(&f->facts, "guest.cpu_queries", d->cpu_queries ? "on" : "off", 0);
	kvs_set(&f->facts, "guest.hugepages", d->hugepages ? "on" : "off", 0);
	kvs_set(&f->facts, "guest.emulator_cpus", d->emulator_list ? d->emulator_list : d->cpu_list, 0);
}

static int micro_open(const struct env_ctx *ctx, const char *arm_name, const struct kvs *opts, struct env_facts *facts, struct env_arm **ret,
                      struct err *err)
{
	cleanup(arm_freep) struct env_arm *a = xcalloc(1, sizeof(*a));
	a->ctx = ctx;
	a->name = xstrdup(arm_name);
	int r = opts_resolve(guest_optdefs, opts, NULL, &a->given, err);
	if (r == 0)
		r = prepare(a, facts, err);
	if (r < 0)
		return r;
	tell(a, facts);
	*ret = ptr_steal(&a);
	return 0;
}

static int micro_suits(const struct env_arm *a, const struct workload *w, const struct kvs *params, struct err *err)
{
	(void)a;
	(void)params;
	/* To have started is all of it, or to be there and idle. */
	if (strcmp(w->resource, "startup") == 0 || w->observed)
		return 0;
	return err_setf(err, -ENOTSUP, "it has no operating system, so there is nothing that could run a program");
}

static int micro_start(struct env_arm *a, const struct env_spec *spec, struct env **ret, struct err *err)
{
	struct guest *g;
	if (spec->scratch || spec->root || spec->peer)
		return err_setf(err, -ENOTSUP, "there is no operating system in it to use a disk or a network");
	int r = guest_start(&a->config, spec, NULL, &g, err);
	if (r == 0)
		*ret = (struct env *)g;
	return r;
}

static int micro_exec(struct env *e, struct env_call *call, struct err *err)
{
	return guest_bare_exec((struct guest *)e, call, err);
}

static int micro_footprint(struct env *e, struct footprint *ret, struct err *err)
{
	return guest_footprint((struct guest *)e, ret, err);
}

static int micro_body(struct env *e, struct env_body *ret, struct err *err)
{
	return guest_body((struct guest *)e, ret, err);
}

static void micro_stop(struct env *e)
{
	guest_stop((struct guest *)e);
}

const struct env_ops env_micro = {
	.name = "micro",
	.what = "a virtual machine with no operating system, under KVM or TCG, started through libvirt: the floor of a guest's startup",
	.options = options,
	.bare = true,
	.check = micro_check,
	.open = micro_open,
	.suits = micro_suits,
	.start = micro_start,
	.exec = micro_exec,
	.footprint = micro_footprint,
	.body = micro_body,
	.stop = micro_stop,
	.close = micro_close,
};

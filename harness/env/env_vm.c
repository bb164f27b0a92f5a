/* SPDX-License-Identifier: GPL-3.0-or-later */
/* env_vm.c - the driver `vm`: a guest started through libvirt. */
#include "env/drivers.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "env/vm_priv.h"

static void arm_freep(struct env_arm **a)
{
	vm_close(*a);
}

static int vm_open(const struct env_ctx *ctx, const char *arm_name, const struct kvs *opts, struct env_facts *facts, struct env_arm **ret,
                   struct err *err)
{
	cleanup(arm_freep) struct env_arm *a = xcalloc(1, sizeof(*a));
	a->ctx = ctx;
	a->name = xstrdup(arm_name);
	kvs_copy(&a->given, opts);
	int r = vm_prepare(a, facts, err);
	if (r < 0)
		return r;
	vm_tell(a, facts);
	*ret = ptr_steal(&a);
	return 0;
}

static int vm_suits(const struct env_arm *a, const struct workload *w, const struct kvs *params, struct err *err)
{
	int r = approot_suits(&a->app, w, err);
	return r < 0 ? r : vm_net_suits(a, w, params, err);
}

/* Most images are made by open(), the rest and saved states when the first launch wants them; making them is no part of its start. */
static int make_parts(struct env_arm *a, const struct env_spec *spec, bool net, struct err *err)
{
	unsigned disks = guest_image_of(spec->scratch, spec->root);
	int64_t begin = clk_now();
	int r = vm_image(a, disks | (net ? GUEST_IMAGE_NET : 0), err);
	if (r == 0 && a->opts.restore)
		r = vm_need_state(a, disks, err);
	if (spec->phases)
		spec->phases->start_ns += clk_now() - begin;
	return r;
}

/* struct env is struct guest: the driver adds nothing to one. */
static int vm_start(struct env_arm *a, const struct env_spec *spec, struct env **ret, struct err *err)
{
	struct guest *g;
	struct guest_net net = { 0 };
	cleanup(strv_free) struct strv vars = { 0 };
	int r = approot_need(&a->app, spec->root, err);
	if (r == 0)
		r = vm_net_provide(a, spec, &vars, &net, err);
	if (r == 0)
		r = make_parts(a, spec, net.hub, err);
	if (r == 0)
		r = guest_start(&a->config, spec, net.hub ? &net : NULL, &g, err);
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

static int vm_cpu(struct env *e, double *ret_s, struct err *err)
{
	return guest_cpu((struct guest *)e, ret_s, err);
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
	.options = guest_optdefs,
	.check = guest_opts_check,
	.open = vm_open,
	.suits = vm_suits,
	.start = vm_start,
	.exec = vm_exec,
	.body = vm_body,
	.cpu = vm_cpu,
	.footprint = vm_footprint,
	.stop = vm_stop,
	.close = vm_close,
};

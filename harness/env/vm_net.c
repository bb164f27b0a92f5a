/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm_net.c - the network of the driver `vm`: taps on the harness's own bridge. */
#include "env/vm_priv.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "env/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Only the embedded driver starts QEMU in the harness's own namespaces. */
static int possible(const struct env_arm *a, struct err *err)
{
	if (!virt_is_embedded(a->virt))
		return err_setf(err, -ENOTSUP, "libvirt's daemon at %s can't reach the harness's own network; the embedded driver can (no -c)",
		                a->ctx->uri);
	struct err why = { 0 };
	return nethub_tap_probe(&why) < 0 ? err_setf(err, -ENOTSUP, "a guest's network needs a tap: %s", why.msg) : 0;
}

int vm_net_open(struct env_arm *a, struct err *err)
{
	int r = a->out ? 0 : possible(a, err);
	if (r == 0 && !a->out)
		r = hubshare_get(&a->out, err);
	if (r == 0)
		r = vm_image(a, GUEST_IMAGE_NET, err);
	return r == 0 ? vm_image(a, GUEST_IMAGE_NET | GUEST_IMAGE_SCRATCH, err) : r;
}

/* libvirt takes vhost for KVM only. */
void vm_choose_vhost(struct env_arm *a)
{
	cleanup(fd_closep) int fd = a->config.dom.kvm ? open("/dev/vhost-net", O_RDWR | O_CLOEXEC) : -1;
	a->config.dom.vhost = fd >= 0;
}

static const char *served_by(const struct env_arm *a)
{
	if (a->config.dom.vhost)
		return "the host's kernel (vhost)";
	return a->config.dom.kvm ? "QEMU (/dev/vhost-net can't be opened)" : "QEMU (vhost is for KVM)";
}

void vm_net_tell(const struct env_arm *a, struct kvs *facts)
{
	static const char *const when[] = {
		[GUEST_NETWORK_AUTO] = "where a workload's peer is outside", [GUEST_NETWORK_HUB] = "always",
	};
	if (a->opts.network == GUEST_NETWORK_NONE)
		kvs_set(facts, "guest.network", "none but loopback", 0);
	else
		kvs_setf(facts, "guest.network", "%s: virtio-net on a tap of the harness's bridge, served by %s; checksum and segmentation offloads as "
		         "QEMU has them by default", when[a->opts.network], served_by(a));
}

void vm_net_close(struct env_arm *a)
{
	hubshare_put(a->out);
}

#define NO_NETWORK "network = none; take network = hub, or peer=inside"

int vm_net_suits(const struct env_arm *a, const struct workload *w, const struct kvs *params, struct err *err)
{
	if (a->opts.network == GUEST_NETWORK_NONE)
		return peer_unfit(w, params, NO_NETWORK, err);
	return a->out || !peer_wanted(w, params) ? 0 : possible(a, err);
}

int vm_net_provide(struct env_arm *a, const struct env_spec *spec, struct strv *vars, struct guest_net *ret, struct err *err)
{
	if (a->opts.network == GUEST_NETWORK_NONE)
		return peer_refuse(spec, NO_NETWORK, err);
	if (a->opts.network == GUEST_NETWORK_AUTO && !spec->peer)
		return 0;
	bool first = !a->out;
	int r = vm_net_open(a, err);
	/* What is made once is no part of a start. */
	if (r == 0 && first && spec->phases)
		spec->phases->start_ns = clk_now();
	if (r == 0)
		r = peer_provide(&a->out->peer, a->ctx, a->out->hub, spec, vars, err);
	if (r == 0)
		*ret = (struct guest_net){ a->out->hub, vars };
	return r;
}

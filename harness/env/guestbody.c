/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestbody.c - what a guest is on the host: QEMU, and the files that it boots from. */
#include "env/guest_priv.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>

int guest_body(const struct guest *g, struct env_body *ret, struct err *err)
{
	const struct dom_spec *d = &g->c->dom;
	if (!g->pid)
		return err_setf(err, -ESRCH, "QEMU's process is not known: a libvirt daemon started it out of sight");
	body_add_tree(ret, g->pid);
	ret->guest_ram = d->memory;
	footprint_miss(&ret->known, FOOTPRINT_KERNEL, "QEMU is in no control group of the harness");
	body_add_file(ret, d->kernel);
	body_add_file(ret, d->firmware);
	body_add_file(ret, guest_initrd(g));
	cleanup_free char *disk = g->scratch && !d->virtiofsd ? xasprintf("%s/scratch", g->dir) : NULL;
	body_add_file(ret, disk);
	return 0;
}

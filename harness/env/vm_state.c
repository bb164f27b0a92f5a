/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm_state.c - the saved states from which the launches of a vm arm are restored. */
#include "env/vm_priv.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "env/savedstate.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void guest_stopp(struct guest **g)
{
	guest_stop(*g);
}

/* Boot a guest as those of the arm are, but for the hold before its disk is mounted, and save it. */
static int boot_and_save(struct env_arm *a, unsigned disks, const char *file, struct err *err)
{
	struct guest_config c = a->config;
	struct phases phases = { .start_ns = clk_now() };
	struct env_spec spec = { .scratch = disks & GUEST_IMAGE_SCRATCH, .root = disks & GUEST_IMAGE_ROOT, .phases = &phases };
	memset(c.state, 0, sizeof(c.state));
	c.dom.cmdline = a->hold_cmdline;
	cleanup(guest_stopp) struct guest *g = NULL;
	int r = guest_start(&c, &spec, NULL, &g, err);
	return r < 0 ? r : guest_save(g, file, err);
}

int vm_need_state(struct env_arm *a, unsigned disks, struct err *err)
{
	static unsigned n;
	if (a->state[disks])
		return 0;
	cleanup_free char *file = xasprintf("%s/state-%u", a->ctx->work, ++n);
	int r = boot_and_save(a, disks, file, err);
	if (r == 0)
		r = savedstate_open(file, &a->state[disks], err);
	/* Its descriptor holds it from here on. */
	unlink(file);
	if (r == -EINTR)
		return r;
	if (r < 0)
		return err_wrapf(err, "start = restore: no guest could be saved");
	a->config.state[disks] = a->state[disks];
	return 0;
}

int vm_try_state(struct env_arm *a, struct err *err)
{
	struct phases phases = { .start_ns = clk_now() };
	struct env_spec spec = { .phases = &phases };
	cleanup(guest_stopp) struct guest *g = NULL;
	int r = vm_need_state(a, 0, err);
	if (r < 0)
		return r;
	r = guest_start(&a->config, &spec, NULL, &g, err);
	return r < 0 && r != -EINTR ? err_wrapf(err, "start = restore: a guest was saved, but can't be restored") : r;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestsave.c - a guest is frozen and saved, and a restored copy of it made a guest of its own. */
#include "base/clk.h"
#include "env/guest_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define FREEZE_NS (120 * CLK_S)

static int wait_frozen(struct guest *g, int64_t deadline, struct err *err)
{
	struct link_frame f;
	int r;
	while ((r = guestlink_next(&g->link, &f, err)) == 0) {
		r = guest_wait(g, -1, -1, deadline, err);
		if (r == -ETIMEDOUT)
			return err_setf(err, r, "the guest did not hold still within %lld s", FREEZE_NS / CLK_S);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	if (f.type == GUEST_TROUBLE)
		return err_setf(err, -EIO, "the guest's init says: %.*s", (int)f.len, f.data);
	return f.type == GUEST_FROZEN ? 0 : err_setf(err, -EPROTO, "the guest did not say that it holds still (frame type %u)", f.type);
}

int guest_save(struct guest *g, const char *file, struct err *err)
{
	int64_t deadline = clk_now() + FREEZE_NS;
	if (guestlink_send(&g->link, GUEST_FREEZE, NULL, 0, deadline) < 0)
		return err_setf(err, -EPIPE, "the guest does not take the request to hold still");
	int r = wait_frozen(g, deadline, err);
	if (r < 0)
		return r;
	g->dead = true;         /* whether it works or not: no command runs in it any more */
	return g->vm->ops->save(g->vm, file, err);
}

/* The guest's own clocks went on from the moment when it was saved: they tell nothing. */
void guest_mark_restore(struct guest *g)
{
	struct virt_times t = guest_times(g);
	if (t.loading_ns)
		phases_mark(g->phases, "qemu", t.loading_ns);
	if (t.loaded_ns)
		phases_mark(g->phases, "load", t.loaded_ns);
	phases_mark(g->phases, "restore", t.running_ns ? t.running_ns : t.created_ns);
}

int guest_thaw(struct guest *g, int64_t deadline_ns, struct err *err)
{
	struct guest_thaw t;
	struct timespec now;
	if (getrandom(t.entropy, sizeof(t.entropy), 0) != sizeof(t.entropy))
		return err_sysf(err, -errno, "getrandom");
	clock_gettime(CLOCK_REALTIME, &now);
	t.wall_ns = (int64_t)now.tv_sec * CLK_S + now.tv_nsec;
	int r = guestlink_send(&g->link, GUEST_THAW, &t, sizeof(t), deadline_ns);
	return r < 0 ? err_sysf(err, r, "the restored guest takes nothing from the link") : 0;
}

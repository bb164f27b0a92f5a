/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestbare.c - a guest without an operating system: wait for the one byte that it says. */
#include "env/guest_priv.h"

#include "base/clk.h"
#include "base/sig.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* One wait. 0: something came; the byte, maybe. */
static int wait_once(struct guest *g, const struct env_call *call, int64_t deadline_ns, struct err *err)
{
	struct pollfd p[] = {
		{ .fd = g->marks_fd, .events = POLLIN },
		{ .fd = sig_fd(), .events = POLLIN },
		{ .fd = g->vm->ops->end_fd(g->vm), .events = POLLIN },
		{ .fd = g->pidfd, .events = POLLIN },
		{ .fd = call->stop_fd ? *call->stop_fd : -1, .events = POLLIN },
	};
	int n = poll(p, sizeof(p) / sizeof(*p), clk_poll_ms(deadline_ns));
	if (n < 0)
		return errno == EINTR ? 0 : err_sysf(err, -errno, "poll");
	/* What it said before it ended comes first. */
	if (p[0].revents)
		guest_read_marks(g);
	if (g->init_ns)
		return 0;
	if (p[1].revents)
		return err_setf(err, -EINTR, "interrupted");
	if (p[2].revents || p[3].revents)
		return guest_ended(g, err);
	if (p[4].revents)
		return err_setf(err, -ECANCELED, "it was told to end");
	if (n == 0)
		return err_setf(err, -ETIMEDOUT, "the guest ran, but its first byte did not come in time");
	return 0;
}

int guest_bare_exec(struct guest *g, struct env_call *call, struct err *err)
{
	if (call->argv && call->argv[0])
		return err_setf(err, -ENOTSUP, "there is no operating system in it: it runs no commands");
	int64_t boot = guest_boot_deadline(g);
	int64_t deadline = call->deadline_ns && call->deadline_ns < boot ? call->deadline_ns : boot;
	int r = 0;
	while (r == 0 && !g->init_ns)
		r = wait_once(g, call, deadline, err);
	if (r < 0) {
		g->failed = true;
		return r;
	}
	struct virt_times t = guest_times(g);
	if (t.running_ns)
		phases_mark(g->phases, "qemu", t.running_ns < g->init_ns ? t.running_ns : g->init_ns);
	const char byte = GUEST_MARK_INIT;
	if (call->output)
		call->output(call->arg, STDOUT_FILENO, &byte, 1, g->init_ns);
	call->status = 0;
	return 0;
}

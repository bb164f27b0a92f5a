/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pump.c - one poll loop over a command's output, its end, the deadline and the signals. */
#include "env/pump.h"

#include "base/clk.h"
#include "base/sig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { P_OUT, P_ERR, P_PID, P_SIG, P_STOP, P_N };

int pump_stopped(int r, struct err *err)
{
	if (r == -ETIMEDOUT)
		return err_setf(err, r, "the deadline passed: killed");
	if (r == -EINTR)
		return err_setf(err, r, "interrupted: killed");
	if (r == -ECANCELED)
		return err_setf(err, r, "told to end: killed");
	return err_sysf(err, r, "waiting for the command");
}

/* Deliver one piece. The descriptor is taken out of the set at its end. Returns how much it was. */
static size_t deliver(struct pollfd *p, int fd, const struct env_call *call)
{
	char buf[65536];
	ssize_t n = read(p->fd, buf, sizeof(buf));
	int64_t now = clk_now();
	if (n > 0 && call->output)
		call->output(call->arg, fd, buf, (size_t)n, now);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		p->fd = -1;
	return n > 0 ? (size_t)n : 0;
}

/* Deliver what was there when the command ended, and no more: what it left running may write for ever. */
static void drain(struct pollfd *p, int fd, const struct env_call *call)
{
	int have = 0;
	if (p->fd >= 0 && ioctl(p->fd, FIONREAD, &have) < 0)
		have = 0;
	for (size_t left = (size_t)have, n; left > 0 && p->fd >= 0; left -= n < left ? n : left) {
		n = deliver(p, fd, call);
		if (n == 0)
			return;
	}
}

static void nonblocking(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

int pump_run(struct pump *p, const struct env_call *call, struct err *err)
{
	nonblocking(p->out);
	nonblocking(p->errout);
	struct pollfd set[P_N] = {
		[P_OUT] = { .fd = p->out, .events = POLLIN },
		[P_ERR] = { .fd = p->errout, .events = POLLIN },
		[P_PID] = { .fd = p->pidfd, .events = POLLIN },
		[P_SIG] = { .fd = sig_fd(), .events = POLLIN },
		[P_STOP] = { .fd = call->stop_fd ? *call->stop_fd : -1, .events = POLLIN },
	};
	for (;;) {
		if (p->pidfd < 0 && set[P_OUT].fd < 0 && set[P_ERR].fd < 0)
			return 0;
		int n = poll(set, P_N, clk_poll_ms(call->deadline_ns));
		if (n < 0 && errno != EINTR)
			return pump_stopped(-errno, err);
		if (n < 0)
			continue;
		bool ended = set[P_PID].revents != 0;
		if (ended)
			p->exit_ns = clk_now();
		if (ended) {
			drain(&set[P_OUT], 1, call);
			drain(&set[P_ERR], 2, call);
			return 0;
		}
		/* One piece a turn: a command that never stops writing must not hide the deadline or a signal. */
		if (set[P_OUT].revents)
			deliver(&set[P_OUT], 1, call);
		if (set[P_ERR].revents)
			deliver(&set[P_ERR], 2, call);
		if (set[P_SIG].revents)
			return pump_stopped(-EINTR, err);
		if (set[P_STOP].revents)
			return pump_stopped(-ECANCELED, err);
		if (call->deadline_ns && clk_now() >= call->deadline_ns)
			return pump_stopped(-ETIMEDOUT, err);
	}
}

int pump_wait(struct pump *p, const struct env_call *call, struct err *err)
{
	p->out = -1;
	p->errout = -1;
	return pump_run(p, call, err);
}

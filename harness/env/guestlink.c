/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestlink.c - the host's end of the link to isoinit. */
#include "env/guestlink.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/str.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Room for one frame of the largest size and much of the next. */
#define BUF_SIZE (4 * (sizeof(struct guest_frame) + GUEST_FRAME_MAX))

int guestlink_listen(const char *path, struct err *err)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(a.sun_path))
		return err_setf(err, -ENAMETOOLONG, "the socket path %s is longer than %zu characters: use a shorter work directory", path,
		                sizeof(a.sun_path) - 1);
	memcpy(a.sun_path, path, strlen(path));
	cleanup(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* QEMU may run as another user, below a daemon; the directory decides who gets this far. */
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || chmod(path, 0666) < 0 || listen(fd, 1) < 0)
		return err_sysf(err, -errno, "can't listen at %s", path);
	return fd_steal(&fd);
}

void guestlink_init(struct guestlink *l, int fd)
{
	*l = (struct guestlink){ .fd = fd, .buf = xcalloc(1, BUF_SIZE) };
}

void guestlink_free(struct guestlink *l)
{
	if (l->buf && l->fd >= 0)
		close(l->fd);
	free(l->buf);
	*l = (struct guestlink){ .fd = -1 };
}

int guestlink_read(struct guestlink *l)
{
	memmove(l->buf, l->buf + l->at, l->len - l->at);
	l->len -= l->at;
	l->at = 0;
	ssize_t n = read(l->fd, l->buf + l->len, BUF_SIZE - l->len);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	l->t_ns = clk_now();
	l->len += (size_t)n;
	return (int)n;
}

int guestlink_next(struct guestlink *l, struct link_frame *ret, struct err *err)
{
	struct guest_frame f;
	if (l->len - l->at < sizeof(f))
		return 0;
	memcpy(&f, l->buf + l->at, sizeof(f));
	bool known = f.type >= GUEST_HELLO && f.type < GUEST_TO_HOST_END;
	if (f.magic != GUEST_MAGIC || f.len > GUEST_FRAME_MAX || !known)
		return err_setf(err, -EPROTO, "the guest's stream is garbled (frame header %08x %08x %08x)", f.magic, f.type, f.len);
	if (l->len - l->at < sizeof(f) + f.len)
		return 0;
	*ret = (struct link_frame){ f.type, l->buf + l->at + sizeof(f), f.len };
	l->at += sizeof(f) + f.len;
	return 1;
}

/* Write all, waiting for room. */
static int put(int fd, const char *p, size_t len, int64_t deadline_ns)
{
	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
		if (n >= 0) {
			p += n;
			len -= (size_t)n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -EPIPE;
		struct pollfd w = { .fd = fd, .events = POLLOUT };
		if (poll(&w, 1, clk_poll_ms(deadline_ns)) == 0)
			return -ETIMEDOUT;
	}
	return 0;
}

int guestlink_send(struct guestlink *l, enum guest_frame_type type, const void *data, size_t len, int64_t deadline_ns)
{
	struct guest_frame f = { GUEST_MAGIC, type, (uint32_t)len };
	cleanup_free char *buf = xcalloc(1, sizeof(f) + len);
	memcpy(buf, &f, sizeof(f));
	if (len)
		memcpy(buf + sizeof(f), data, len);
	return put(l->fd, buf, sizeof(f) + len, deadline_ns);
}

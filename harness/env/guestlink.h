/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestlink.h - the host's end of the link to isoinit: frames in and out (workloads/guestproto.h). */
#ifndef ISOCOST_GUESTLINK_H
#define ISOCOST_GUESTLINK_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#include "guestproto.h"

struct guestlink {
	int fd;                         /* non-blocking; the caller's. -1: not connected */
	char *buf;                      /* bytes received and not yet taken */
	size_t len, at;
	int64_t t_ns;                   /* receipt of the last of them */
};

struct link_frame {
	uint32_t type;
	const char *data;               /* valid until the next guestlink_read */
	size_t len;
};

/* A unix socket that listens at path. -errno. */
int guestlink_listen(const char *path, struct err *err);

void guestlink_init(struct guestlink *l, int fd);
void guestlink_free(struct guestlink *l);       /* closes fd too */

/* Read what is there, without waiting: bytes read, 0 when the other side hung up, -EAGAIN, -errno. */
int guestlink_read(struct guestlink *l);
/* Take the next whole frame: 1, 0 when there is none, -EPROTO when the stream is garbled. */
int guestlink_next(struct guestlink *l, struct link_frame *ret, struct err *err);
/* Send a frame, waiting for room at most until deadline_ns (0: for ever). -EPIPE, -ETIMEDOUT. */
int guestlink_send(struct guestlink *l, enum guest_frame_type type, const void *data, size_t len, int64_t deadline_ns);

#endif

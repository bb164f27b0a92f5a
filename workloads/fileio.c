/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fileio.c - choose the way that reads and writes take; and the plainest of them. */
#include "fileio.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- sync: the request is done when submit returns ---- */

static int sync_open(struct fileio *io)
{
	io->state = NULL;
	return io->depth == 1 ? 0 : -EINVAL;
}

static int sync_submit(struct fileio *io, struct fileio_request *r)
{
	struct iovec v = { r->data, r->len };
	ssize_t n = r->write ? pwritev2(io->fd, &v, 1, (off_t)r->offset, r->flush ? RWF_DSYNC : 0) : preadv2(io->fd, &v, 1, (off_t)r->offset, 0);
	r->result = n < 0 ? -errno : n;
	io->state = r;
	return 0;
}

static int sync_reap(struct fileio *io, int64_t until, struct fileio_request **ret)
{
	(void)until;
	*ret = io->state;
	io->state = NULL;
	return 0;
}

static void sync_close(struct fileio *io)
{
	(void)io;
}

const struct fileio_engine fileio_sync = { "sync", sync_open, sync_submit, sync_reap, sync_close };

/* ---- the choice ---- */

static const struct fileio_engine *const engines[] = { &fileio_uring, &fileio_aio, &fileio_threads, &fileio_sync };

static bool suits(const struct load *l, const struct fileio_engine *e, unsigned depth, bool direct)
{
	if (!load_is(l, "engine", "auto"))
		return load_is(l, "engine", e->name);
	return depth == 1 ? e == &fileio_sync : e != &fileio_sync && (direct || e != &fileio_aio);
}

int fileio_open(struct load *l, struct fileio *ret, int fd, unsigned depth, bool direct)
{
	const char *name = "";
	int r = -ENOTSUP;
	for (size_t i = 0; i < sizeof(engines) / sizeof(*engines) && r < 0; i++)
		if (suits(l, engines[i], depth, direct)) {
			*ret = (struct fileio){ .engine = engines[i], .fd = fd, .depth = depth };
			name = engines[i]->name;
			r = engines[i]->open(ret);
		}
	if (r == 0) {
		load_fact(l, "engine", name);
		return 0;
	}
	*ret = (struct fileio){ .fd = -1 };
	if (r == -EINVAL && strcmp(name, "sync") == 0)
		return load_failf(l, EINVAL, "engine=sync has one request at a time: take depth=1 or another engine");
	if (r == -EPERM || r == -EACCES || r == -ENOSYS)        /* a filter's or a setting's answer, and an old kernel's */
		return load_cannotf(l, "engine %s can't be had here: %s; take engine=auto", name, strerror(-r));
	return load_failf(l, -r, "engine %s can't be had here: %s; take engine=auto", name, strerror(-r));
}

void fileio_close(struct fileio *io)
{
	if (io->engine)
		io->engine->close(io);
	io->engine = NULL;
}

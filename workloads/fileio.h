/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fileio.h - reads and writes of one file with several on their way at once, by whatever the kernel allows here.
 *
 *   io-uring   io_uring; seccomp filters often forbid it
 *   aio        io_submit; the kernel does buffered reads and writes within the call, so for O_DIRECT only
 *   threads    a thread for each, in pread and pwrite
 *   sync       pread and pwrite by the caller: one at a time
 *
 * The caller owns the requests and keeps each until it comes back. */
#ifndef ISOCOST_FILEIO_H
#define ISOCOST_FILEIO_H

#include "load.h"

#include <stddef.h>

enum { FILEIO_DEPTH_MAX = 128 };

#define FILEIO_FOREVER INT64_MAX

struct fileio_request {
	bool write;
	bool flush;                     /* a write that is done when it is on the disk (RWF_DSYNC) */
	void *data;
	size_t len;
	uint64_t offset;
	int64_t start;                  /* the caller's */
	int64_t result;                 /* bytes, or -errno */
	struct fileio_request *next;    /* the engine's */
};

struct fileio;

struct fileio_engine {
	const char *name;
	/* 0 or -errno: not here. fd must stay open. */
	int (*open)(struct fileio *io);
	/* Start it. Not more than depth at once. 0 or -errno. */
	int (*submit)(struct fileio *io, struct fileio_request *r);
	/* Take one that is done; wait for it until that time (load_now()'s clock). NULL with 0: none in time; or with -errno. */
	int (*reap)(struct fileio *io, int64_t until, struct fileio_request **ret);
	/* None is on its way any more. */
	void (*close)(struct fileio *io);
};

struct fileio {
	const struct fileio_engine *engine;
	int fd;
	unsigned depth;
	void *state;                    /* the engine's */
};

extern const struct fileio_engine fileio_uring, fileio_aio, fileio_threads, fileio_sync;

/* Open the engine that the parameter `engine` names; auto: the first that this kernel, filter and cache mode allow (sync at
 * depth 1). Says which one it is in a record, `env engine`. 0, or -errno with the reason said. */
int fileio_open(struct load *l, struct fileio *ret, int fd, unsigned depth, bool direct);
void fileio_close(struct fileio *io);

#define FILEIO_ENGINE_PARAM                                                                                      \
	{ "engine", PARAM_CHOICE, "auto", "auto io-uring aio threads sync",                                      \
	  "auto: at depth 1 sync, else io-uring, or where it is forbidden aio (direct) or threads (buffered)" }

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fileio_aio.c - the kernel's asynchronous I/O by its system calls, as libaio makes them. */
#include "fileio.h"

#include <linux/aio_abi.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct aio {
	aio_context_t ctx;
};

static int aio_open(struct fileio *io)
{
	struct aio *a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	if (syscall(SYS_io_setup, io->depth, &a->ctx) < 0) {
		int error = errno;
		free(a);
		return -error;
	}
	io->state = a;
	return 0;
}

static int aio_submit(struct fileio *io, struct fileio_request *r)
{
	struct aio *a = io->state;
	struct iocb b = {
		.aio_data = (uintptr_t)r, .aio_lio_opcode = r->write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD, .aio_fildes = (uint32_t)io->fd,
		.aio_buf = (uintptr_t)r->data, .aio_nbytes = r->len, .aio_offset = (int64_t)r->offset,
		.aio_rw_flags = r->write && r->flush ? RWF_DSYNC : 0,
	}, *list[] = { &b };            /* the kernel has its own copy when the call returns */
	long n = syscall(SYS_io_submit, a->ctx, 1, list);
	return n == 1 ? 0 : n < 0 ? -errno : -EAGAIN;
}

static int aio_reap(struct fileio *io, int64_t until, struct fileio_request **ret)
{
	struct aio *a = io->state;
	struct io_event event;
	for (;;) {
		int64_t left = until == FILEIO_FOREVER ? 0 : until - load_now();
		struct timespec ts = { left > 0 ? left / 1000000000 : 0, left > 0 ? left % 1000000000 : 0 };
		long n = syscall(SYS_io_getevents, a->ctx, 1, 1, &event, until == FILEIO_FOREVER ? NULL : &ts);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		*ret = n ? (struct fileio_request *)(uintptr_t)event.data : NULL;
		if (n)
			(*ret)->result = event.res;
		return 0;
	}
}

static void aio_close(struct fileio *io)
{
	struct aio *a = io->state;
	syscall(SYS_io_destroy, a->ctx);
	free(a);
}

const struct fileio_engine fileio_aio = { "aio", aio_open, aio_submit, aio_reap, aio_close };

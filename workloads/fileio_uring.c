/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fileio_uring.c - io_uring by its system calls: a request is one entry and one call, as `fio --ioengine=io_uring` does it. */
#include "fileio.h"

#include <linux/io_uring.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct ring {
	int fd;
	struct io_uring_params p;
	void *sq, *cq;                  /* one mapping where the kernel has IORING_FEAT_SINGLE_MMAP */
	size_t sq_size, cq_size;
	struct io_uring_sqe *sqes;
};

static uint32_t *field(void *ring, uint32_t offset)
{
	return (uint32_t *)((char *)ring + offset);
}

static void *map(const struct ring *u, size_t size, off_t what)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, u->fd, what);
	return p == MAP_FAILED ? NULL : p;
}

static void unmap(struct ring *u)
{
	if (u->sqes)
		munmap(u->sqes, u->p.sq_entries * sizeof(*u->sqes));
	if (u->cq && u->cq != u->sq)
		munmap(u->cq, u->cq_size);
	if (u->sq)
		munmap(u->sq, u->sq_size);
	if (u->fd >= 0)
		close(u->fd);
	free(u);
}

static int map_all(struct ring *u)
{
	bool single = u->p.features & IORING_FEAT_SINGLE_MMAP;
	u->sq_size = u->p.sq_off.array + u->p.sq_entries * sizeof(uint32_t);
	u->cq_size = u->p.cq_off.cqes + u->p.cq_entries * sizeof(struct io_uring_cqe);
	if (single && u->cq_size > u->sq_size)
		u->sq_size = u->cq_size;
	u->sq = map(u, u->sq_size, IORING_OFF_SQ_RING);
	u->cq = single ? u->sq : map(u, u->cq_size, IORING_OFF_CQ_RING);
	u->sqes = map(u, u->p.sq_entries * sizeof(*u->sqes), IORING_OFF_SQES);
	return u->sq && u->cq && u->sqes ? 0 : -ENOMEM;
}

/* As fio asks for it: completions are dealt with in this thread's calls, where they are asked for, and it is not interrupted for
 * them. Older kernels know less (5.19 the first flag, 6.0 and 6.1 the others). */
static int setup(unsigned depth, struct io_uring_params *ret)
{
	static const uint32_t flags[] = { IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	                                  IORING_SETUP_COOP_TASKRUN, 0 };
	int fd = -1;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags) && fd < 0 && (i == 0 || errno == EINVAL); i++) {
		*ret = (struct io_uring_params){ .flags = flags[i] };
		fd = (int)syscall(SYS_io_uring_setup, depth, ret);
	}
	return fd;
}

/* IORING_FEAT_RW_CUR_POS came with the kernel that knows IORING_OP_READ and _WRITE (5.6). */
static int uring_open(struct fileio *io)
{
	struct ring *u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	u->fd = setup(io->depth, &u->p);
	int r = u->fd < 0 ? -errno : !(u->p.features & IORING_FEAT_RW_CUR_POS) ? -ENOSYS : map_all(u);
	if (r < 0)
		unmap(u);
	else
		io->state = u;
	return r;
}

static int uring_submit(struct fileio *io, struct fileio_request *r)
{
	struct ring *u = io->state;
	uint32_t *tail = field(u->sq, u->p.sq_off.tail), at = *tail, i = at & *field(u->sq, u->p.sq_off.ring_mask);
	u->sqes[i] = (struct io_uring_sqe){
		.opcode = r->write ? IORING_OP_WRITE : IORING_OP_READ, .fd = io->fd, .off = r->offset, .addr = (uintptr_t)r->data,
		.len = (uint32_t)r->len, .rw_flags = r->write && r->flush ? RWF_DSYNC : 0, .user_data = (uintptr_t)r,
	};
	field(u->sq, u->p.sq_off.array)[i] = i;
	__atomic_store_n(tail, at + 1, __ATOMIC_RELEASE);
	for (;;) {
		long n = syscall(SYS_io_uring_enter, u->fd, 1, 0, IORING_ENTER_GETEVENTS, NULL, 0);
		if (n == 1)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

static struct fileio_request *completion(struct ring *u)
{
	uint32_t *head = field(u->cq, u->p.cq_off.head), at = *head;
	if (at == __atomic_load_n(field(u->cq, u->p.cq_off.tail), __ATOMIC_ACQUIRE))
		return NULL;
	const struct io_uring_cqe *e = (struct io_uring_cqe *)field(u->cq, u->p.cq_off.cqes) + (at & *field(u->cq, u->p.cq_off.ring_mask));
	struct fileio_request *r = (struct fileio_request *)(uintptr_t)e->user_data;
	r->result = e->res;
	__atomic_store_n(head, at + 1, __ATOMIC_RELEASE);
	return r;
}

/* Until there is a completion, or until the time. A poll only tells that there is one to be dealt with. */
static int wait_for_one(struct ring *u, int64_t until)
{
	if (until == FILEIO_FOREVER)
		return syscall(SYS_io_uring_enter, u->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0 && errno != EINTR ? -errno : 0;
	int64_t left = until - load_now();
	struct timespec ts = { left > 0 ? left / 1000000000 : 0, left > 0 ? left % 1000000000 : 0 };
	struct pollfd p = { .fd = u->fd, .events = POLLIN };
	if (ppoll(&p, 1, &ts, NULL) < 0)
		return errno == EINTR ? 0 : -errno;
	return syscall(SYS_io_uring_enter, u->fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0) < 0 && errno != EINTR ? -errno : 0;
}

static int uring_reap(struct fileio *io, int64_t until, struct fileio_request **ret)
{
	for (;;) {
		*ret = completion(io->state);
		if (*ret)
			return 0;
		int64_t now = until == FILEIO_FOREVER ? 0 : load_now();
		int r = wait_for_one(io->state, until);
		if (r < 0)
			return r;
		if (until != FILEIO_FOREVER && now >= until) {
			*ret = completion(io->state);
			return 0;
		}
	}
}

static void uring_close(struct fileio *io)
{
	unmap(io->state);
}

const struct fileio_engine fileio_uring = { "io-uring", uring_open, uring_submit, uring_reap, uring_close };

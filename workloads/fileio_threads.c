/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fileio_threads.c - a thread for each request that may be on its way, in pread and pwrite. */
#include "fileio.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

enum { STACK = 64 << 10 };

struct queue {
	struct fileio_request *first, *last;
};

struct pool {
	int fd;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	struct queue waiting, finished;
	bool end;
	unsigned n;
	pthread_t threads[FILEIO_DEPTH_MAX];
};

static struct fileio_request *take(struct queue *q)
{
	struct fileio_request *r = q->first;
	if (r)
		q->first = r->next;
	return r;
}

static void put(struct queue *q, struct fileio_request *r)
{
	r->next = NULL;
	*(q->first ? &q->last->next : &q->first) = r;
	q->last = r;
}

static void transfer(int fd, struct fileio_request *r)
{
	struct iovec v = { r->data, r->len };
	ssize_t n = r->write ? pwritev2(fd, &v, 1, (off_t)r->offset, r->flush ? RWF_DSYNC : 0) : preadv2(fd, &v, 1, (off_t)r->offset, 0);
	r->result = n < 0 ? -errno : n;
}

static void *serve_requests(void *arg)
{
	struct pool *p = arg;
	pthread_mutex_lock(&p->lock);
	while (!p->end) {
		struct fileio_request *r = take(&p->waiting);
		if (!r) {
			pthread_cond_wait(&p->work, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		transfer(p->fd, r);
		pthread_mutex_lock(&p->lock);
		put(&p->finished, r);
		pthread_cond_signal(&p->done);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void threads_close(struct fileio *io)
{
	struct pool *p = io->state;
	pthread_mutex_lock(&p->lock);
	p->end = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	while (p->n)
		pthread_join(p->threads[--p->n], NULL);
	free(p);
}

static int threads_open(struct fileio *io)
{
	pthread_attr_t attr;
	pthread_condattr_t clock;
	struct pool *p = calloc(1, sizeof(*p));
	int error = 0;
	if (!p)
		return -ENOMEM;
	p->fd = io->fd;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&p->done, &clock);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	io->state = p;
	while (error == 0 && p->n < io->depth) {
		error = pthread_create(&p->threads[p->n], &attr, serve_requests, p);
		p->n += error == 0;
	}
	pthread_attr_destroy(&attr);
	if (error)
		threads_close(io);
	return -error;
}

static int threads_submit(struct fileio *io, struct fileio_request *r)
{
	struct pool *p = io->state;
	pthread_mutex_lock(&p->lock);
	put(&p->waiting, r);
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
	return 0;
}

static int threads_reap(struct fileio *io, int64_t until, struct fileio_request **ret)
{
	struct pool *p = io->state;
	struct timespec ts = { until / 1000000000, until % 1000000000 };
	int error = 0;
	pthread_mutex_lock(&p->lock);
	while (!p->finished.first && error == 0)
		error = until == FILEIO_FOREVER ? pthread_cond_wait(&p->done, &p->lock) : pthread_cond_timedwait(&p->done, &p->lock, &ts);
	*ret = take(&p->finished);
	pthread_mutex_unlock(&p->lock);
	return error && error != ETIMEDOUT ? -error : 0;
}

const struct fileio_engine fileio_threads = { "threads", threads_open, threads_submit, threads_reap, threads_close };

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file_random.c - small reads and writes all over a file, one or many at once, as fast as they go or at a stated rate. */
#include "fileio.h"
#include "scratch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { SLICES = 5, CHUNK = 1 << 20, REHEARSED = 64, WARM_SAMPLES = 500 };

struct job {
	struct fileio io;
	int fd;
	bool direct, cold, flush_each;
	uint64_t block, blocks, mask, number;   /* number: of places taken from the order */
	unsigned depth, flying;
	double rate;                    /* 1/s; 0: as fast as they go */
	uint32_t *version;              /* of each block: how often it was written */
	unsigned char *pattern, *chunk, *buffers;
	struct fileio_request requests[FILEIO_DEPTH_MAX], *idle;
};

/* A direction at work. */
struct phase {
	const char *latency, *rate;     /* metrics */
	bool write, warm;
	uint64_t ops;
};

/* ---- what is where ---- */

/* All blocks in an order without pattern, and again: a bijection on the numbers below a power of two, without those too large. So a
 * block never comes again while it may still be on its way. */
static uint64_t next_block(struct job *j)
{
	uint64_t x;
	do {
		x = j->number++ & j->mask;
		for (int i = 0; i < 3; i++) {
			x = x * 0x9e3779b97f4a7c15 & j->mask;
			x ^= x >> 5;
			x ^= x >> 11;
		}
	} while (x >= j->blocks);
	return x;
}

/* A block is the pattern, but for two words: which block it is, and its version. */
static void compose(const struct job *j, void *to, uint64_t block)
{
	uint64_t head[2] = { block, j->version[block] };
	memcpy(to, j->pattern, j->block);
	memcpy(to, head, sizeof(head));
}

static bool right_head(const struct job *j, const void *data, uint64_t block)
{
	uint64_t head[2] = { block, j->version[block] };
	return memcmp(data, head, sizeof(head)) == 0;
}

static bool right(const struct job *j, const void *data, uint64_t block)
{
	size_t head = 2 * sizeof(uint64_t);
	return right_head(j, data, block) && memcmp((const char *)data + head, j->pattern + head, j->block - head) == 0;
}

static uint64_t chunk_blocks(const struct job *j, uint64_t from)
{
	uint64_t n = CHUNK / j->block;
	return j->blocks - from < n ? j->blocks - from : n;
}

static int flush(struct load *l, const struct job *j)
{
	return fdatasync(j->fd) < 0 ? load_failf(l, errno, "fdatasync: %s", strerror(errno)) : 0;
}

static int lay_out(struct load *l, struct job *j)
{
	int r = 0;
	for (uint64_t at = 0, n; at < j->blocks && r == 0; at += n) {
		n = chunk_blocks(j, at);
		for (uint64_t i = 0; i < n; i++)
			compose(j, j->chunk + i * j->block, at + i);
		r = load_scratch_write(l, j->fd, j->chunk, n * j->block, at * j->block);
	}
	return r < 0 ? r : flush(l, j);
}

/* Every block must be as it was last written. The check value leaves out the version, which depends on speed. */
static int check(struct load *l, struct job *j)
{
	uint64_t sum = 0;
	for (uint64_t at = 0, n; at < j->blocks; at += n) {
		n = chunk_blocks(j, at);
		int r = load_scratch_read(l, j->fd, j->chunk, n * j->block, at * j->block);
		if (r < 0)
			return r;
		for (uint64_t i = 0; i < n; i++) {
			const unsigned char *data = j->chunk + i * j->block;
			if (!right(j, data, at + i))
				return load_failf(l, EIO, "wrong data in block %llu", (unsigned long long)(at + i));
			for (size_t k = 0; k < j->block; k += sizeof(sum)) {
				uint64_t word;
				memcpy(&word, data + k, sizeof(word));
				sum = sum * 31 + (k == sizeof(sum) ? 0 : word);
			}
		}
	}
	load_digest(l, &sum, sizeof(sum));
	return 0;
}

/* ---- one request ---- */

static int submit(struct load *l, struct job *j, bool write, int64_t start)
{
	struct fileio_request *q = j->idle;
	uint64_t block = next_block(j);
	if (write) {
		uint64_t head[2] = { block, ++j->version[block] };
		memcpy(q->data, head, sizeof(head));
	}
	q->write = write;
	q->offset = block * j->block;
	q->start = start ? start : load_now();
	j->idle = q->next;
	int r = j->io.engine->submit(&j->io, q);
	if (r < 0)
		return load_failf(l, -r, "%s: %s", j->io.engine->name, strerror(-r));
	j->flying++;
	return 0;
}

/* Take one that is done, and look at what it brought; *ret is NULL when the time came first. */
static int reap(struct load *l, struct job *j, int64_t until, struct fileio_request **ret, int64_t *ret_end)
{
	int r = j->io.engine->reap(&j->io, until, ret);
	*ret_end = load_now();
	if (r < 0)
		return load_failf(l, -r, "%s: %s", j->io.engine->name, strerror(-r));
	struct fileio_request *q = *ret;
	if (!q)
		return 0;
	j->flying--;
	q->next = j->idle;
	j->idle = q;
	if (q->result != (int64_t)j->block)
		return load_failf(l, q->result < 0 ? (int)-q->result : EIO, "%s at %llu: %s", q->write ? "write" : "read",
		                  (unsigned long long)q->offset, q->result < 0 ? strerror((int)-q->result) : "not all of it was done");
	return q->write || right_head(j, q->data, q->offset / j->block)
	       ? 0 : load_failf(l, EIO, "wrong data in block %llu", (unsigned long long)(q->offset / j->block));
}

/* The engine must not be closed, nor memory given back, while the kernel works on it. */
static void drain(struct job *j)
{
	struct fileio_request *q;
	while (j->flying && j->io.engine->reap(&j->io, FILEIO_FOREVER, &q) == 0)
		j->flying--;
}

/* ---- many ---- */

static int keep(struct load *l, struct phase *p, const struct fileio_request *q, int64_t end)
{
	bool wanted = p->ops++ < WARM_SAMPLES || !p->warm;
	return wanted ? load_interval(l, p->latency, p->warm, q->start, end, 1) : 0;
}

static void sleep_until(int64_t when)
{
	struct timespec ts = { when / 1000000000, when % 1000000000 };
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static int64_t due(const struct job *j, int64_t start, uint64_t n)
{
	return start + (int64_t)((double)n * 1e9 / j->rate);
}

/* A short measurement on a busy host may be late by a pause of the whole process. */
#define PATIENCE_NS 1000000000

/* At a stated rate a request's time begins when it was due, whether or not it could be made then: waiting for others is
 * part of it. Otherwise when it is made, and there are always `depth` of them. */
static int requests(struct load *l, struct job *j, struct phase *p, int64_t start, int64_t length)
{
	uint64_t made = 0;
	for (;;) {
		int64_t now = load_now(), when = j->rate > 0 ? due(j, start, made) : now;
		bool more = when < start + length, room = j->flying < j->depth;
		int r = 0;
		if (more && now > start + 2 * length + PATIENCE_NS)
			return load_failf(l, EBUSY, "what a rate of %g/s makes due in %.3g s could not be done in twice that and a second, only %llu requests; take a "
			                  "lower rate",
			                  j->rate, (double)length / 1e9, (unsigned long long)made);
		if (more && room && when <= now) {
			r = submit(l, j, p->write, j->rate > 0 ? when : 0);
			made += r == 0;
		} else if (j->flying) {
			struct fileio_request *q;
			int64_t end;
			r = reap(l, j, more && room ? when : FILEIO_FOREVER, &q, &end);
			if (r == 0 && q)
				r = keep(l, p, q, end);
		} else if (more) {
			sleep_until(when);
		} else {
			return 0;
		}
		if (r < 0)
			return r;
	}
}

static int slice(struct load *l, struct job *j, struct phase *p, int64_t length)
{
	uint64_t before = p->ops;
	int r = !p->write && !j->direct && j->cold ? load_scratch_cool(l, j->fd, j->blocks * j->block) : 0;
	if (r < 0)
		return r;
	int64_t start = load_now();
	r = requests(l, j, p, start, length);
	if (r == 0 && p->write && !j->flush_each)
		r = flush(l, j);
	int64_t end = load_now();
	if (j->rate > 0 && end < start + length)
		end = start + length;   /* the last one was due a little before */
	return r < 0 ? r : load_interval(l, p->rate, p->warm, start, end, (double)(p->ops - before));
}

/* A warm-up, then the slices. */
static int phase(struct load *l, struct job *j, struct phase *p)
{
	int64_t warmup = load_ns(load_seconds(l, "warmup")), length = load_ns(load_seconds(l, "time")) / SLICES;
	for (unsigned i = 0; i < j->depth; i++)
		memcpy(j->requests[i].data, j->pattern, j->block);
	p->warm = true;
	int r = warmup ? slice(l, j, p, warmup) : 0;
	p->warm = false;
	p->ops = 0;
	for (int i = 0; i < SLICES && r == 0; i++)
		r = slice(l, j, p, length);
	return r;
}

/* Some reads by the engine, compared whole. */
static int rehearse(struct load *l, struct job *j)
{
	int r = 0;
	for (int i = 0; i < REHEARSED && r == 0; i++) {
		struct fileio_request *q = NULL;
		int64_t end;
		r = submit(l, j, false, 0);
		if (r == 0)
			r = reap(l, j, FILEIO_FOREVER, &q, &end);
		if (r < 0)
			return r;
		uint64_t block = q->offset / j->block;
		if (!right(j, q->data, block))
			return load_failf(l, EIO, "wrong data in block %llu", (unsigned long long)block);
		load_digest(l, &block, sizeof(block));
	}
	return r;
}

static int measure(struct load *l, struct job *j)
{
	struct phase reads = { .latency = "read", .rate = "read-rate" }, writes = { .latency = "write", .rate = "write-rate", .write = true };
	int r = lay_out(l, j);
	posix_fadvise(j->fd, 0, 0, POSIX_FADV_RANDOM);  /* nothing is read that was not asked for */
	if (r == 0)
		r = fileio_open(l, &j->io, j->fd, j->depth, j->direct);
	if (r == 0)
		r = rehearse(l, j);
	if (r == 0)
		r = phase(l, j, &reads);
	if (r == 0)
		r = phase(l, j, &writes);
	drain(j);
	return r < 0 ? r : check(l, j);
}

/* ---- memory and file ---- */

static int prepare(struct load *l, struct job *j)
{
	while (j->mask < j->blocks - 1)
		j->mask = j->mask << 1 | 1;
	j->version = calloc(j->blocks, sizeof(*j->version));
	j->pattern = load_scratch_buffer(j->block);
	j->chunk = load_scratch_buffer(CHUNK);
	j->buffers = load_scratch_buffer(j->depth * j->block);
	if (!j->version || !j->pattern || !j->chunk || !j->buffers)
		return load_failf(l, ENOMEM, "no memory for %u blocks of %llu bytes", j->depth, (unsigned long long)j->block);
	for (unsigned i = 0; i < j->depth; i++) {
		j->requests[i] = (struct fileio_request){ .data = j->buffers + i * j->block, .len = j->block, .flush = j->flush_each, .next = j->idle };
		j->idle = &j->requests[i];
	}
	j->fd = load_scratch_open(l, j->direct, j->flush_each);
	return j->fd < 0 ? j->fd : 0;
}

static int run(struct load *l)
{
	struct job j = {
		.fd = -1, .block = load_size(l, "block"), .blocks = load_size(l, "size") / load_size(l, "block"), .depth = (unsigned)load_count(l, "depth"),
		.rate = (double)load_count(l, "rate"), .direct = load_is(l, "cache", "direct"), .cold = load_is(l, "read-cache", "cold"),
		.flush_each = load_is(l, "flush", "each"),
	};
	if (load_size(l, "size") % j.block || j.blocks < 2 * j.depth)
		return load_failf(l, EINVAL, "expected size a multiple of block, and 2 x depth blocks or more");
	int slack = prctl(PR_GET_TIMERSLACK);
	prctl(PR_SET_TIMERSLACK, 1);    /* requests of a stated rate are made when they are due */
	int r = prepare(l, &j);
	if (r == 0)
		r = measure(l, &j);
	fileio_close(&j.io);
	prctl(PR_SET_TIMERSLACK, slack > 0 ? slack : 0);
	load_scratch_close(j.fd);
	free(j.version);
	free(j.pattern);
	free(j.chunk);
	free(j.buffers);
	return r;
}

const struct workload workload_file_random = {
	.name = "file-random",
	.resource = "file",
	.what = "random reads and writes of one file, one or many at once",
	.teaches = "What databases ask of a disk. One at a time, each pays the whole way: a guest's through its kernel, an exit, QEMU and the "
	           "host's. Many at once hide it, until the way itself is full.",
	.needs_scratch = true,
	.metrics = {
		{ "read", "s", BETTER_LOWER, "one read, from when it is made, or at a stated rate due, until its data are there" },
		{ "read-rate", "1/s", BETTER_HIGHER, "reads by time" },
		{ "write", "s", BETTER_LOWER, "one write, in the same way; on the disk with flush=each" },
		{ "write-rate", "1/s", BETTER_HIGHER, "writes by time, with flush=end with that of the fdatasync behind them" },
	},
	.params = {
		{ "size", PARAM_SIZE, "64MiB", NULL, "of the file, a multiple of block, up to 16GiB", .least = 4096, .most = (uint64_t)16 << 30 },
		{ "block", PARAM_SIZE, "4KiB", NULL, "of a read or write, up to 1MiB", .least = 512, .most = CHUNK, .multiple = 512 },
		{ "depth", PARAM_COUNT, "1", NULL, "that are on their way at once, 1 … 128", .least = 1, .most = FILEIO_DEPTH_MAX },
		{ "cache", PARAM_CHOICE, "direct", "direct buffered", "direct: O_DIRECT; buffered: through the page cache" },
		{ "read-cache", PARAM_CHOICE, "cold", "cold warm", "buffered reads: the page cache is emptied of the file five times, or never" },
		{ "flush", PARAM_CHOICE, "end", "end each", "writes: an fdatasync after a fifth of them, or each is on the disk when done" },
		FILEIO_ENGINE_PARAM,
		{ "rate", PARAM_COUNT, "0", NULL, "requests a second that become due, however long others take; 0: as fast as they go" },
		{ "time", PARAM_SECONDS, "500ms", NULL, "how long to read, and then to write" },
		{ "warmup", PARAM_SECONDS, "100ms", NULL, "before each; samples are marked" },
	},
	.run = run,
};

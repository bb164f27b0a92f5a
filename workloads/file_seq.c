/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file_seq.c - write a file from end to end and flush it, read it from end to end; nothing counts that isn't on the disk. */
#include "load.h"
#include "scratch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job {
	int fd;
	uint64_t size, block;
	uint64_t *data;                 /* written: one block */
	uint64_t *back;                 /* read: one block */
	bool buffered, cold;
	uint64_t moved;                 /* bytes written and read */
};

static int write_all(struct load *l, struct job *j)
{
	j->moved += j->size;
	for (uint64_t at = 0; at < j->size; at += j->block) {
		j->data[0] = at;        /* tells one block from another */
		int r = load_scratch_write(l, j->fd, j->data, j->block, at);
		if (r < 0)
			return r;
	}
	return fdatasync(j->fd) < 0 ? load_failf(l, errno, "fdatasync: %s", strerror(errno)) : 0;
}

static int read_all(struct load *l, struct job *j)
{
	int r = 0;
	j->moved += j->size;
	for (uint64_t at = 0; at < j->size && r == 0; at += j->block)
		r = load_scratch_read(l, j->fd, j->back, j->block, at);
	return r;
}

/* Bring the page cache into the state that read-cache promises; direct reads pass it by. */
static int set_cache(struct load *l, struct job *j)
{
	if (!j->buffered)
		return 0;
	return j->cold ? load_scratch_cool(l, j->fd, j->size) : read_all(l, j);
}

static int one_pass(struct load *l, struct job *j, bool warmup)
{
	int64_t start = load_now();
	int r = write_all(l, j);
	int64_t end = load_now();
	if (r == 0)
		r = load_interval(l, "write", warmup, start, end, (double)j->size);
	if (r == 0)
		r = set_cache(l, j);
	if (r < 0)
		return r;
	start = load_now();
	r = read_all(l, j);
	end = load_now();
	return r < 0 ? r : load_interval(l, "read", warmup, start, end, (double)j->size);
}

/* Read once more and compare every byte: checking while the clock runs would measure the checking. */
static int check(struct load *l, const struct job *j)
{
	uint64_t sum = 0;
	for (uint64_t at = 0; at < j->size; at += j->block) {
		int r = load_scratch_read(l, j->fd, j->back, j->block, at);
		if (r < 0)
			return r;
		j->data[0] = at;
		if (memcmp(j->back, j->data, j->block) != 0)
			return load_failf(l, EIO, "wrong data in the block at %llu", (unsigned long long)at);
		for (size_t i = 0; i < j->block / sizeof(sum); i++)
			sum = sum * 31 + j->back[i];
	}
	load_digest(l, &sum, sizeof(sum));
	return 0;
}

static int measure(struct load *l, struct job *j)
{
	uint64_t passes = load_count(l, "passes");
	if (j->size % j->block)
		return load_failf(l, EINVAL, "expected size a multiple of block");
	j->data = load_scratch_buffer(j->block);
	j->back = load_scratch_buffer(j->block);
	if (!j->data || !j->back)
		return load_failf(l, ENOMEM, "no memory for two blocks of %llu bytes", (unsigned long long)j->block);
	j->fd = load_scratch_open(l, !j->buffered, false);
	int r = j->fd < 0 ? j->fd : 0;
	load_work_begin(l);
	for (uint64_t pass = 0; pass < passes && r == 0; pass++)
		r = one_pass(l, j, pass == 0);
	load_work_end(l, j->moved);
	return r < 0 ? r : check(l, j);
}

static int run(struct load *l)
{
	struct job j = { .fd = -1, .size = load_size(l, "size"), .block = load_size(l, "block"),
	                 .buffered = load_is(l, "cache", "buffered"), .cold = load_is(l, "read-cache", "cold") };
	int r = measure(l, &j);
	load_scratch_close(j.fd);
	free(j.data);
	free(j.back);
	return r;
}

const struct workload workload_file_seq = {
	.name = "file-seq",
	.resource = "file",
	.what = "sequential write, flushed, and sequential read of one file",
	.teaches = "A container writes to the host's file system and pays next to nothing; a guest has its own file system and a virtual disk "
	           "between itself and the host's.",
	.needs_scratch = true,
	.moves = "B",
	.metrics = {
		{ "write", "B/s", BETTER_HIGHER, "bytes written by the time of all writes and the fdatasync that ends them" },
		{ "read", "B/s", BETTER_HIGHER, "bytes read by time" },
	},
	.params = {
		{ "size", PARAM_SIZE, "64MiB", NULL, "of the file, a multiple of block", .least = 4096 },
		{ "block", PARAM_SIZE, "1MiB", NULL, "of one write or read, a multiple of 4KiB", .least = 4096, .multiple = 4096 },
		{ "cache", PARAM_CHOICE, "direct", "direct buffered", "direct: O_DIRECT; buffered: through the page cache" },
		{ "read-cache", PARAM_CHOICE, "cold", "cold warm", "buffered reads: page cache emptied of the file, or filled with it" },
		{ "passes", PARAM_COUNT, "3", NULL, "2 or more; the first is warm-up and allocates, later ones overwrite in place",
		  .least = 2 },
	},
	.run = run,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file_fsync.c - small writes, each flushed to the disk before the next: what a database's log does. */
#include "load.h"
#include "scratch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job {
	int fd;
	uint64_t block, count, warmup;
	uint64_t *data;
};

static int flush(struct load *l, const struct job *j)
{
	return fdatasync(j->fd) < 0 ? load_failf(l, errno, "fdatasync: %s", strerror(errno)) : 0;
}

static int write_block(struct load *l, const struct job *j, uint64_t i, uint64_t mark)
{
	j->data[0] = mark;              /* tells one block from another */
	return load_scratch_write(l, j->fd, j->data, j->block, i * j->block);
}

/* For mode=overwrite: all blocks written and flushed, so that later flushes find no new size or extent to record. */
static int lay_out(struct load *l, const struct job *j)
{
	int r = 0;
	for (uint64_t i = 0; i < j->warmup + j->count && r == 0; i++)
		r = write_block(l, j, i, ~i);
	return r < 0 ? r : flush(l, j);
}

static int one_write(struct load *l, const struct job *j, uint64_t i)
{
	int64_t start = load_now();
	int r = write_block(l, j, i, i);
	if (r == 0)
		r = flush(l, j);
	int64_t end = load_now();
	return r < 0 ? r : load_interval(l, "time", i < j->warmup, start, end, 1);
}

static int check(struct load *l, const struct job *j, uint64_t *back)
{
	uint64_t sum = 0;
	for (uint64_t i = 0; i < j->warmup + j->count; i++) {
		int r = load_scratch_read(l, j->fd, back, j->block, i * j->block);
		if (r < 0)
			return r;
		j->data[0] = i;
		if (memcmp(back, j->data, j->block) != 0)
			return load_failf(l, EIO, "wrong data in block %llu", (unsigned long long)i);
		for (size_t k = 0; k < j->block / sizeof(sum); k++)
			sum = sum * 31 + back[k];
	}
	load_digest(l, &sum, sizeof(sum));
	return 0;
}

static int measure(struct load *l, struct job *j, uint64_t *back)
{
	j->fd = load_scratch_open(l, false, true);
	int r = j->fd < 0 ? j->fd : 0;
	if (r == 0 && load_is(l, "mode", "overwrite"))
		r = lay_out(l, j);
	for (uint64_t i = 0; i < j->warmup + j->count && r == 0; i++)
		r = one_write(l, j, i);
	return r < 0 ? r : check(l, j, back);
}

static int run(struct load *l)
{
	struct job j = { .fd = -1, .block = load_size(l, "block"), .count = load_count(l, "count"), .warmup = load_count(l, "warmup") };
	j.data = load_scratch_buffer(j.block);
	uint64_t *back = load_scratch_buffer(j.block);
	int r = j.data && back ? measure(l, &j, back) : load_failf(l, ENOMEM, "no memory for two blocks");
	load_scratch_close(j.fd);
	free(j.data);
	free(back);
	return r;
}

const struct workload workload_file_fsync = {
	.name = "file-fsync",
	.resource = "file",
	.what = "small writes, each followed by fdatasync",
	.teaches = "A durable write waits for the disk: a virtual disk adds its own path to that wait, and one that answers before the "
	           "host has flushed is faster than the host and not durable.",
	.needs_scratch = true,
	.metrics = { { "time", "s", BETTER_LOWER, "one write and its fdatasync" } },
	.params = {
		{ "block", PARAM_SIZE, "4KiB", NULL, "of one write, a multiple of 8, up to 64MiB", .least = 8, .most = 64 << 20, .multiple = 8 },
		{ "count", PARAM_COUNT, "200", NULL, "writes measured, 1 … 9000", .least = 1, .most = 9000 },
		{ "warmup", PARAM_COUNT, "20", NULL, "writes before them, marked, 0 … 1000", .most = 1000 },
		{ "mode", PARAM_CHOICE, "append", "append overwrite", "append: the file grows, as a log does; overwrite: laid out before" },
	},
	.run = run,
};

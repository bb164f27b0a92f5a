/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu_compress.c - a real compressor at work: zlib's deflate and inflate over a corpus of prose, log and records. */
#include "corpus.h"
#include "load.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct job {
	z_stream deflate, inflate;
	bool open_deflate, open_inflate;
	unsigned char *plain, *packed, *back;
	size_t size, room, packed_size; /* room: of packed */
};

static int compress_once(struct job *j)
{
	z_stream *z = &j->deflate;
	if (deflateReset(z) != Z_OK)
		return -EIO;
	z->next_in = j->plain;
	z->avail_in = (uInt)j->size;
	z->next_out = j->packed;
	z->avail_out = (uInt)j->room;
	return deflate(z, Z_FINISH) == Z_STREAM_END && z->total_out == j->packed_size ? 0 : -EIO;
}

/* inflate compares its checksum of what it wrote with the compressor's. */
static int decompress_once(struct job *j)
{
	z_stream *z = &j->inflate;
	if (inflateReset(z) != Z_OK)
		return -EIO;
	z->next_in = j->packed;
	z->avail_in = (uInt)j->packed_size;
	z->next_out = j->back;
	z->avail_out = (uInt)j->size;
	return inflate(z, Z_FINISH) == Z_STREAM_END && z->total_out == j->size ? 0 : -EIO;
}

static int compress_n(void *arg, uint64_t n)
{
	int r = 0;
	for (uint64_t i = 0; i < n && r == 0; i++)
		r = compress_once(arg);
	return r;
}

static int decompress_n(void *arg, uint64_t n)
{
	int r = 0;
	for (uint64_t i = 0; i < n && r == 0; i++)
		r = decompress_once(arg);
	return r;
}

static int open_both(struct load *l, struct job *j)
{
	j->open_deflate = deflateInit(&j->deflate, (int)load_count(l, "level")) == Z_OK;
	j->open_inflate = inflateInit(&j->inflate) == Z_OK;
	j->room = deflateBound(&j->deflate, j->size);
	j->plain = malloc(j->size);
	j->packed = malloc(j->room);
	j->back = malloc(j->size);
	return j->open_deflate && j->open_inflate && j->plain && j->packed && j->back
	       ? 0 : load_failf(l, ENOMEM, "no memory for a corpus of %zu bytes and the compressor", j->size);
}

static void close_both(struct job *j)
{
	if (j->open_deflate)
		deflateEnd(&j->deflate);
	if (j->open_inflate)
		inflateEnd(&j->inflate);
	free(j->plain);
	free(j->packed);
	free(j->back);
}

/* There and back once: every byte must be as it was. The compressed bytes are the check value. */
static int rehearse(struct load *l, struct job *j)
{
	corpus_fill(j->plain, j->size);
	compress_once(j);                       /* finds packed_size */
	j->packed_size = j->deflate.total_out;
	int r = compress_once(j);
	if (r == 0)
		r = decompress_once(j);
	if (r < 0 || memcmp(j->plain, j->back, j->size) != 0)
		return load_failf(l, EIO, "what was compressed does not come back");
	load_digest(l, j->plain, j->size);
	load_digest(l, j->packed, j->packed_size);
	return 0;
}

static int measure(struct load *l, struct job *j)
{
	int r = rehearse(l, j);
	if (r == 0)
		r = load_loop(l, "compress", compress_n, j, (double)j->size);
	if (r == 0)
		r = load_loop(l, "decompress", decompress_n, j, (double)j->size);
	return r == -EIO ? load_failf(l, EIO, "the compressor gave a wrong result") : r;
}

static int run(struct load *l)
{
	struct job j = { .size = load_size(l, "size") };
	int r = open_both(l, &j);
	if (r == 0)
		r = measure(l, &j);
	close_both(&j);
	return r;
}

const struct workload workload_cpu_compress = {
	.name = "cpu-compress",
	.resource = "cpu",
	.what = "zlib compresses and decompresses prose, log lines and binary records",
	.teaches = "What web servers, backups and databases spend CPU time on: table look-ups and branches that depend on the data, over more "
	           "than the first cache holds. It stays in user mode, so isolation costs nothing but what it takes from the caches.",
	.metrics = {
		{ "compress", "B/s", BETTER_HIGHER, "bytes of the corpus by the time to compress them" },
		{ "decompress", "B/s", BETTER_HIGHER, "bytes of the corpus by the time to get them back" },
	},
	.params = {
		{ "size", PARAM_SIZE, "256KiB", NULL, "of the corpus, up to 16MiB; memory is three times that", .least = 4096, .most = 16 << 20 },
		{ "level", PARAM_COUNT, "6", NULL, "of compression, 1 (fast) … 9 (small)", .least = 1, .most = 9 },
		LOAD_LOOP_PARAMS,
	},
	.run = run,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scratch.h - the one file, or directory of files, that a file workload works on: made in the scratch directory, gone when the
 * workload is. */
#ifndef ISOCOST_SCRATCH_H
#define ISOCOST_SCRATCH_H

#include "load.h"

#include <stddef.h>

/* $ISOCOST_SCRATCH, or the current directory. */
const char *load_scratch_dir(void);

/* Refuse a scratch directory in memory, where there is nothing to flush to, or to bypass a cache for: -ENOTSUP, with the reason said. */
int load_scratch_on_disk(struct load *l, bool direct);

/* Make the file and open it for reading and writing, with O_DIRECT when direct. Returns the descriptor, or -errno with the
 * reason said. Fails on a file system in memory when direct, or when durable: nothing could be flushed there.
 * SIGINT, SIGTERM and SIGHUP remove the file before they end the process. One at a time. */
int load_scratch_open(struct load *l, bool direct, bool durable);

/* Close and remove the file; a negative fd is fine. */
void load_scratch_close(int fd);

enum { SCRATCH_NAME = 24 };

/* Where the file or directory is, while there is one. */
const char *load_scratch_path(void);

/* The name of file i of a kind, a letter from 'a' to 'c', in a directory of its own. */
void load_scratch_name(char ret[SCRATCH_NAME], char kind, uint64_t i);

/* Make a directory for files 0 … names - 1 of each kind. Returns its descriptor, or -errno with the reason said. Signals remove
 * it with all in it that has such a name, or that of a companion that SQLite makes for a database a0. It is the one file that there may be at a time. */
int load_scratch_open_dir(struct load *l, uint64_t names);

/* Close and remove it; a negative fd is fine. */
void load_scratch_close_dir(int fd);

/* Write or read exactly len bytes at offset: 0, or -errno with the reason said (-EIO: the file ended early). */
int load_scratch_write(struct load *l, int fd, const void *data, size_t len, uint64_t offset);
int load_scratch_read(struct load *l, int fd, void *data, size_t len, uint64_t offset);

/* Make the file's pages leave the page cache (flush it first). -EBUSY, with the reason said, when they stay. */
int load_scratch_cool(struct load *l, int fd, uint64_t size);

/* Memory for O_DIRECT: aligned to a page, more than a page in huge pages where there are any, filled with pseudo-random
 * bytes that are the same everywhere. NULL: none left. */
void *load_scratch_buffer(size_t size);

#endif

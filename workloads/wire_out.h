/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire_out.h - the writer of isoload's records (wire.h is the format). No allocation; nothing is written before a flush
 * or a full buffer. */
#ifndef ISOCOST_WIRE_OUT_H
#define ISOCOST_WIRE_OUT_H

#include "wire.h"

#include <stddef.h>

struct load_out {
	int fd;
	int error;                      /* first -errno of a write; later records are dropped */
	size_t len;
	char buf[16384];
};

/* Where `--out` points: digits are an open descriptor, anything else a path (device node, FIFO or file). NULL: standard
 * output. -errno. */
int load_out_open(struct load_out *o, const char *where);

/* Add a record; the newline is added here. Control characters become '_'; a line is cut at WIRE_LINE_MAX. */
void load_out_line(struct load_out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Make one word of s: blanks become '_'. */
void load_out_word(char *s);

/* Add `env KEY=VALUE`; blanks in the value become '_', an empty one "unknown". */
void load_out_env(struct load_out *o, const char *key, const char *value);

/* Write out what is there. 0, or the first error since the start. */
int load_out_flush(struct load_out *o);

#endif

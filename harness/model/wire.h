/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire.h - the reader of isoload's records (workloads/wire.h is the format). Fed with bytes as they come. */
#ifndef ISOCOST_MODEL_WIRE_H
#define ISOCOST_MODEL_WIRE_H

#include "../../workloads/wire.h"
#include "model/launch.h"

struct wire_reader {
	struct result *result;          /* filled in; the caller's */
	char line[WIRE_LINE_MAX];
	size_t len;
	struct err err;                 /* first violation of the format; err.code is 0 when there was none */
};

/* Start reading into *result, which is set to "nothing said yet". */
void wire_reader_init(struct wire_reader *r, struct result *result);
/* Take bytes that were received at t_ns. A malformed record is kept in r->err; reading goes on. */
void wire_reader_feed(struct wire_reader *r, const char *buf, size_t len, int64_t t_ns);
/* 0 when a whole, successful conversation was read; otherwise -EPROTO or the negative of `end`'s errno, and why. -ENOTSUP and
 * result->cannot: it said that it can't run there, and what the place lacks. */
int wire_reader_finish(const struct wire_reader *r, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve.h - the other side of the network workloads: one process that answers many, on one port of TCP and UDP.
 *
 * UDP: every datagram goes back to where it came from. TCP: a connection sends requests (struct serve_request), each
 * answered before the next:
 *   SERVE_ECHO     every byte that follows goes back, until the connection is closed
 *   SERVE_SINK     `bytes` bytes of the stream follow; the answer is a struct serve_receipt
 *   SERVE_SOURCE   the answer is `bytes` bytes of the stream
 *   SERVE_ONCE     the answer is a struct serve_receipt of `bytes`, and then the end: this side closes first
 * A connection that says anything else is closed. Both sides are the same program: numbers are in its byte order. */
#ifndef ISOCOST_SERVE_H
#define ISOCOST_SERVE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum serve_what { SERVE_ECHO, SERVE_SINK, SERVE_SOURCE, SERVE_ONCE };

#define SERVE_MAGIC 0x69736f63          /* another program is not answered */

struct serve_request {
	uint32_t magic, what;
	uint64_t bytes;
	uint32_t every;                 /* SERVE_SINK: compare every byte; 0: the first ones of each read */
	uint32_t block;                 /* SERVE_SINK, SERVE_SOURCE: the most that is received or sent at once; 0: as much as can be */
};

struct serve_receipt {
	uint64_t bytes, wrong;          /* received; bytes that differ, of those that were compared */
};

enum {
	SERVE_CONNECTIONS_MAX = 16,
	SERVE_ECHO_MAX = 64 << 10,      /* of an echo's bytes that are on their way back at once */
	SERVE_BUFFER = 256 << 10,
};

struct serve {
	int tcp, udp;
	struct sockaddr_in at;
};

/* Bind both; port 0: one that is free for both. All or nothing, -errno. */
int serve_open(struct serve *s, struct sockaddr_in at);
void serve_close(struct serve *s);

/* Serve until stop polls readable or hung up. 0 or -errno. One at a time in a process. */
int serve_run(const struct serve *s, int stop);

/* Parse "10.111.0.1:4711"; without a port 0. -EINVAL. */
int serve_address(const char *text, struct sockaddr_in *ret);

/* The stream: its bytes depend on their place alone. How many are given at once from `offset` on, at *ret. */
size_t serve_stream(uint64_t offset, const uint8_t **ret);
/* How many of len bytes at `offset` of the stream differ; every false: of the first ones only. */
uint64_t serve_wrong(uint64_t offset, const uint8_t *data, size_t len, bool every);

#endif

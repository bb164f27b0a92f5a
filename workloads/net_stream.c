/* SPDX-License-Identifier: GPL-3.0-or-later */
/* net_stream.c - one TCP connection as full as it gets, first to the peer, then from it. */
#include "load.h"
#include "netpeer.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CHECKED = 4 << 20,              /* bytes each way of which every one is compared, before the measurement */
	PIECE_LEAST = 64 << 10, PIECE_MOST = 2 << 20, PIECE_BLOCKS = 256,
};

struct stream {
	struct load *l;
	int fd;
	size_t block;
	uint64_t piece;                 /* bytes of the stream that are asked for and acknowledged by themselves; divides CHECKED */
	uint8_t *buffer;
	bool every;                     /* compare every byte, not the first ones of each read */
	uint64_t asked, over;           /* pieces under way or through; those that are through */
};

/* A piece to the peer, whose receipt comes when it has all of it. */
static int send_piece(struct stream *s)
{
	struct serve_request q = { .what = SERVE_SINK, .bytes = s->piece, .every = s->every, .block = (uint32_t)s->block };
	int r = netpeer_request(s->l, s->fd, q);
	for (uint64_t done = 0; done < s->piece && r == 0;) {
		const uint8_t *data;
		size_t len = serve_stream(done, &data);
		if (len > s->block)
			len = s->block;
		if (len > s->piece - done)
			len = s->piece - done;
		r = netpeer_send(s->l, s->fd, data, len);
		done += len;
	}
	s->asked += r == 0;
	return r;
}

static int take_receipt(struct stream *s)
{
	struct serve_receipt receipt;
	int r = netpeer_receive(s->l, s->fd, &receipt, sizeof(receipt));
	if (r == 0 && (receipt.bytes != s->piece || receipt.wrong))
		r = load_failf(s->l, EIO, "the peer received %llu bytes of %llu, %llu of them wrong ones", (unsigned long long)receipt.bytes,
		               (unsigned long long)s->piece, (unsigned long long)receipt.wrong);
	s->over += r == 0;
	return r;
}

static bool receipt_is_there(const struct stream *s)
{
	struct serve_receipt receipt;
	return recv(s->fd, &receipt, sizeof(receipt), MSG_PEEK | MSG_DONTWAIT) == sizeof(receipt);
}

/* Until receipts for n pieces have come. The next pieces are on their way meanwhile: if it waited for the last receipt with nothing
 * to send, each sample would have a time in it when only one side works. */
static int send_n(void *arg, uint64_t n)
{
	struct stream *s = arg;
	int r = 0;
	for (uint64_t end = s->over + n; s->over < end && r == 0;) {
		r = send_piece(s);
		while (r == 0 && s->over < s->asked && receipt_is_there(s))
			r = take_receipt(s);
	}
	return r;
}

static int receive_piece(struct stream *s)
{
	int r = 0;
	for (uint64_t done = 0; done < s->piece && r == 0;) {
		uint64_t left = s->piece - done;
		ssize_t n = recv(s->fd, s->buffer, left < s->block ? left : s->block, 0);
		if (n <= 0)
			r = netpeer_failed(s->l, "receiving from", n);
		else if (serve_wrong(done, s->buffer, (size_t)n, s->every))
			r = load_failf(s->l, EIO, "wrong data in the %zd bytes at %llu", n, (unsigned long long)done);
		else
			done += (uint64_t)n;
	}
	s->over += r == 0;
	return r;
}

static int ask_piece(struct stream *s)
{
	struct serve_request q = { .what = SERVE_SOURCE, .bytes = s->piece, .block = (uint32_t)s->block };
	int r = netpeer_request(s->l, s->fd, q);
	s->asked += r == 0;
	return r;
}

/* The peer always knows of a piece more than the one that it sends. */
static int receive_n(void *arg, uint64_t n)
{
	struct stream *s = arg;
	int r = 0;
	for (uint64_t i = 0; i < n && r == 0; i++) {
		while (r == 0 && s->asked < s->over + 2)
			r = ask_piece(s);
		if (r == 0)
			r = receive_piece(s);
	}
	return r;
}

/* What is still on its way belongs to no sample. */
static int finish(struct stream *s, int (*one)(struct stream *s))
{
	int r = 0;
	while (s->over < s->asked && r == 0)
		r = one(s);
	return r;
}

static int send_for(struct stream *s, bool measured)
{
	int r = measured ? load_loop(s->l, "send", send_n, s, (double)s->piece) : send_n(s, CHECKED / s->piece);
	return r < 0 ? r : finish(s, take_receipt);
}

static int receive_for(struct stream *s, bool measured)
{
	int r = measured ? load_loop(s->l, "receive", receive_n, s, (double)s->piece) : receive_n(s, CHECKED / s->piece);
	return r < 0 ? r : finish(s, receive_piece);
}

static int check(struct load *l, struct stream *s)
{
	uint64_t checked = CHECKED;
	s->every = true;
	int r = send_for(s, false);
	if (r == 0)
		r = receive_for(s, false);
	s->every = false;
	load_digest(l, &checked, sizeof(checked));
	for (uint64_t done = 0; done < checked;) {
		const uint8_t *data;
		size_t len = serve_stream(done, &data);
		load_digest(l, data, len < checked - done ? len : checked - done);
		done += len;
	}
	return r;
}

static int measure(struct load *l, struct stream *s)
{
	struct netpeer p;
	int r = netpeer_start(l, &p);
	if (r < 0)
		return r;
	r = netpeer_connect(l, &p, SOCK_STREAM, &s->fd);
	if (r == 0)
		r = check(l, s);
	uint64_t checked = s->over;
	load_work_begin(l);
	if (r == 0)
		r = send_for(s, true);
	if (r == 0)
		r = receive_for(s, true);
	load_work_end(l, (s->over - checked) * s->piece);
	if (s->fd >= 0)
		close(s->fd);
	netpeer_stop(&p);
	return r;
}

static int run(struct load *l)
{
	struct stream s = { .l = l, .fd = -1, .block = load_size(l, "block") };
	s.piece = PIECE_LEAST;
	while (s.piece < PIECE_MOST && s.piece < PIECE_BLOCKS * s.block)
		s.piece *= 2;
	s.buffer = malloc(s.block);
	int r = s.buffer ? measure(l, &s) : load_failf(l, ENOMEM, "no memory for a block");
	free(s.buffer);
	return r;
}

const struct workload workload_net_stream = {
	.name = "net-stream",
	.resource = "network",
	.what = "one TCP connection as full as it gets, to a peer and from it",
	.teaches = "Throughput of a network is the price of copying and of what is done for each packet: a network card that passes on "
	           "large segments hides most of its cost, one that can't shows it.",
	.moves = "B",
	.metrics = {
		{ "send", "B/s", BETTER_HIGHER, "bytes that the peer has received, by time" },
		{ "receive", "B/s", BETTER_HIGHER, "bytes received from the peer, by time" },
	},
	.params = {
		NETPEER_PARAM,
		{ "block", PARAM_SIZE, "128KiB", NULL, "of one send or receive, on both sides, 1 … 256KiB less 24", .least = 1, .most = (256 << 10) - 24 },
		{ "time", PARAM_SECONDS, "300ms", NULL, "how long to measure, each way" },
		{ "warmup", PARAM_SECONDS, "50ms", NULL, "how long to run before that; samples are marked" },
		{ "min-time", PARAM_SECONDS, "20ms", NULL, "the least a sample lasts, in pieces of up to 2 MiB" },
	},
	.run = run,
};

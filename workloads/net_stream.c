/* SPDX-License-Identifier: GPL-3.0-or-later */
/* net_stream.c - one TCP connection as full as it gets, first to the peer, then from it. */
#include "load.h"
#include "netpeer.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHECKED = 4 << 20 };             /* bytes each way of which every one is compared, before the measurement */

struct stream {
	struct load *l;
	int fd;
	size_t block;
	uint8_t *buffer;
	bool every;                     /* compare every byte, not the first ones of each read */
};

/* To the peer, until it has received all: its receipt ends the time. */
static int send_bytes(const struct stream *s, uint64_t bytes)
{
	int r = netpeer_request(s->l, s->fd, SERVE_SINK, bytes, s->every);
	for (uint64_t done = 0; done < bytes && r == 0;) {
		const uint8_t *data;
		size_t len = serve_stream(done, &data);
		if (len > s->block)
			len = s->block;
		if (len > bytes - done)
			len = bytes - done;
		r = netpeer_send(s->l, s->fd, data, len);
		done += len;
	}
	struct serve_receipt receipt;
	if (r == 0)
		r = netpeer_receive(s->l, s->fd, &receipt, sizeof(receipt));
	if (r == 0 && (receipt.bytes != bytes || receipt.wrong))
		r = load_failf(s->l, EIO, "the peer received %llu bytes of %llu, %llu of them wrong ones", (unsigned long long)receipt.bytes,
		               (unsigned long long)bytes, (unsigned long long)receipt.wrong);
	return r;
}

static int receive_bytes(const struct stream *s, uint64_t bytes)
{
	int r = netpeer_request(s->l, s->fd, SERVE_SOURCE, bytes, false);
	for (uint64_t done = 0; done < bytes && r == 0;) {
		uint64_t left = bytes - done;
		ssize_t n = recv(s->fd, s->buffer, left < s->block ? left : s->block, 0);
		if (n <= 0)
			r = netpeer_failed(s->l, "receiving from", n);
		else if (serve_wrong(done, s->buffer, (size_t)n, s->every))
			r = load_failf(s->l, EIO, "wrong data in the %zd bytes at %llu", n, (unsigned long long)done);
		else
			done += (uint64_t)n;
	}
	return r;
}

static int send_n(void *arg, uint64_t n)
{
	const struct stream *s = arg;
	return send_bytes(s, n * s->block);
}

static int receive_n(void *arg, uint64_t n)
{
	const struct stream *s = arg;
	return receive_bytes(s, n * s->block);
}

static int check(struct load *l, struct stream *s)
{
	uint64_t checked = CHECKED;
	s->every = true;
	int r = send_bytes(s, checked);
	if (r == 0)
		r = receive_bytes(s, checked);
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
	if (r == 0)
		r = load_loop(l, "send", send_n, s, (double)s->block);
	if (r == 0)
		r = load_loop(l, "receive", receive_n, s, (double)s->block);
	if (s->fd >= 0)
		close(s->fd);
	netpeer_stop(&p);
	return r;
}

static int run(struct load *l)
{
	struct stream s = { .l = l, .fd = -1, .block = load_size(l, "block") };
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
	.metrics = {
		{ "send", "B/s", BETTER_HIGHER, "bytes that the peer has received, by time" },
		{ "receive", "B/s", BETTER_HIGHER, "bytes received from the peer, by time" },
	},
	.params = {
		NETPEER_PARAM,
		{ "block", PARAM_SIZE, "128KiB", NULL, "of one send or receive, 1 … 256KiB less 24", .least = 1, .most = (256 << 10) - 24 },
		{ "time", PARAM_SECONDS, "300ms", NULL, "how long to measure, each way" },
		{ "warmup", PARAM_SECONDS, "50ms", NULL, "how long to run before that; samples are marked" },
		{ "min-time", PARAM_SECONDS, "20ms", NULL, "the least a sample lasts: the wait for its last byte is a small part of it" },
	},
	.run = run,
};

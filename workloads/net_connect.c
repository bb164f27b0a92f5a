/* SPDX-License-Identifier: GPL-3.0-or-later */
/* net_connect.c - one connection after the other: opened, a question, its answer, closed. */
#include "load.h"
#include "netpeer.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHECKED = 20, BATCH = 20 };      /* connections that make one sample of the rate */

struct client {
	struct netpeer peer;
	uint64_t made;                  /* so far: what number the next one asks by */
	bool peer_first, reset;
};

/* Ports are not there without an end: those of connections that were closed at this side first stay taken for a minute. */
static int no_connection(struct load *l, const struct client *c, int error)
{
	if (error != EADDRNOTAVAIL)
		return netpeer_unreachable(l, &c->peer, error);
	return load_failf(l, EADDRNOTAVAIL, "no local port is left after %llu connections: those closed at this side wait in TIME_WAIT; "
	                  "take close=peer or close=reset, or fewer of them", (unsigned long long)c->made);
}

static int open_one(struct load *l, const struct client *c, int *ret_fd, int64_t *ret_start, int64_t *ret_end)
{
	const struct linger hard = { .l_onoff = 1 };
	const struct timeval patience = { .tv_sec = 10 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return load_failf(l, errno, "socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));       /* of connect, too */
	if (c->reset)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	*ret_start = load_now();
	int r = connect(fd, (const struct sockaddr *)&c->peer.at, sizeof(c->peer.at));
	*ret_end = load_now();
	if (r < 0) {
		r = no_connection(l, c, errno);
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

/* The answer names the number that was asked by, and then the peer's end is there before this one closes. */
static int ask_last(struct load *l, const struct client *c, int fd)
{
	struct serve_receipt receipt;
	char more;
	int r = netpeer_request(l, fd, (struct serve_request){ .what = SERVE_ONCE, .bytes = c->made });
	if (r == 0)
		r = netpeer_receive(l, fd, &receipt, sizeof(receipt));
	if (r < 0)
		return r;
	if (receipt.bytes != c->made)
		return load_failf(l, EIO, "the answer to connection %llu is a wrong one", (unsigned long long)c->made);
	ssize_t n = recv(fd, &more, 1, 0);
	return n == 0 ? 0 : n < 0 ? netpeer_failed(l, "waiting for the end of", n) : load_failf(l, EIO, "more came than was asked for");
}

/* An answer of the same length, to a peer that goes on listening. */
static int ask_first(struct load *l, const struct client *c, int fd)
{
	uint8_t answer[sizeof(struct serve_receipt)];
	int r = netpeer_request(l, fd, (struct serve_request){ .what = SERVE_SOURCE, .bytes = sizeof(answer) });
	if (r == 0)
		r = netpeer_receive(l, fd, answer, sizeof(answer));
	if (r == 0 && serve_wrong(0, answer, sizeof(answer), true))
		r = load_failf(l, EIO, "the answer to connection %llu is a wrong one", (unsigned long long)c->made);
	return r;
}

static int one(struct load *l, struct client *c, int64_t *ret_start, int64_t *ret_end)
{
	int fd = -1, r = open_one(l, c, &fd, ret_start, ret_end);
	if (r < 0)
		return r;
	r = c->peer_first ? ask_last(l, c, fd) : ask_first(l, c, fd);
	if (close(fd) < 0 && r == 0)
		r = load_failf(l, errno, "close: %s", strerror(errno));
	c->made += r == 0;
	return r;
}

static int batch(struct load *l, struct client *c, bool warmup)
{
	int64_t start[BATCH], end[BATCH];
	int r = 0;
	int64_t begin = load_now();
	for (int i = 0; i < BATCH && r == 0; i++)
		r = one(l, c, &start[i], &end[i]);
	int64_t over = load_now();
	for (int i = 0; i < BATCH && r == 0; i++)
		r = load_interval(l, "connect", warmup, start[i], end[i], 1);
	return r < 0 ? r : load_interval(l, "rate", warmup, begin, over, BATCH);
}

static int rehearse(struct load *l, struct client *c)
{
	int64_t start, end;
	int r = 0;
	while (r == 0 && c->made < CHECKED)
		r = one(l, c, &start, &end);
	load_digest(l, &c->made, sizeof(c->made));
	return r;
}

static int measure(struct load *l, struct client *c)
{
	uint64_t warmup = load_count(l, "warmup"), count = load_count(l, "count");
	int64_t limit = INT64_MAX;
	int r = rehearse(l, c);
	uint64_t rehearsed = c->made;
	load_work_begin(l);
	for (uint64_t i = 0; i < warmup && r == 0; i += BATCH)
		r = batch(l, c, true);
	if (r == 0)
		limit = load_now() + load_ns(load_seconds(l, "time"));
	for (uint64_t i = 0; i < count && r == 0 && (i < LOAD_SAMPLES_MIN * BATCH || load_now() < limit); i += BATCH)
		r = batch(l, c, false);
	load_work_end(l, c->made - rehearsed);
	return r;
}

static int run(struct load *l)
{
	struct client c = { .peer_first = load_is(l, "close", "peer"), .reset = load_is(l, "close", "reset") };
	int r = netpeer_start(l, &c.peer);
	if (r < 0)
		return r;
	r = measure(l, &c);
	netpeer_stop(&c.peer);
	return r;
}

const struct workload workload_net_connect = {
	.name = "net-connect",
	.resource = "network",
	.what = "TCP connections, one after the other: opened, a question, its answer, closed",
	.teaches = "What a service pays for clients that come once: a socket made and found on both sides, three packets before the first "
	           "byte, a process woken to accept. Each crosses the veth pair or the virtual network card.",
	.moves = "connection",
	.metrics = {
		{ "connect", "s", BETTER_LOWER, "from the call of connect until the connection stands" },
		{ "rate", "1/s", BETTER_HIGHER, "whole connections by time: socket, connect, 24 bytes there, 16 back, end; of 20 in a row" },
	},
	.params = {
		NETPEER_PARAM,
		{ "close", PARAM_CHOICE, "peer", "peer here reset",
		  "who closes first, and so waits in TIME_WAIT: the peer, as a web server; this side, whose ports may run out; nobody, by a reset" },
		{ "count", PARAM_COUNT, "3000", NULL, "connections measured, 60 … 9000, a multiple of 20, unless the time is over before",
		  .least = LOAD_SAMPLES_MIN * BATCH, .most = 9000, .multiple = BATCH },
		{ "warmup", PARAM_COUNT, "200", NULL, "connections before them, marked, 0 … 1000, a multiple of 20", .most = 1000, .multiple = BATCH },
		{ "time", PARAM_SECONDS, "2s", NULL, "how long to measure at most" },
	},
	.run = run,
};

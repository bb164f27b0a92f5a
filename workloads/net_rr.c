/* SPDX-License-Identifier: GPL-3.0-or-later */
/* net_rr.c - request and response: a message goes to the peer and comes back, one at a time. */
#include "load.h"
#include "netpeer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHECKED = 100, SIZE_MAX_RR = 16 << 10 };

struct talk {
	int fd;
	size_t size;
	uint64_t number;                /* of the next message */
	uint8_t *request, *response;
};

/* What is sent, so that an answer to another message, or a byte of one, is told from the right one. */
static void compose(struct talk *t)
{
	uint64_t number = ++t->number;
	memcpy(t->request, &number, t->size < sizeof(number) ? t->size : sizeof(number));
}

static int check(struct load *l, const struct talk *t)
{
	return memcmp(t->request, t->response, t->size) == 0 ? 0 : load_failf(l, EIO, "the answer to message %llu is a wrong one",
	                                                                      (unsigned long long)t->number);
}

/* Nothing is timed but the way there and back; composing and checking are not. */
static int round_trip(struct load *l, struct talk *t, int64_t *ret_start, int64_t *ret_end)
{
	compose(t);
	*ret_start = load_now();
	int r = netpeer_send(l, t->fd, t->request, t->size);
	if (r == 0)
		r = netpeer_receive(l, t->fd, t->response, t->size);
	*ret_end = load_now();
	return r < 0 ? r : check(l, t);
}

static int rehearse(struct load *l, struct talk *t)
{
	int r = 0;
	for (int i = 0; i < CHECKED && r == 0; i++) {
		int64_t start, end;
		r = round_trip(l, t, &start, &end);
		load_digest(l, t->response, t->size);
	}
	return r;
}

static int measure(struct load *l, struct talk *t)
{
	uint64_t warmup = load_count(l, "warmup"), count = load_count(l, "count");
	int64_t limit = load_now() + load_ns(load_seconds(l, "time"));
	int r = 0;
	for (uint64_t i = 0; i < warmup + count && r == 0; i++) {
		int64_t start, end;
		r = round_trip(l, t, &start, &end);
		if (r == 0)
			r = load_interval(l, "time", i < warmup, start, end, 1);
		if (i < warmup)
			limit = end + load_ns(load_seconds(l, "time"));
		else if (end > limit && i >= warmup + LOAD_SAMPLES_MIN)
			break;
	}
	return r;
}

static int converse(struct load *l, struct talk *t)
{
	bool tcp = load_is(l, "proto", "tcp");
	struct netpeer p;
	int r = netpeer_start(l, &p);
	if (r < 0)
		return r;
	r = netpeer_connect(l, &p, tcp ? SOCK_STREAM : SOCK_DGRAM, &t->fd);
	if (r == 0 && tcp)
		r = netpeer_request(l, t->fd, (struct serve_request){ .what = SERVE_ECHO });
	if (r == 0)
		r = rehearse(l, t);
	load_work_begin(l);
	uint64_t rehearsed = t->number;
	if (r == 0)
		r = measure(l, t);
	load_work_end(l, t->number - rehearsed);
	if (t->fd >= 0)
		close(t->fd);
	netpeer_stop(&p);
	return r;
}

static int run(struct load *l)
{
	struct talk t = { .fd = -1, .size = load_size(l, "size") };
	t.request = malloc(t.size);
	t.response = malloc(t.size);
	if (t.request && t.response)
		for (size_t i = 0; i < t.size; i++)
			t.request[i] = (uint8_t)(i * 131 + 7);
	int r = t.request && t.response ? converse(l, &t) : load_failf(l, ENOMEM, "no memory for two messages");
	free(t.request);
	free(t.response);
	return r;
}

const struct workload workload_net_rr = {
	.name = "net-rr",
	.resource = "network",
	.what = "a message to a peer and back, one at a time",
	.teaches = "Latency of a network: two trips through the stack and two wake-ups; a veth pair adds a queue to each, a virtual "
	           "network card an exit and an interrupt.",
	.moves = "request",
	.metrics = { { "time", "s", BETTER_LOWER, "one round trip: send, receive there, send back, receive" } },
	.params = {
		NETPEER_PARAM,
		{ "proto", PARAM_CHOICE, "tcp", "tcp udp", "tcp: one connection, without Nagle's delay; udp: datagrams" },
		{ "size", PARAM_SIZE, "1", NULL, "of the message, both ways, 1 … 16KiB", .least = 1, .most = SIZE_MAX_RR },
		{ "count", PARAM_COUNT, "5000", NULL, "round trips measured, 3 … 100000000, unless the time is over before",
		  .least = LOAD_SAMPLES_MIN, .most = 100000000 },
		{ "warmup", PARAM_COUNT, "500", NULL, "round trips before them, marked, 0 … 1000", .most = 1000 },
		{ "time", PARAM_SECONDS, "2s", NULL, "how long to measure at most" },
	},
	.run = run,
};

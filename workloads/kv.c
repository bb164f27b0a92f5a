/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kv.c - a key-value service: redis-server in the arm, and clients that ask it for small values over the arm's loopback. */
#include "kv_server.h"
#include "load.h"
#include "netpeer.h"
#include "resp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SLICES = 10, BATCH = 64, WARM_SAMPLES = 500, EVENTS = 64, PATIENCE_MS = 10000, KEY_LEN = 16 };
enum { CONNECTIONS_MAX = 500, VALUE_MAX = 16 << 10 };

/* Each connection has keys of its own, every n-th one: so what a reply must hold is known, whatever the others do. */
struct connection {
	int fd;
	uint64_t first, keys, random;
	uint64_t key;                   /* of the request that is on its way */
	bool set;
	int64_t start;
	size_t have;
	char *in;
};

struct job {
	struct kv_server server;
	int epoll;
	unsigned n;
	uint64_t keys, size, reads;
	uint32_t *version;              /* of each key: how often its value was changed */
	struct connection *connections;
	char *out, *value;              /* one command, or a batch of them; one value */
	size_t out_size, in_size;
	/* of the part that runs: the warm-up, or the measurement */
	bool warm;
	unsigned flying;
	uint64_t done;
};

/* ---- keys and values ---- */

/* As redis-benchmark has them. */
static void key_name(char ret[KEY_LEN + 1], uint64_t key)
{
	snprintf(ret, KEY_LEN + 1, "key:%012llu", (unsigned long long)key);
}

static uint64_t mix(uint64_t x)
{
	x ^= x << 13;
	x ^= x >> 7;
	return x ^ x << 17;
}

/* What the key holds after so many changes: printable, and different in the first bytes already. */
static void make_value(const struct job *j, uint64_t key, uint32_t version, char *ret)
{
	uint64_t x = (key << 32 | version) * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d;
	for (uint64_t i = 0; i < j->size; i++) {
		if (i % 16 == 0)
			x = mix(x);
		ret[i] = "0123456789abcdef"[x >> 4 * (i % 16) & 15];
	}
}

static size_t compose(struct job *j, uint64_t key, bool set, char *buf, size_t size)
{
	char name[KEY_LEN + 1];
	key_name(name, key);
	if (set)
		make_value(j, key, j->version[key], j->value);
	const struct resp_word words[] = { { set ? "SET" : "GET", 3 }, { name, KEY_LEN }, { j->value, j->size } };
	return resp_command(buf, size, words, set ? 3 : 2);
}

static int check(struct load *l, struct job *j, const struct resp *reply, uint64_t key, bool set)
{
	if (reply->type == '-')
		return load_failf(l, EIO, "the server refuses a request: %.*s", (int)(reply->len < 200 ? reply->len : 200), reply->data);
	if (set)
		return reply->type == '+' && reply->len == 2 && memcmp(reply->data, "OK", 2) == 0
		       ? 0 : load_failf(l, EIO, "the server's reply to SET is not OK");
	make_value(j, key, j->version[key], j->value);
	return reply->type == '$' && reply->len == j->size && memcmp(reply->data, j->value, j->size) == 0
	       ? 0 : load_failf(l, EIO, "key %llu does not hold what was last written to it", (unsigned long long)key);
}

/* ---- before and after: all keys, many requests in one message ---- */

static int receive(struct load *l, struct job *j, struct connection *c, int flags, struct resp *ret, long *ret_len)
{
	ssize_t n = recv(c->fd, c->in + c->have, j->in_size - c->have, flags);
	if (n < 0 && flags && (errno == EAGAIN || errno == EINTR))
		n = 0;
	else if (n <= 0)
		return netpeer_failed(l, "receiving from", n);
	c->have += (size_t)n;
	*ret_len = resp_parse(c->in, c->have, ret);
	if (*ret_len < 0 || (*ret_len == 0 && c->have == j->in_size))
		return load_failf(l, EPROTO, "the server's reply can't be read");
	return 0;
}

static void consume(struct connection *c, size_t len)
{
	c->have -= len;
	memmove(c->in, c->in + len, c->have);
}

static int batch_replies(struct load *l, struct job *j, uint64_t first, uint64_t end, bool set, bool digest)
{
	struct connection *c = &j->connections[0];
	struct resp reply;
	int r = 0;
	for (uint64_t key = first; key < end && r == 0; key++) {
		long len = resp_parse(c->in, c->have, &reply);
		while (r == 0 && len == 0)
			r = receive(l, j, c, 0, &reply, &len);
		if (r == 0 && len < 0)
			r = load_failf(l, EPROTO, "the server's reply can't be read");
		if (r == 0)
			r = check(l, j, &reply, key, set);
		if (r == 0 && digest)
			load_digest(l, reply.data, reply.len);
		if (r == 0)
			consume(c, (size_t)len);
	}
	return r;
}

static int all_keys(struct load *l, struct job *j, bool set, bool digest)
{
	int r = 0;
	for (uint64_t key = 0; key < j->keys && r == 0; key += BATCH) {
		uint64_t end = key + BATCH < j->keys ? key + BATCH : j->keys;
		size_t len = 0;
		for (uint64_t k = key; k < end; k++)
			len += compose(j, k, set, j->out + len, j->out_size - len);
		r = netpeer_send(l, j->connections[0].fd, j->out, len);
		if (r == 0)
			r = batch_replies(l, j, key, end, set, digest);
	}
	return r;
}

/* ---- many connections, each with one request on its way ---- */

static int request(struct load *l, struct job *j, struct connection *c)
{
	c->random = mix(c->random);
	c->key = c->first + (c->random >> 32) % c->keys * j->n;
	c->set = c->random % 100 >= j->reads;
	j->version[c->key] += c->set;
	size_t len = compose(j, c->key, c->set, j->out, j->out_size);
	c->start = load_now();
	ssize_t n = send(c->fd, j->out, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n != (ssize_t)len)
		return netpeer_failed(l, "sending to", n);
	j->flying++;
	return 0;
}

static int keep(struct load *l, struct job *j, int64_t start, int64_t end)
{
	bool wanted = j->done++ < WARM_SAMPLES || !j->warm;
	return wanted ? load_interval(l, "request", j->warm, start, end, 1) : 0;
}

/* A reply, or a part of one, has come. *ret_end is when the last of it was here; 0: it is not. */
static int reply(struct load *l, struct job *j, struct connection *c, int64_t *ret_end)
{
	struct resp got;
	long len;
	int r = receive(l, j, c, MSG_DONTWAIT, &got, &len);
	*ret_end = r == 0 && len ? load_now() : 0;
	if (!*ret_end)
		return r;
	if ((size_t)len != c->have)
		return load_failf(l, EPROTO, "the server sent more than it was asked for");
	j->flying--;
	r = check(l, j, &got, c->key, c->set);
	c->have = 0;
	return r < 0 ? r : keep(l, j, c->start, *ret_end);
}

/* Rates are those of the time from one look at the clock to another: a slice is never cut short. */
struct slice {
	int64_t start, length;
	uint64_t done;
	unsigned n;
};

static int slices(struct load *l, struct job *j, struct slice *s, int64_t now)
{
	if (now < s->start + s->length)
		return 0;
	int r = load_interval(l, "rate", j->warm, s->start, now, (double)(j->done - s->done));
	s->start = now;
	s->done = j->done;
	s->n--;
	return r;
}

static int turn(struct load *l, struct job *j, struct slice *s)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(j->epoll, events, EVENTS, PATIENCE_MS), r = 0;
	if (n == 0)
		return load_failf(l, ETIMEDOUT, "no reply came for %d s", PATIENCE_MS / 1000);
	if (n < 0 && errno != EINTR)
		return load_failf(l, errno, "epoll_wait: %s", strerror(errno));
	for (int i = 0; i < n && r == 0; i++) {
		struct connection *c = events[i].data.ptr;
		int64_t end;
		r = reply(l, j, c, &end);
		if (r == 0 && end && s->n)
			r = slices(l, j, s, end);
		if (r == 0 && end && s->n)
			r = request(l, j, c);
	}
	return r;
}

static int run_slices(struct load *l, struct job *j, unsigned n, int64_t length)
{
	struct slice s = { .start = load_now(), .length = length, .n = n };
	int r = 0;
	j->done = 0;
	for (unsigned i = 0; i < j->n && r == 0; i++)
		r = request(l, j, &j->connections[i]);
	while (r == 0 && j->flying)
		r = turn(l, j, &s);
	return r;
}

static int measure(struct load *l, struct job *j)
{
	int64_t warmup = load_ns(load_seconds(l, "warmup")), length = load_ns(load_seconds(l, "time")) / SLICES;
	int r = 0;
	j->warm = true;
	if (warmup)
		r = run_slices(l, j, 1, warmup);
	j->warm = false;
	return r < 0 ? r : run_slices(l, j, SLICES, length);
}

/* ---- memory and connections ---- */

static int prepare(struct load *l, struct job *j)
{
	size_t room = RESP_ROOM(3, 3 + KEY_LEN + j->size);
	j->out_size = BATCH * room;
	j->in_size = j->size + RESP_LINE_MAX + 64;
	j->version = calloc(j->keys, sizeof(*j->version));
	j->connections = calloc(j->n, sizeof(*j->connections));
	j->out = calloc(1, j->out_size);
	j->value = calloc(1, j->size);
	if (!j->version || !j->connections || !j->out || !j->value)
		return load_failf(l, ENOMEM, "no memory for %llu keys", (unsigned long long)j->keys);
	for (unsigned i = 0; i < j->n; i++) {
		struct connection *c = &j->connections[i];
		*c = (struct connection){ .fd = -1, .first = i, .keys = (j->keys - i + j->n - 1) / j->n, .random = (i + 1) * 0x9e3779b97f4a7c15 };
		c->in = malloc(j->in_size);
		if (!c->in)
			return load_failf(l, ENOMEM, "no memory for %u connections", j->n);
	}
	j->epoll = epoll_create1(EPOLL_CLOEXEC);
	return j->epoll < 0 ? load_failf(l, errno, "epoll_create1: %s", strerror(errno)) : 0;
}

static int connect_all(struct load *l, struct job *j)
{
	int r = 0;
	for (unsigned i = 0; i < j->n && r == 0; i++) {
		struct connection *c = &j->connections[i];
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
		r = kv_server_connect(l, &j->server, &c->fd);
		if (r == 0 && epoll_ctl(j->epoll, EPOLL_CTL_ADD, c->fd, &e) < 0)
			r = load_failf(l, errno, "epoll_ctl: %s", strerror(errno));
	}
	return r;
}

static void clean_up(struct job *j)
{
	for (unsigned i = 0; j->connections && i < j->n; i++) {
		if (j->connections[i].in && j->connections[i].fd >= 0)
			close(j->connections[i].fd);
		free(j->connections[i].in);
	}
	if (j->epoll >= 0)
		close(j->epoll);
	kv_server_stop(&j->server);
	free(j->connections);
	free(j->version);
	free(j->out);
	free(j->value);
}

static int converse(struct load *l, struct job *j)
{
	int r = connect_all(l, j);
	if (r == 0)
		r = all_keys(l, j, true, false);
	if (r == 0)
		r = all_keys(l, j, false, true);
	if (r == 0)
		r = measure(l, j);
	return r < 0 ? r : all_keys(l, j, false, false);
}

static int run(struct load *l)
{
	struct job j = {
		.server = { .log = -1 }, .epoll = -1, .n = (unsigned)load_count(l, "connections"), .keys = load_count(l, "keys"),
		.size = load_size(l, "size"), .reads = load_count(l, "reads"),
	};
	if (j.keys < j.n)
		return load_failf(l, EINVAL, "expected as many keys as connections, or more");
	int r = kv_root_check(l, &j.server);
	if (r == 0)
		r = prepare(l, &j);
	if (r == 0)
		r = kv_server_start(l, &j.server);
	if (r == 0)
		r = load_interval(l, "start", false, j.server.start, j.server.up, 1);
	if (r == 0 && (r = converse(l, &j)) < 0)
		r = kv_server_failed(l, &j.server, r);
	clean_up(&j);
	return r;
}

const struct workload workload_kv = {
	.name = "kv",
	.resource = "application",
	.what = "redis-server: GET and SET of small values over many connections",
	.teaches = "What a network service of small requests pays: each is two trips through the kernel's network stack and a wake-up on both sides, "
	           "while the work itself is next to nothing. More connections at once share the wake-ups.",
	.needs_root = true,
	.metrics = {
		{ "request", "s", BETTER_LOWER, "one request, from just before it is sent until its reply is there" },
		{ "rate", "1/s", BETTER_HIGHER, "requests by time, of all connections, in a tenth of the time" },
		{ "start", "s", BETTER_LOWER, "from fork until redis-server has answered PING" },
	},
	.params = {
		{ "connections", PARAM_COUNT, "10", NULL, "each with one request on its way at a time, 1 … 500", .least = 1, .most = CONNECTIONS_MAX },
		{ "reads", PARAM_COUNT, "80", NULL, "percent of the requests that are GET, the others SET, 0 … 100", .most = 100 },
		{ "keys", PARAM_COUNT, "10000", NULL, "that there are, all of them set before, 1 … 1000000", .least = 1, .most = 1000000 },
		{ "size", PARAM_SIZE, "100", NULL, "of a value, 1 … 16KiB", .least = 1, .most = VALUE_MAX },
		{ "time", PARAM_SECONDS, "1s", NULL, "how long to measure" },
		{ "warmup", PARAM_SECONDS, "200ms", NULL, "how long to run before that; samples are marked" },
	},
	.run = run,
};

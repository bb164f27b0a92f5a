/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve.c - the echo, the sink and the source: one poll loop, no state but what a connection is at. */
#include "serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum state { ASKED, ECHOING, SINKING, SOURCING, ENDING };       /* ASKED: waiting for a request; ENDING: for the reply to be sent */

struct connection {
	int fd;
	enum state state;
	struct serve_request request;   /* and how much of it is there */
	size_t request_len;
	uint64_t done;                  /* of its bytes */
	uint64_t wrong;
	uint8_t reply[SERVE_ECHO_MAX];  /* to be sent before anything else is read */
	size_t reply_len, reply_sent;
};

static struct connection connections[SERVE_CONNECTIONS_MAX];
static size_t n_connections;
static uint8_t buffer[SERVE_BUFFER];

/* ---- one connection; each of these makes one step and returns false when it is over ---- */

/* A call that would have to wait, or was interrupted, is made again when poll says so. */
static bool later(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static bool flush(struct connection *c)
{
	ssize_t n = send(c->fd, c->reply + c->reply_sent, c->reply_len - c->reply_sent, MSG_NOSIGNAL);
	if (n < 0)
		return later();
	c->reply_sent += (size_t)n;
	if (c->reply_sent < c->reply_len)
		return true;
	c->reply_len = c->reply_sent = 0;
	return c->state != ENDING;
}

static bool reply(struct connection *c, const void *data, size_t len)
{
	memcpy(c->reply, data, len);
	c->reply_len = len;
	return flush(c);
}

static bool answer_once(struct connection *c)
{
	struct serve_receipt receipt = { c->request.bytes, 0 };
	c->state = ENDING;
	return reply(c, &receipt, sizeof(receipt));
}

static bool take_request(struct connection *c)
{
	static const enum state states[] = { [SERVE_ECHO] = ECHOING, [SERVE_SINK] = SINKING, [SERVE_SOURCE] = SOURCING };
	ssize_t n = recv(c->fd, (uint8_t *)&c->request + c->request_len, sizeof(c->request) - c->request_len, 0);
	if (n <= 0)
		return n < 0 && later();
	c->request_len += (size_t)n;
	if (c->request_len < sizeof(c->request))
		return true;
	if (c->request.magic != SERVE_MAGIC || c->request.what > SERVE_ONCE)
		return false;
	if (c->request.what == SERVE_ONCE)
		return answer_once(c);
	c->request_len = 0;
	c->done = c->wrong = 0;
	c->state = c->request.what == SERVE_ECHO || c->request.bytes ? states[c->request.what] : ASKED;
	return true;
}

static bool echo(struct connection *c)
{
	ssize_t n = recv(c->fd, c->reply, sizeof(c->reply), 0);
	if (n <= 0)
		return n < 0 && later();
	c->reply_len = (size_t)n;
	return flush(c);
}

/* How much of len bytes may go at once. */
static size_t at_once(const struct connection *c, size_t len)
{
	uint64_t left = c->request.bytes - c->done;
	if (c->request.block && c->request.block < len)
		len = c->request.block;
	return left < len ? left : len;
}

static bool sink(struct connection *c)
{
	ssize_t n = recv(c->fd, buffer, at_once(c, sizeof(buffer)), 0);
	if (n <= 0)
		return n < 0 && later();
	c->wrong += serve_wrong(c->done, buffer, (size_t)n, c->request.every);
	c->done += (uint64_t)n;
	if (c->done < c->request.bytes)
		return true;
	struct serve_receipt receipt = { c->done, c->wrong };
	c->state = ASKED;
	return reply(c, &receipt, sizeof(receipt));
}

static bool source(struct connection *c)
{
	const uint8_t *data;
	size_t len = serve_stream(c->done, &data);
	ssize_t n = send(c->fd, data, at_once(c, len), MSG_NOSIGNAL);
	if (n < 0)
		return later();
	c->done += (uint64_t)n;
	if (c->done == c->request.bytes)
		c->state = ASKED;
	return true;
}

static bool step(struct connection *c)
{
	if (c->reply_len)
		return flush(c);
	switch (c->state) {
	case ECHOING: return echo(c);
	case SINKING: return sink(c);
	case SOURCING: return source(c);
	default: return take_request(c);
	}
}

static bool writes(const struct connection *c)
{
	return c->reply_len || c->state == SOURCING;
}

/* ---- all of them ---- */

static void welcome(int listener)
{
	int one = 1, fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;         /* it went away again, or there is no descriptor left: others are served on */
	if (n_connections == SERVE_CONNECTIONS_MAX) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	struct connection *c = &connections[n_connections++];
	c->fd = fd;
	c->state = ASKED;
	c->request_len = c->reply_len = c->reply_sent = 0;
}

static void drop(size_t i)
{
	close(connections[i].fd);
	if (i != --n_connections)
		connections[i] = connections[n_connections];
}

static void echo_datagram(int udp)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(udp, buffer, sizeof(buffer), MSG_DONTWAIT, (struct sockaddr *)&from, &len);
	if (n >= 0)
		sendto(udp, buffer, (size_t)n, MSG_DONTWAIT, (struct sockaddr *)&from, len);
}

int serve_run(const struct serve *s, int stop)
{
	enum { STOP, UDP, TCP, FIRST };
	n_connections = 0;
	for (;;) {
		struct pollfd p[FIRST + SERVE_CONNECTIONS_MAX] = {
			[STOP] = { .fd = stop, .events = POLLIN },
			[UDP] = { .fd = s->udp, .events = POLLIN },
			[TCP] = { .fd = s->tcp, .events = POLLIN },
		};
		size_t n = n_connections;
		for (size_t i = 0; i < n; i++)
			p[FIRST + i] = (struct pollfd){ .fd = connections[i].fd, .events = writes(&connections[i]) ? POLLOUT : POLLIN };
		if (poll(p, FIRST + n, -1) < 0 && errno != EINTR)
			return -errno;
		if (p[STOP].revents)
			break;
		/* Backwards: who leaves is replaced by the last one, which has had its turn. */
		for (size_t i = n; i-- > 0;)
			if (p[FIRST + i].revents && !step(&connections[i]))
				drop(i);
		if (p[UDP].revents)
			echo_datagram(s->udp);
		if (p[TCP].revents)
			welcome(s->tcp);
	}
	while (n_connections)
		drop(n_connections - 1);
	return 0;
}

/* ---- the sockets ---- */

static int bind_one(int type, struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)at, len) == 0 && (type != SOCK_STREAM || listen(fd, SERVE_CONNECTIONS_MAX) == 0) &&
	    getsockname(fd, (struct sockaddr *)at, &len) == 0)
		return fd;
	int error = errno;
	close(fd);
	return -error;
}

int serve_open(struct serve *s, struct sockaddr_in at)
{
	enum { TRIES = 100 };
	for (int i = 0;; i++) {
		struct sockaddr_in bound = at;
		int tcp = bind_one(SOCK_STREAM, &bound);
		if (tcp < 0)
			return tcp;
		int udp = bind_one(SOCK_DGRAM, &bound);
		if (udp >= 0) {
			*s = (struct serve){ tcp, udp, bound };
			return 0;
		}
		close(tcp);
		/* A port that is free for TCP may be taken for UDP. */
		if (udp != -EADDRINUSE || at.sin_port || i == TRIES)
			return udp;
	}
}

void serve_close(struct serve *s)
{
	close(s->tcp);
	close(s->udp);
	s->tcp = s->udp = -1;
}

int serve_address(const char *text, struct sockaddr_in *ret)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	char host[INET_ADDRSTRLEN];
	unsigned port = 0;
	int n = 0;
	size_t len = strcspn(text, ":");
	if (len >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, &at.sin_addr) != 1)
		return -EINVAL;
	if (text[len] && (sscanf(text + len, ":%5u%n", &port, &n) != 1 || text[len + (size_t)n] || port > 65535))
		return -EINVAL;
	at.sin_port = htons((uint16_t)port);
	*ret = at;
	return 0;
}

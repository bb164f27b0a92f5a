/* SPDX-License-Identifier: GPL-3.0-or-later */
/* netpeer.c - start, reach and end the other side of a network workload. */
#include "netpeer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_S = 10 };

int netpeer_no_loopback(struct load *l, int error)
{
	static const int lacks[] = { EADDRNOTAVAIL, ENETUNREACH, ENETDOWN, EAFNOSUPPORT, EPERM, EACCES };
	size_t i = 0, n = sizeof(lacks) / sizeof(*lacks);
	while (i < n && lacks[i] != error)
		i++;
	if (i == n)
		return load_failf(l, error, "127.0.0.1: %s", strerror(error));
	return load_cannotf(l, "this arm has no loopback network: 127.0.0.1: %s; it needs a network with lo up", strerror(error));
}

int netpeer_unreachable(struct load *l, const struct netpeer *p, int error)
{
	if (p->child)
		return netpeer_no_loopback(l, error);
	char host[INET_ADDRSTRLEN];
	inet_ntop(AF_INET, &p->at.sin_addr, host, sizeof(host));
	return load_failf(l, error, "can't reach the peer at %s:%u: %s", host, ntohs(p->at.sin_port),
	                  error == EINPROGRESS ? "no answer" : strerror(error));
}

static int start_outside(struct load *l, struct netpeer *p)
{
	const char *where = getenv(NETPEER_VARIABLE);
	if (!where || !*where)
		return load_cannotf(l, "this arm has no network to a peer: " NETPEER_VARIABLE " is not set");
	if (serve_address(where, &p->at) < 0 || p->at.sin_port == 0)
		return load_failf(l, EINVAL, NETPEER_VARIABLE "=%.60s: expected ADDRESS:PORT such as 10.111.0.1:4711", where);
	return 0;
}

/* Only what is bound is known to be reachable: the ports are opened here and served by the child. */
static int start_inside(struct load *l, struct netpeer *p)
{
	struct sockaddr_in lo = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct serve s;
	int life[2], r = serve_open(&s, lo);
	if (r < 0)
		return netpeer_no_loopback(l, -r);
	if (pipe2(life, O_CLOEXEC) < 0) {
		r = load_failf(l, errno, "pipe2: %s", strerror(errno));
		serve_close(&s);
		return r;
	}
	p->child = fork();
	int error = errno;
	if (p->child == 0) {
		close(life[1]);
		_exit(serve_run(&s, life[0]) < 0);
	}
	close(life[0]);
	p->life = life[1];
	p->at = s.at;
	serve_close(&s);
	return p->child < 0 ? load_failf(l, error, "fork: %s", strerror(error)) : 0;
}

int netpeer_start(struct load *l, struct netpeer *ret)
{
	struct netpeer p = { .life = -1 };
	int r = load_is(l, "peer", "inside") ? start_inside(l, &p) : start_outside(l, &p);
	if (r < 0)
		netpeer_stop(&p);
	else
		*ret = p;
	return r;
}

void netpeer_stop(struct netpeer *p)
{
	if (p->life >= 0)
		close(p->life);
	while (p->child > 0 && waitpid(p->child, NULL, 0) < 0 && errno == EINTR)
		;
	*p = (struct netpeer){ .life = -1 };
}

int netpeer_connect(struct load *l, const struct netpeer *p, int type, int *ret_fd)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	int one = 1, fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return load_failf(l, errno, "socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (const struct sockaddr *)&p->at, sizeof(p->at)) < 0) {
		int error = errno;
		close(fd);
		return netpeer_unreachable(l, p, error);
	}
	*ret_fd = fd;
	return 0;
}

int netpeer_failed(struct load *l, const char *doing, ssize_t n)
{
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return load_failf(l, ETIMEDOUT, "%s the peer: nothing came through for %d s", doing, PATIENCE_S);
	if (n < 0)
		return load_failf(l, errno, "%s the peer: %s", doing, strerror(errno));
	return load_failf(l, EPIPE, "%s the peer: it went away, or a part was lost", doing);
}

int netpeer_send(struct load *l, int fd, const void *data, size_t len)
{
	ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
	return n == (ssize_t)len ? 0 : netpeer_failed(l, "sending to", n);
}

int netpeer_receive(struct load *l, int fd, void *data, size_t len)
{
	ssize_t n = recv(fd, data, len, MSG_WAITALL);
	return n == (ssize_t)len ? 0 : netpeer_failed(l, "receiving from", n);
}

int netpeer_request(struct load *l, int fd, struct serve_request q)
{
	q.magic = SERVE_MAGIC;
	return netpeer_send(l, fd, &q, sizeof(q));
}

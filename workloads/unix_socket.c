/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unix_socket.c - two processes pass a token to and fro through a pair of Unix sockets. */
#include "turns.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct pair {
	int fd;                         /* the parent's end */
	uint64_t token;
	pid_t child;
};

static int round_trips(void *arg, uint64_t n)
{
	struct pair *p = arg;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t reply;
		if (send(p->fd, &p->token, sizeof(reply), MSG_NOSIGNAL) != sizeof(reply) ||
		    recv(p->fd, &reply, sizeof(reply), MSG_WAITALL) != sizeof(reply))
			return -EPIPE;
		if (reply != turns_next(p->token))
			return -EIO;
		p->token = reply;
	}
	return 0;
}

/* The end of the parent, however it comes, closes its socket, and then this ends. */
static void __attribute__((noreturn)) serve(int fd)
{
	uint64_t token;
	while (recv(fd, &token, sizeof(token), MSG_WAITALL) == sizeof(token)) {
		token = turns_next(token);
		if (send(fd, &token, sizeof(token), MSG_NOSIGNAL) != sizeof(token))
			break;
	}
	_exit(0);
}

static int start(struct load *l, struct pair *p)
{
	int ends[2], type = load_is(l, "type", "stream") ? SOCK_STREAM : SOCK_SEQPACKET;
	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) < 0)
		return load_failf(l, errno, "socketpair: %s", strerror(errno));
	p->child = fork();
	int error = errno;
	if (p->child == 0) {
		close(ends[0]);
		serve(ends[1]);
	}
	close(ends[1]);
	p->fd = ends[0];
	return p->child < 0 ? load_failf(l, error, "fork: %s", strerror(error)) : 0;
}

static void stop(struct pair *p)
{
	if (p->fd >= 0)
		close(p->fd);
	while (p->child > 0 && waitpid(p->child, NULL, 0) < 0 && errno == EINTR)
		;
}

static int measure(struct load *l, struct pair *p)
{
	int r = round_trips(p, TURNS_CHECKED);
	load_digest(l, &p->token, sizeof(p->token));
	if (r == 0)
		r = load_loop(l, "time", round_trips, p, 1);
	if (r == -EPIPE)
		return load_failf(l, EPIPE, "the child went away");
	return r == -EIO ? load_failf(l, EIO, "the child sent a wrong token") : r;
}

static int run(struct load *l)
{
	struct pair p = { .fd = -1, .token = 1 };
	int r = turns_pin(l);
	if (r == 0)
		r = start(l, &p);
	if (r == 0)
		r = measure(l, &p);
	stop(&p);
	return r;
}

const struct workload workload_unix_socket = {
	.name = "unix-socket",
	.resource = "kernel",
	.what = "two processes take turns through a pair of Unix sockets",
	.teaches = "How services on one machine talk to each other: buffers, wake-ups and a switch each way, all inside one kernel, "
	           "whichever it is.",
	.metrics = { { "time", "s", BETTER_LOWER, "one round trip of 8 bytes: two sends, two receives, two context switches" } },
	.params = {
		{ "type", PARAM_CHOICE, "stream", "stream seqpacket", "of the sockets" },
		TURNS_CPU_PARAM,
		LOAD_LOOP_PARAMS
	},
	.run = run,
};

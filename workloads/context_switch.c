/* SPDX-License-Identifier: GPL-3.0-or-later */
/* context_switch.c - two processes pass a token to and fro through two pipes. */
#include "turns.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct pair {
	int to, from;                   /* the parent's ends */
	uint64_t token;
	pid_t child;
};

static int round_trips(void *arg, uint64_t n)
{
	struct pair *p = arg;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t reply;
		if (write(p->to, &p->token, sizeof(reply)) != sizeof(reply) || read(p->from, &reply, sizeof(reply)) != sizeof(reply))
			return -EPIPE;
		if (reply != turns_next(p->token))
			return -EIO;
		p->token = reply;
	}
	return 0;
}

/* The end of the parent, however it comes, closes its pipes, and then this ends: by end of file or by SIGPIPE. */
static void __attribute__((noreturn)) serve(int from, int to)
{
	uint64_t token;
	while (read(from, &token, sizeof(token)) == sizeof(token)) {
		token = turns_next(token);
		if (write(to, &token, sizeof(token)) != sizeof(token))
			break;
	}
	_exit(0);
}

static int start(struct load *l, struct pair *p)
{
	int there[2], back[2];
	if (pipe2(there, O_CLOEXEC) < 0)
		return load_failf(l, errno, "pipe2: %s", strerror(errno));
	if (pipe2(back, O_CLOEXEC) < 0) {
		int error = errno;
		close(there[0]);
		close(there[1]);
		return load_failf(l, error, "pipe2: %s", strerror(error));
	}
	p->child = fork();
	int error = errno;
	if (p->child == 0) {
		close(there[1]);
		close(back[0]);
		serve(there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	p->to = there[1];
	p->from = back[0];
	return p->child < 0 ? load_failf(l, error, "fork: %s", strerror(error)) : 0;
}

static void stop(struct pair *p)
{
	close(p->to);
	close(p->from);
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
	struct pair p = { .to = -1, .from = -1, .token = 1 };
	int r = turns_pin(l);
	if (r < 0)
		return r;
	signal(SIGPIPE, SIG_IGN);
	r = start(l, &p);
	if (r == 0)
		r = measure(l, &p);
	stop(&p);
	return r;
}

const struct workload workload_context_switch = {
	.name = "context-switch",
	.resource = "kernel",
	.what = "two processes take turns through a pair of pipes",
	.teaches = "The price of handing the CPU over: the scheduler's work and a cold TLB, which takes longer to refill through nested "
	           "page tables.",
	.metrics = { { "time", "s", BETTER_LOWER, "one round trip: two writes, two reads, two context switches" } },
	.params = { TURNS_CPU_PARAM, LOAD_LOOP_PARAMS },
	.run = run,
};

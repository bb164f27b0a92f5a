/* SPDX-License-Identifier: GPL-3.0-or-later */
/* futex.c - two threads wake each other: the bare system call below every mutex and condition variable. */
#include "turns.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OURS, THEIRS, END };             /* whose turn it is; a word that the kernel sleeps on */

struct pair {
	_Atomic uint32_t turn;
	uint64_t token;                 /* belongs to whose turn it is */
};

static void hand_over(struct pair *p, uint32_t turn)
{
	atomic_store_explicit(&p->turn, turn, memory_order_release);
	syscall(SYS_futex, &p->turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Sleep while it is that turn. The kernel looks at the word again before it sleeps, so no wake-up is lost. */
static uint32_t wait_while(struct pair *p, uint32_t turn)
{
	uint32_t now;
	while ((now = atomic_load_explicit(&p->turn, memory_order_acquire)) == turn)
		syscall(SYS_futex, &p->turn, FUTEX_WAIT_PRIVATE, turn, NULL, NULL, 0);
	return now;
}

static int round_trips(void *arg, uint64_t n)
{
	struct pair *p = arg;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t token = p->token;
		hand_over(p, THEIRS);
		wait_while(p, THEIRS);
		if (p->token != turns_next(token))
			return -EIO;
	}
	return 0;
}

static void *other(void *arg)
{
	struct pair *p = arg;
	while (wait_while(p, OURS) != END) {
		p->token = turns_next(p->token);
		hand_over(p, OURS);
	}
	return NULL;
}

static int run(struct load *l)
{
	struct pair p = { .turn = OURS, .token = 1 };
	pthread_t thread;
	int r = turns_pin(l);
	if (r < 0)
		return r;
	int error = pthread_create(&thread, NULL, other, &p);
	if (error)
		return load_failf(l, error, "can't start a thread: %s", strerror(error));
	r = round_trips(&p, TURNS_CHECKED);
	load_digest(l, &p.token, sizeof(p.token));
	if (r == 0)
		r = load_loop(l, "time", round_trips, &p, 1);
	hand_over(&p, END);
	pthread_join(thread, NULL);
	return r == -EIO ? load_failf(l, EIO, "the other thread gave a wrong token") : r;
}

const struct workload workload_futex = {
	.name = "futex",
	.resource = "kernel",
	.what = "two threads wake each other through a futex",
	.teaches = "What a contended lock costs: a wake-up and a switch each way within one address space, through the filter in a "
	           "container, and with an interrupt to another CPU, which a guest pays an exit for, where the threads are spread.",
	.metrics = { { "time", "s", BETTER_LOWER, "one round trip: each thread wakes the other and sleeps" } },
	.params = { TURNS_CPU_PARAM, LOAD_LOOP_PARAMS },
	.run = run,
};

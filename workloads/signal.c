/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signal.c - a thread sends itself a signal and handles it: by tgkill(2), so that no library adds calls of its own. */
#include "load.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CHECKED = 1000 };

static volatile uint64_t handled;

static void handler(int sig)
{
	(void)sig;
	handled++;
}

/* A signal to oneself is handled before the system call that sends it returns. */
static int raise_n(void *arg, uint64_t n)
{
	(void)arg;
	pid_t pid = getpid(), tid = gettid();
	uint64_t before = handled;
	long failed = 0;
	for (uint64_t i = 0; i < n; i++)
		failed |= syscall(SYS_tgkill, pid, tid, SIGUSR1);
	return failed || handled - before != n ? -EIO : 0;
}

static int measure(struct load *l)
{
	uint64_t before = handled;
	int r = raise_n(NULL, CHECKED);
	uint64_t count = handled - before;
	load_digest(l, &count, sizeof(count));
	if (r == 0)
		r = load_loop(l, "time", raise_n, NULL, 1);
	return r == -EIO ? load_failf(l, EIO, "not every SIGUSR1 that was sent was handled") : r;
}

static int run(struct load *l)
{
	struct sigaction before, sa = { .sa_handler = handler };
	sigset_t set, mask;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (sigaction(SIGUSR1, &sa, &before) < 0 || sigprocmask(SIG_UNBLOCK, &set, &mask) < 0)
		return load_failf(l, errno, "can't handle SIGUSR1: %s", strerror(errno));
	int r = measure(l);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGUSR1, &before, NULL);
	return r;
}

const struct workload workload_signal = {
	.name = "signal",
	.resource = "kernel",
	.what = "a signal sent to oneself and handled",
	.teaches = "Two entries into the kernel and a frame on the stack for each signal, and so the filter twice in a container: what "
	           "runtimes pay that preempt or collect garbage by signals.",
	.metrics = { { "time", "s", BETTER_LOWER, "one signal: tgkill, the handler, sigreturn" } },
	.params = { LOAD_LOOP_PARAMS },
	.run = run,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sig.c - SIGINT, SIGTERM and SIGHUP as a descriptor. */
#include "base/sig.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static int self_pipe[2] = { -1, -1 };

static void on_signal(int sig)
{
	int saved = errno;
	caught = sig;
	if (write(self_pipe[1], "", 1) < 0) {
		/* The pipe is full: it is readable already. */
	}
	errno = saved;
}

void sig_catch(void)
{
	if (self_pipe[0] >= 0 || pipe2(self_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return;
	struct sigaction sa = { .sa_handler = on_signal };      /* no SA_RESTART: waits must wake up */
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int sig_fd(void)
{
	return self_pipe[0];
}

int sig_caught(void)
{
	return caught;
}

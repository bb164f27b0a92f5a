/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tty.h - an interactive command on the user's terminal: raw mode, window size, and the relay to a pty. */
#ifndef ISOCOST_TTY_H
#define ISOCOST_TTY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Whether an exec with these standard streams is interactive: both are terminals. */
bool tty_interactive(int in, int out);

/* The user's terminal in raw mode. One at a time in a process. tty_raw_leave puts it back as it was, whatever happened in
 * between; NULL is a no-op. */
struct tty_raw;
int tty_raw_enter(int fd, struct tty_raw **ret, struct err *err);
void tty_raw_leave(struct tty_raw *t);
static inline void tty_raw_leavep(struct tty_raw **t)          /* for cleanup() */
{
	tty_raw_leave(*t);
}

int tty_size(int fd, unsigned short *ret_rows, unsigned short *ret_cols);      /* -ENOTTY … */
int tty_set_size(int fd, unsigned short rows, unsigned short cols);
/* A descriptor that polls readable when the window of the raw terminal changed its size; reading it empties it. */
int tty_resized_fd(const struct tty_raw *t);

/* Make a pty with the size of the terminal like. Both ends are close-on-exec and the caller's. */
int tty_make_pty(int like, int *ret_master, int *ret_slave, struct err *err);

/* Where a relay sends what the user types and takes what the user sees: a pty's master, a console's socket. */
struct tty_relay {
	int in, out;                    /* the user's terminal, in raw mode */
	int peer;                       /* non-blocking; end of file or EIO ends the relay */
	int pidfd;                      /* -1, or the end of the command ends the relay */
	int64_t deadline_ns;            /* 0: none */
	void (*resize)(void *arg, unsigned short rows, unsigned short cols);    /* may be NULL */
	void *arg;
	int64_t exit_ns;                /* out: when pidfd was seen readable; 0 before */
};
/* 0 at the end, -ETIMEDOUT, -EINTR (sig_fd), or what reading the terminal gave. */
int tty_relay(struct tty_relay *r, const struct tty_raw *t);

#endif

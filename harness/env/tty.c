/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tty.c - the user's terminal, ptys, and the relay between them. */
#include "env/tty.h"

#include "base/clk.h"
#include "base/fs.h"
#include "base/sig.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct tty_raw {
	int fd;
	struct termios saved;
	struct sigaction saved_winch;
	int pipe[2];
};

static int winch_fd = -1;

static void on_winch(int sig)
{
	(void)sig;
	int saved = errno;
	if (write(winch_fd, "", 1) < 0) {
		/* Full: readable already. */
	}
	errno = saved;
}

bool tty_interactive(int in, int out)
{
	return in >= 0 && isatty(in) && isatty(out);
}

int tty_raw_enter(int fd, struct tty_raw **ret, struct err *err)
{
	struct tty_raw *t = xcalloc(1, sizeof(*t));
	t->fd = fd;
	if (tcgetattr(fd, &t->saved) < 0 || pipe2(t->pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		int r = err_sysf(err, -errno, "the terminal");
		free(t);
		return r;
	}
	winch_fd = t->pipe[1];
	struct sigaction sa = { .sa_handler = on_winch, .sa_flags = SA_RESTART };
	sigaction(SIGWINCH, &sa, &t->saved_winch);
	struct termios raw = t->saved;
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSADRAIN, &raw) < 0) {
		int r = err_sysf(err, -errno, "putting the terminal into raw mode");
		tty_raw_leave(t);
		return r;
	}
	*ret = t;
	return 0;
}

void tty_raw_leave(struct tty_raw *t)
{
	if (!t)
		return;
	/* A background process group would be stopped for this; the terminal must be put back all the same. */
	sigset_t ttou, old;
	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &ttou, &old);
	tcsetattr(t->fd, TCSADRAIN, &t->saved);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	sigaction(SIGWINCH, &t->saved_winch, NULL);
	winch_fd = -1;
	close(t->pipe[0]);
	close(t->pipe[1]);
	free(t);
}

int tty_size(int fd, unsigned short *ret_rows, unsigned short *ret_cols)
{
	struct winsize ws;
	if (ioctl(fd, TIOCGWINSZ, &ws) < 0)
		return -errno;
	*ret_rows = ws.ws_row;
	*ret_cols = ws.ws_col;
	return 0;
}

int tty_set_size(int fd, unsigned short rows, unsigned short cols)
{
	struct winsize ws = { .ws_row = rows, .ws_col = cols };
	return ioctl(fd, TIOCSWINSZ, &ws) < 0 ? -errno : 0;
}

int tty_resized_fd(const struct tty_raw *t)
{
	return t->pipe[0];
}

int tty_make_pty(int like, int *ret_master, int *ret_slave, struct err *err)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0)
		return err_sysf(err, -errno, "can't make a pty (is /dev/pts mounted?)");
	int slave = -1;
	if (grantpt(master) == 0 && unlockpt(master) == 0)
		slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0) {
		int r = err_sysf(err, -errno, "can't open the slave of a pty");
		close(master);
		return r;
	}
	unsigned short rows = 0, cols = 0;
	if (tty_size(like, &rows, &cols) == 0)
		tty_set_size(master, rows, cols);
	*ret_master = master;
	*ret_slave = slave;
	return 0;
}

/* What could not be passed on at once. */
struct buffer {
	char data[8192];
	size_t from, to;
};

/* 1: go on; 0: end of file; -errno. */
static int fill(struct buffer *b, int fd)
{
	ssize_t n = read(fd, b->data, sizeof(b->data));
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : -errno;
	b->from = 0;
	b->to = (size_t)n;
	return n > 0;
}

static int flush(struct buffer *b, int fd)
{
	ssize_t n = write(fd, b->data + b->from, b->to - b->from);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : -errno;
	b->from += (size_t)n;
	return 1;
}

static bool empty(const struct buffer *b)
{
	return b->from == b->to;
}

static void pass_size(const struct tty_relay *r, const struct tty_raw *t)
{
	char junk[64];
	while (read(t->pipe[0], junk, sizeof(junk)) > 0)
		;
	unsigned short rows = 0, cols = 0;
	if (r->resize && tty_size(t->fd, &rows, &cols) == 0)
		r->resize(r->arg, rows, cols);
}

/* The rest of what the command wrote, after its end. */
static void drain(struct tty_relay *r)
{
	struct buffer b = { .from = 0 };
	while (fill(&b, r->peer) == 1 && !empty(&b))
		if (fs_write_all(r->out, b.data, b.to) < 0)
			return;
		else
			b.from = b.to;
}

enum { P_IN, P_PEER, P_PID, P_SIG, P_WINCH, P_N };

/* What is waited for depends on what is still to be passed on. */
static void arm_set(struct pollfd set[P_N], const struct tty_relay *r, const struct tty_raw *t, const struct buffer *typed,
                    bool in_open)
{
	set[P_IN] = (struct pollfd){ .fd = in_open && empty(typed) ? r->in : -1, .events = POLLIN };
	set[P_PEER] = (struct pollfd){ .fd = r->peer, .events = (short)(POLLIN | (empty(typed) ? 0 : POLLOUT)) };
	set[P_PID] = (struct pollfd){ .fd = r->pidfd, .events = POLLIN };
	set[P_SIG] = (struct pollfd){ .fd = sig_fd(), .events = POLLIN };
	set[P_WINCH] = (struct pollfd){ .fd = t->pipe[0], .events = POLLIN };
}

/* Pass one batch from the peer to the terminal. 1: go on; 0: the peer ended; -errno. */
static int show(struct tty_relay *r)
{
	struct buffer b = { .from = 0 };
	int n = fill(&b, r->peer);
	if (n <= 0)
		return n == -EIO ? 0 : n;       /* EIO: every slave of the pty is closed */
	int w = b.to ? fs_write_all(r->out, b.data, b.to) : 0;
	return w < 0 ? w : 1;
}

int tty_relay(struct tty_relay *r, const struct tty_raw *t)
{
	struct buffer typed = { .from = 0 };
	bool in_open = true;
	for (;;) {
		struct pollfd set[P_N];
		arm_set(set, r, t, &typed, in_open);
		int n = poll(set, P_N, clk_poll_ms(r->deadline_ns));
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		if (set[P_WINCH].revents)
			pass_size(r, t);
		if (set[P_IN].revents && (n = fill(&typed, r->in)) < 1) {
			if (n < 0)
				return n;
			in_open = false;
		}
		if ((set[P_PEER].revents & POLLOUT) && (n = flush(&typed, r->peer)) < 0)
			return n == -EIO ? 0 : n;
		if ((set[P_PEER].revents & ~POLLOUT) && (n = show(r)) <= 0 && r->pidfd < 0)
			return n;
		else if ((set[P_PEER].revents & ~POLLOUT) && n <= 0)
			r->peer = -1;           /* the command closed its terminal and lives on */
		if (set[P_PID].revents) {
			r->exit_ns = clk_now();
			if (r->peer >= 0)
				drain(r);
			return 0;
		}
		if (set[P_SIG].revents)
			return -EINTR;
		if (r->deadline_ns && clk_now() >= r->deadline_ns)
			return -ETIMEDOUT;
	}
}

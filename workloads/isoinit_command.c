/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isoinit_command.c - the command that isoinit runs: its streams, its input and output, its end. */
#include "isoinit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

struct command cmd = { .in = -1, .out = { -1, -1 } };

struct spawn {
	char **argv, **envp;
	int fds[3];
	bool tty;
	int error;                      /* errno of a failed exec; the memory is shared until then */
};

static int child(void *arg)
{
	struct spawn *s = arg;
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	for (int i = 0; i < 3; i++)
		dup2(s->fds[i], i);
	if (s->tty)
		ioctl(0, TIOCSCTTY, 0);
	execvpe(s->argv[0], s->argv, s->envp);
	s->error = errno;
	_exit(127);
}

static int open_terminal(const struct guest_winsize *size, int *slave)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), unlock = 0, n;
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0 || ioctl(master, TIOCGPTN, &n) < 0)
		return -1;
	char path[32];
	snprintf(path, sizeof(path), "/dev/pts/%d", n);
	*slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct winsize ws = { .ws_row = size->rows, .ws_col = size->cols };
	ioctl(master, TIOCSWINSZ, &ws);
	return *slave < 0 ? -1 : master;
}

/* The descriptors of a new command: ours in cmd, its own in s. */
static int open_stdio(const struct guest_exec *x, struct spawn *s)
{
	cmd.tty = x->tty;
	if (x->tty) {
		int slave, master = open_terminal(&x->size, &slave);
		if (master < 0)
			return -1;
		cmd.in = cmd.out[0] = master;
		cmd.out[1] = -1;
		s->fds[0] = s->fds[1] = s->fds[2] = slave;
		return 0;
	}
	int in[2], out[2], err[2];
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		return -1;
	s->fds[0] = in[0];
	s->fds[1] = out[1];
	s->fds[2] = err[1];
	cmd.in = in[1];
	cmd.out[0] = out[0];
	cmd.out[1] = err[0];
	return 0;
}

static void set_nonblock(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void close_command(void)
{
	if (cmd.in >= 0)
		close(cmd.in);
	if (cmd.out[0] >= 0 && cmd.out[0] != cmd.in)
		close(cmd.out[0]);
	if (cmd.out[1] >= 0)
		close(cmd.out[1]);
	cmd.in = cmd.out[0] = cmd.out[1] = -1;
	cmd.pid = 0;
}

static void send_exit(int32_t status)
{
	send_frame(GUEST_EXIT, &status, sizeof(status));
}

static void start_command(const struct guest_exec *x, char **argv, char **envp)
{
	struct spawn s = { .argv = argv, .envp = envp, .tty = x->tty };
	cmd.n_pending = 0;
	cmd.in_eof = false;
	if (open_stdio(x, &s) < 0)
		trouble("can't make the command's %s: %s", x->tty ? "terminal" : "pipes", strerror(errno));
	static char stack[65536] __attribute__((aligned(16)));
	/* As vfork: a copy of PID 1's memory would only cost time. */
	cmd.pid = clone(child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &s);
	if (cmd.pid < 0)
		trouble("can't make a process: %s", strerror(errno));
	close(s.fds[0]);
	if (!x->tty) {
		close(s.fds[1]);
		close(s.fds[2]);
	}
	set_nonblock(cmd.in);
	if (s.error) {
		char text[320];
		int n = snprintf(text, sizeof(text), "can't run '%.200s' in the guest: %s\n", argv[0], strerror(s.error));
		send_frame(GUEST_STDERR, text, (size_t)n);
		waitpid(cmd.pid, NULL, 0);
		close_command();
		send_exit(s.error == ENOENT ? 127 : 126);
	}
}

/* Cut n NUL-ended strings out of *p. */
static char **take_strings(char **p, const char *end, uint32_t n)
{
	char **v = calloc((size_t)n + 1, sizeof(*v));
	for (uint32_t i = 0; v && i < n; i++) {
		char *nul = memchr(*p, '\0', (size_t)(end - *p));
		if (!nul)
			trouble("the host's exec request is cut short");
		v[i] = *p;
		*p = nul + 1;
	}
	return v;
}

void handle_exec(char *data, size_t len)
{
	struct guest_exec x;
	if (cmd.pid || len < sizeof(x))
		trouble("the host's exec request %s", cmd.pid ? "came while a command runs" : "is cut short");
	memcpy(&x, data, sizeof(x));
	char *p = data + sizeof(x);
	if (x.argc == 0 || x.argc > len || x.envc > len)
		trouble("the host's exec request makes no sense");
	char **argv = take_strings(&p, data + len, x.argc), **envp = take_strings(&p, data + len, x.envc);
	if (!argv || !envp)
		trouble("out of memory");
	start_command(&x, argv, envp);
	free(argv);
	free(envp);
}

/* Give the command as much of its input as it takes now. */
void feed_command(void)
{
	if (cmd.in < 0)
		return;
	uint32_t taken = 0;
	while (cmd.n_pending) {
		ssize_t n = write(cmd.in, cmd.pending, cmd.n_pending);
		if (n < 0 && errno == EAGAIN)
			break;
		/* It closed its standard input: the rest is nobody's. */
		if (n < 0)
			n = (ssize_t)cmd.n_pending;
		memmove(cmd.pending, cmd.pending + n, cmd.n_pending - (size_t)n);
		cmd.n_pending -= (size_t)n;
		taken += (uint32_t)n;
	}
	if (taken)
		send_frame(GUEST_STDIN_TAKEN, &taken, sizeof(taken));
	if (cmd.in_eof && cmd.n_pending == 0 && !cmd.tty) {
		close(cmd.in);
		cmd.in = -1;
	}
}

void handle_stdin(const char *data, size_t len)
{
	if (!cmd.pid)
		return;         /* it has ended; the host does not know yet */
	if (len == 0) {
		cmd.in_eof = true;
		/* A terminal's end of file is a character. */
		if (cmd.tty && cmd.n_pending < sizeof(cmd.pending))
			cmd.pending[cmd.n_pending++] = 4;
	} else if (len > sizeof(cmd.pending) - cmd.n_pending) {
		trouble("the host sent more input than the window allows");
	} else {
		memcpy(cmd.pending + cmd.n_pending, data, len);
		cmd.n_pending += len;
	}
	feed_command();
}

/* Pass on what the command wrote. Returns false when there is nothing (more) now. */
bool relay_output(int i)
{
	static char buf[32768];
	ssize_t n = cmd.out[i] < 0 ? 0 : read(cmd.out[i], buf, sizeof(buf));
	if (n > 0) {
		send_frame(i == 0 ? GUEST_STDOUT : GUEST_STDERR, buf, (size_t)n);
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR)) {    /* a terminal that nobody holds gives EIO */
		if (cmd.out[i] >= 0 && cmd.out[i] != cmd.in)
			close(cmd.out[i]);
		cmd.out[i] = -1;
	}
	return false;
}

static void command_ended(int wstatus)
{
	/* What it left running would hold the pipes open and disturb the next command. */
	kill(-1, SIGKILL);
	for (int i = 0; i < 2; i++) {
		if (cmd.out[i] >= 0)
			set_nonblock(cmd.out[i]);
		while (relay_output(i))
			;
	}
	close_command();
	send_exit(WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 128 + WTERMSIG(wstatus));
}

void reap(int sfd)
{
	struct signalfd_siginfo si;
	while (read(sfd, &si, sizeof(si)) > 0)
		;
	int wstatus;
	for (pid_t pid; (pid = waitpid(-1, &wstatus, WNOHANG)) > 0;)
		if (pid == cmd.pid)
			command_ended(wstatus);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isoinit.c - PID 1 of the guest: loads modules, mounts, then runs the commands that come over the link (guestproto.h).
 *
 * It stands alone and never exits: what it can't do it says on the link (or the console) and powers the machine off. */
#include "isoinit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static int port = -1;                   /* the link */
static bool has_ports;                  /* ioperm was granted */
static int64_t init_ns;                 /* when main() began */

int64_t boot_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void mark(char c)
{
	if (has_ports)
		outb((unsigned char)c, GUEST_MARK_PORT);
}

/* ---- the end ---- */

__attribute__((noreturn)) static void power_off(void)
{
	kill(-1, SIGKILL);
	/* A killed process may hold the file system a little longer: what counts is that all is written. */
	sync();
	umount2(GUEST_SCRATCH, MNT_DETACH);
	mark(GUEST_MARK_POWEROFF);
	reboot(RB_POWER_OFF);
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static int write_all(int fd, const void *data, size_t len)
{
	for (const char *p = data; len;) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* One write a frame: each write on the port costs an exit to the host. */
void send_frame(enum guest_frame_type type, const void *data, size_t len)
{
	static char buf[sizeof(struct guest_frame) + GUEST_FRAME_MAX];
	struct guest_frame f = { GUEST_MAGIC, type, (uint32_t)len };
	memcpy(buf, &f, sizeof(f));
	if (len)
		memcpy(buf + sizeof(f), data, len);
	if (write_all(port, buf, sizeof(f) + len) < 0)
		power_off();
}

void trouble(const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	dprintf(STDERR_FILENO, "isoinit: %s\n", text);
	if (port >= 0)
		send_frame(GUEST_TROUBLE, text, strlen(text));
	power_off();
}

/* ---- the link ---- */

static void say_hello(void)
{
	struct guest_hello hello = { GUEST_PROTO_VERSION, has_ports, init_ns, boot_ns() };
	send_frame(GUEST_HELLO, &hello, sizeof(hello));
}

static void handle_frame(uint32_t type, char *data, size_t len)
{
	uint32_t sig;
	struct guest_winsize size;
	switch (type) {
	case GUEST_EXEC:
		handle_exec(data, len);
		break;
	case GUEST_STDIN:
		handle_stdin(data, len);
		break;
	case GUEST_SIGNAL:
		if (len != sizeof(sig) || !cmd.pid)
			break;
		memcpy(&sig, data, sizeof(sig));
		if (sig)
			kill(sig == SIGKILL ? -1 : -cmd.pid, (int)sig);
		break;
	case GUEST_WINSIZE:
		if (len != sizeof(size) || !cmd.tty || cmd.out[0] < 0)
			break;
		memcpy(&size, data, sizeof(size));
		ioctl(cmd.out[0], TIOCSWINSZ, &(struct winsize){ .ws_row = size.rows, .ws_col = size.cols });
		break;
	case GUEST_TELL_BOOT:
		tell_boot();
		break;
	case GUEST_POWEROFF:
		power_off();
	case GUEST_FREEZE:
		freeze();
		break;
	case GUEST_THAW:
		thaw(data, len);
		say_hello();
		break;
	default:
		trouble("the host sent a frame of unknown type %u", type);
	}
}

/* Read what is there and act on every whole frame. */
static void read_link(void)
{
	static char buf[2 * (sizeof(struct guest_frame) + GUEST_FRAME_MAX)];
	static size_t have;
	ssize_t n = read(port, buf + have, sizeof(buf) - have);
	if (n == 0)
		power_off();    /* the host hung up */
	if (n < 0)
		return;
	have += (size_t)n;
	size_t at = 0;
	struct guest_frame f;
	while (have - at >= sizeof(f)) {
		memcpy(&f, buf + at, sizeof(f));
		if (f.magic != GUEST_MAGIC || f.len > GUEST_FRAME_MAX)
			trouble("the host's stream is garbled");
		if (have - at < sizeof(f) + f.len)
			break;
		handle_frame(f.type, buf + at + sizeof(f), f.len);
		at += sizeof(f) + f.len;
	}
	memmove(buf, buf + at, have - at);
	have -= at;
}

__attribute__((noreturn)) static void serve(int sfd)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = port, .events = POLLIN },
			{ .fd = sfd, .events = POLLIN },
			{ .fd = cmd.out[0], .events = POLLIN },
			{ .fd = cmd.out[1], .events = POLLIN },
			{ .fd = cmd.n_pending ? cmd.in : -1, .events = POLLOUT },
		};
		if (poll(p, 5, -1) < 0)
			continue;
		if (p[0].revents & POLLHUP)
			power_off();
		/* Output before the news of the end. */
		for (int i = 0; i < 2; i++)
			if (p[2 + i].revents)
				relay_output(i);
		if (p[4].revents)
			feed_command();
		if (p[1].revents)
			reap(sfd);
		if (p[0].revents & POLLIN)
			read_link();
	}
}

int main(void)
{
	init_ns = boot_ns();
	has_ports = ioperm(GUEST_MARK_PORT, 1, 1) == 0;
	mark(GUEST_MARK_INIT);

	setenv("PATH", GUEST_PATH, 1);
	signal(SIGPIPE, SIG_IGN);
	sigset_t mask;
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	int sfd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (sfd < 0)
		trouble("signalfd: %s", strerror(errno));

	port = come_up();
	say_hello();
	serve(sfd);
}

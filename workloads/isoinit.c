/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isoinit.c - PID 1 of the guest: loads modules, mounts, then runs the commands that come over the link (guestproto.h).
 *
 * It stands alone and never exits: what it can't do it says on the link (or the console) and powers the machine off. */
#include "guestproto.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The command that runs; pid is 0 when there is none. */
struct command {
	pid_t pid;
	bool tty;
	int in, out[2];                 /* its standard input, output and error; -1: closed. A terminal is in and out[0] */
	bool in_eof;                    /* the host has no more input */
	char pending[GUEST_STDIN_WINDOW];       /* input that it has not taken yet */
	size_t n_pending;
};

static int port = -1;                   /* the link */
static int uevents = -1;
static bool has_ports;                  /* ioperm was granted */
static struct command cmd;

static int64_t boot_ns(void)
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
static void send_frame(enum guest_frame_type type, const void *data, size_t len)
{
	static char buf[sizeof(struct guest_frame) + GUEST_FRAME_MAX];
	struct guest_frame f = { GUEST_MAGIC, type, (uint32_t)len };
	memcpy(buf, &f, sizeof(f));
	if (len)
		memcpy(buf + sizeof(f), data, len);
	if (write_all(port, buf, sizeof(f) + len) < 0)
		power_off();
}

__attribute__((noreturn, format(printf, 1, 2))) static void trouble(const char *fmt, ...)
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

/* ---- coming up ---- */

static void mount_or_die(const char *type, const char *dir, const char *data)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, MS_NOSUID, data) < 0 && errno != EBUSY)
		trouble("can't mount %s on %s: %s", type, dir, strerror(errno));
}

/* Kernels without pseudo terminals or without tmpfs still run everything that needs none. */
static void mount_optional(const char *type, const char *dir, const char *data)
{
	mkdir(dir, 0755);
	(void)!mount(type, dir, type, MS_NOSUID, data);
}

static void listen_for_devices(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	uevents = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	if (uevents >= 0 && bind(uevents, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		close(uevents);
		uevents = -1;
	}
}

/* Wait until the kernel reports a device, any device; what is the one we need. The time limit is for kernels that report
 * none. The host's deadline ends it all: here it is only said once what is missing. */
static void wait_for_device(const char *what)
{
	static bool said;
	struct pollfd p = { .fd = uevents, .events = POLLIN };
	char buf[4096];
	if (poll(&p, 1, uevents >= 0 ? 200 : 5) == 0 && uevents >= 0 && !said && boot_ns() > 5000000000) {
		dprintf(STDERR_FILENO, "isoinit: still no %s: has the guest kernel its driver?\n", what);
		said = true;
	}
	while (uevents >= 0 && recv(uevents, buf, sizeof(buf), 0) > 0)
		;
}

static void load_modules(void)
{
	FILE *f = fopen(GUEST_MODULES, "re");
	char path[512];
	while (f && fgets(path, sizeof(path), f)) {
		path[strcspn(path, "\n")] = '\0';
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		/* ENODEV: a driver for what this machine has not. */
		if ((fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0) && errno != EEXIST && errno != ENODEV)
			trouble("can't load %s: %s", path, strerror(errno));
		close(fd);
	}
	if (f)
		fclose(f);
}

static void loopback_up(void)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	ioctl(fd, SIOCSIFFLAGS, &r);
	close(fd);
}

/* The device of the port with our name, or -1 when it is not there yet. */
static int find_port(void)
{
	DIR *d = opendir("/sys/class/virtio-ports");
	int found = -1;
	for (struct dirent *e; d && found < 0 && (e = readdir(d));) {
		char path[320], name[64] = "";
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", e->d_name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		ssize_t n = read(fd, name, sizeof(name) - 1);
		close(fd);
		name[n > 0 ? n : 0] = '\0';
		name[strcspn(name, "\n")] = '\0';
		if (strcmp(name, GUEST_PORT) != 0)
			continue;
		snprintf(path, sizeof(path), "/dev/%s", e->d_name);
		found = open(path, O_RDWR | O_CLOEXEC);
	}
	if (d)
		closedir(d);
	return found;
}

static void mount_scratch(void)
{
	if (access(GUEST_SCRATCH, F_OK) < 0)
		return;
	while (access(GUEST_SCRATCH_DISK, F_OK) < 0)
		wait_for_device("virtio-blk disk " GUEST_SCRATCH_DISK);
	if (mount(GUEST_SCRATCH_DISK, GUEST_SCRATCH, "ext4", MS_NOATIME, NULL) < 0)
		trouble("can't mount the scratch disk as ext4: %s (has the guest kernel ext4 and virtio-blk?)", strerror(errno));
}

/* ---- running a command ---- */

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

static void handle_exec(char *data, size_t len)
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
static void feed_command(void)
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

static void handle_stdin(const char *data, size_t len)
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
static bool relay_output(int i)
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

static void reap(int sfd)
{
	struct signalfd_siginfo si;
	while (read(sfd, &si, sizeof(si)) > 0)
		;
	int wstatus;
	for (pid_t pid; (pid = waitpid(-1, &wstatus, WNOHANG)) > 0;)
		if (pid == cmd.pid)
			command_ended(wstatus);
}

/* ---- the link ---- */

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
	case GUEST_POWEROFF:
		power_off();
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
	int64_t init_ns = boot_ns();
	has_ports = ioperm(GUEST_MARK_PORT, 1, 1) == 0;
	mark(GUEST_MARK_INIT);

	cmd.in = cmd.out[0] = cmd.out[1] = -1;
	setenv("PATH", GUEST_PATH, 1);
	signal(SIGPIPE, SIG_IGN);
	sigset_t mask;
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	int sfd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (sfd < 0)
		trouble("signalfd: %s", strerror(errno));

	mount_or_die("proc", "/proc", NULL);
	mount_or_die("sysfs", "/sys", NULL);
	mount_or_die("devtmpfs", "/dev", NULL);
	mount_optional("devpts", "/dev/pts", "ptmxmode=0666");
	mount_optional("tmpfs", "/tmp", "mode=1777");
	listen_for_devices();
	load_modules();
	loopback_up();
	while ((port = find_port()) < 0)
		wait_for_device("virtio-serial port " GUEST_PORT);
	mount_scratch();

	struct guest_hello hello = { GUEST_PROTO_VERSION, has_ports, init_ns, boot_ns() };
	send_frame(GUEST_HELLO, &hello, sizeof(hello));
	serve(sfd);
}

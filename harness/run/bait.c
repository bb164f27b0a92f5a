/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bait.c - what escape attempts may get at. */
#include "run/bait.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/proc.h"
#include "env/caps.h"
#include "escape.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>

#define VARIABLE "ISOCOST_BAIT"

struct bait {
	const struct env_ctx *ctx;
	char token[32], victim[16];
	char *marker;
	pid_t pid;                      /* the victim; 0: none */
	int unix_fd, tcp_fd;            /* what it serves; -1: none */
	uint16_t port;
	int shm;                        /* -1: none */
	void *segment;
	int file, dir, master, tty;     /* open without close-on-exec, but for the master; -1: none */
};

/* ---- sockets and their server ---- */

static int listen_unix(const char *name)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	strncpy(to.sun_path + 1, name, sizeof(to.sun_path) - 2);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
	if (fd >= 0 && bind(fd, (struct sockaddr *)&to, len) == 0 && listen(fd, 16) == 0)
		return fd;
	fd_closep(&fd);
	return -1;
}

static int listen_tcp(uint16_t *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 16) == 0 &&
	    getsockname(fd, (struct sockaddr *)&at, &len) == 0) {
		*ret_port = ntohs(at.sin_port);
		return fd;
	}
	fd_closep(&fd);
	return -1;
}

/* The process outside: answers whoever connects with the token, and holds the shared memory. */
static _Noreturn void victim_main(const struct bait *b)
{
	struct pollfd p[2] = { { .fd = b->unix_fd, .events = POLLIN }, { .fd = b->tcp_fd, .events = POLLIN } };
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, b->victim);
	signal(SIGPIPE, SIG_IGN);
	while (poll(p, 2, -1) >= 0 || errno == EINTR)
		for (int i = 0; i < 2; i++) {
			int fd = p[i].revents & POLLIN ? accept4(p[i].fd, NULL, NULL, SOCK_CLOEXEC) : -1;
			if (fd >= 0 && send(fd, b->token, strlen(b->token), MSG_DONTWAIT) < 0) {
				/* It went away. */
			}
			fd_closep(&fd);
		}
	_exit(0);
}

static int start_victim(struct bait *b, struct err *err)
{
	int ready[2];
	if (pipe2(ready, O_CLOEXEC) < 0)
		return err_sysf(err, -errno, "pipe");
	pid_t pid = fork();
	if (pid == 0) {
		/* Its name is its mark: it must have it before anybody looks. */
		prctl(PR_SET_NAME, b->victim);
		/* No lock of the session may outlive the harness in here, and no pipe of it. */
		for (int fd = 3; fd < 4096; fd++)
			if (fd != b->unix_fd && fd != b->tcp_fd)
				close(fd);
		victim_main(b);
	}
	close(ready[1]);
	char end;
	ssize_t n = pid < 0 ? 0 : read(ready[0], &end, 1);      /* it closed its end */
	close(ready[0]);
	if (pid < 0 || n < 0)
		return err_sysf(err, -errno, "can't start a process as bait");
	b->pid = pid;
	return 0;
}

/* ---- the rest ---- */

/* Marked for removal while it is attached: gone with the last who has it. */
static void lay_segment(struct bait *b)
{
	b->shm = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	if (b->shm < 0)
		return;
	void *p = shmat(b->shm, NULL, 0);
	shmctl(b->shm, IPC_RMID, NULL);
	if (p == (void *)-1) {
		b->shm = -1;
		return;
	}
	memcpy(p, b->token, sizeof(b->token));
	b->segment = p;
}

static void lay_terminal(struct bait *b)
{
	char name[64];
	b->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (b->master >= 0 && grantpt(b->master) == 0 && unlockpt(b->master) == 0 && ptsname_r(b->master, name, sizeof(name)) == 0)
		b->tty = open(name, O_RDWR | O_NOCTTY);
}

static int lay_files(struct bait *b, struct err *err)
{
	b->marker = xasprintf("%s/bait", b->ctx->work);
	int r = fs_write(b->marker, b->token, strlen(b->token), 0644);
	if (r < 0)
		return err_sysf(err, r, "writing %s", b->marker);
	b->file = open(b->marker, O_RDONLY);
	b->dir = open(b->ctx->work, O_RDONLY | O_DIRECTORY);
	return 0;
}

int bait_lay(const struct env_ctx *ctx, struct bait **ret, struct err *err)
{
	struct bait *b = xcalloc(1, sizeof(*b));
	uint32_t number[2];
	*b = (struct bait){ .ctx = ctx, .unix_fd = -1, .tcp_fd = -1, .shm = -1, .file = -1, .dir = -1, .master = -1, .tty = -1 };
	if (getrandom(number, sizeof(number), 0) != (ssize_t)sizeof(number))
		number[0] = number[1] = (uint32_t)getpid();
	snprintf(b->token, sizeof(b->token), "isocost%08x%08x", number[0], number[1]);
	snprintf(b->victim, sizeof(b->victim), "bait-%08x", number[0]);
	b->unix_fd = listen_unix(b->token);
	b->tcp_fd = listen_tcp(&b->port);
	lay_segment(b);
	int r = start_victim(b, err);
	if (r == 0)
		r = lay_files(b, err);
	if (r < 0) {
		bait_take_up(b);
		return r;
	}
	lay_terminal(b);
	setenv(VARIABLE, b->token, 1);
	*ret = b;
	return 0;
}

void bait_take_up(struct bait *b)
{
	if (!b)
		return;
	unsetenv(VARIABLE);
	if (b->pid > 0) {
		kill(b->pid, SIGKILL);
		proc_wait(b->pid);
	}
	if (b->segment)
		shmdt(b->segment);
	int *fds[] = { &b->unix_fd, &b->tcp_fd, &b->file, &b->dir, &b->master, &b->tty };
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		fd_closep(fds[i]);
	if (b->marker)
		unlink(b->marker);
	free(b->marker);
	free(b);
}

/* ---- what is told of it ---- */

static uint64_t namespace_inode(const char *kind)
{
	cleanup_free char *path = xasprintf("/proc/self/ns/%s", kind);
	struct stat st;
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static char *lacking(void)
{
	struct str b = { 0 };
	const struct escape *e;
	for (size_t i = 0; (e = escape_at(i)); i++)
		if (e->path && !fs_exists(e->path))
			str_addf(&b, "%s%s", b.len ? "," : "", e->path);
	return b.s ? b.s : xstrdup("");
}

void bait_args(const struct bait *b, struct strv *argv)
{
	const struct envelope *e = &b->ctx->envelope;
	struct utsname u;
	struct stat null;
	cleanup_free char *lacks = lacking();
	uint64_t caps = 0;
	for (int c = 0; c < 64; c++)
		if (caps_have(c))
			caps |= UINT64_C(1) << c;
	strv_addf(argv, "token=%s", b->token);
	strv_addf(argv, "victim=%s", b->victim);
	strv_addf(argv, "marker=%s", b->marker);
	strv_addf(argv, "socket=%s", b->token);
	strv_addf(argv, "lacks=%s", lacks);
	strv_addf(argv, "kernel=%s", uname(&u) == 0 ? u.release : "");
	strv_addf(argv, "btime=%" PRIu64, escape_btime());
	if (stat("/dev/null", &null) == 0) {
		strv_addf(argv, "null_dev=%" PRIu64, (uint64_t)null.st_dev);
		strv_addf(argv, "null_ino=%" PRIu64, (uint64_t)null.st_ino);
	}
	strv_addf(argv, "port=%u", b->tcp_fd < 0 ? 0 : (unsigned)b->port);
	strv_addf(argv, "pids=%u", e->pids);
	strv_addf(argv, "memory=%" PRIu64, e->memory);
	strv_addf(argv, "cpus=%u", e->cpus);
	strv_addf(argv, "uts=%" PRIu64, namespace_inode("uts"));
	strv_addf(argv, "net=%" PRIu64, namespace_inode("net"));
	strv_addf(argv, "caps=%" PRIu64, caps);
	if (b->shm >= 0)
		strv_addf(argv, "shm=%d", b->shm);
	if (b->tty >= 0)
		strv_addf(argv, "tty=%d", b->tty);
}

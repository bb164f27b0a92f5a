/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kv_server.c - start, check and end redis-server. */
#include "kv_server.h"
#include "facts.h"
#include "netpeer.h"
#include "resp.h"
#include "sha256.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOADER "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
#define SERVER "usr/bin/redis-server"
#define FILES ".isocost-files"

enum { PATIENCE_MS = 30000, TRIES = 3 };

/* ---- the root ---- */

static int hash_file(struct load *l, const char *root, const char *name, const char *expected)
{
	char path[8300], hex[SHA256_HEX];
	snprintf(path, sizeof(path), "%s/%s", root, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : sha256_fd(fd, hex);
	if (fd >= 0)
		close(fd);
	if (r < 0)
		return load_failf(l, -r, "%s: %s", path, strerror(-r));
	if (strcmp(hex, expected) != 0)
		return load_failf(l, EIO, "%s is not what was unpacked (its SHA-256 is another one): remove the root and run make app-root", path);
	return 0;
}

/* Lines of sha256sum. */
static int check_files(struct load *l, const char *root, char *list)
{
	size_t n = 0;
	for (char *save = NULL, *line = strtok_r(list, "\n", &save); line; line = strtok_r(NULL, "\n", &save), n++) {
		if (strlen(line) < SHA256_HEX + 2 || line[SHA256_HEX - 1] != ' ')
			return load_failf(l, EINVAL, "%s/" FILES ": expected lines of sha256sum, not '%.80s'", root, line);
		line[SHA256_HEX - 1] = '\0';
		int r = hash_file(l, root, line + SHA256_HEX + 1, line);
		if (r < 0)
			return r;
	}
	return n ? 0 : load_failf(l, EINVAL, "%s/" FILES " is empty", root);
}

int kv_root_check(struct load *l, struct kv_server *ret)
{
	const char *named = getenv(KV_ROOT_VARIABLE);
	char path[4200], list[16384], type[16];
	if (!named || !*named)
		return load_cannotf(l, "this arm has no root file system for applications: " KV_ROOT_VARIABLE " is not set; make app-root makes one");
	*ret = (struct kv_server){ .log = -1 };
	if (!realpath(named, ret->root))
		return load_failf(l, errno, KV_ROOT_VARIABLE "=%.200s: %s", named, strerror(errno));
	if (strcmp(ret->root, "/") == 0)
		ret->root[0] = '\0';
	snprintf(path, sizeof(path), "%s/" FILES, ret->root);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, list, sizeof(list) - 1);
	int error = errno;
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return load_failf(l, error, "%s: %s; make app-root makes it", path, strerror(error));
	list[n] = '\0';
	load_fs_type(*ret->root ? ret->root : "/", type, sizeof(type));
	load_fact(l, "root", type);
	load_digest(l, list, (size_t)n);
	return check_files(l, ret->root, list);
}

/* ---- the process ---- */

/* One that is free now: the server can't be handed an open socket. */
static int find_port(struct load *l, struct sockaddr_in *ret)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || getsockname(fd, (struct sockaddr *)&at, &len) < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	if (r < 0)
		return netpeer_no_loopback(l, -r);
	*ret = at;
	return 0;
}

/* The socket on which a service says that it is ready, as systemd has it, under a name that the kernel chooses. */
static int open_notify(struct load *l, char *var, size_t size)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(at);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(sa_family_t)) < 0 || getsockname(fd, (struct sockaddr *)&at, &len) < 0) {
		int r = load_failf(l, errno, "a Unix socket: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return r;
	}
	int n = (int)(len - offsetof(struct sockaddr_un, sun_path)) - 1;
	snprintf(var, size, "NOTIFY_SOCKET=@%.*s", n, at.sun_path + 1);
	return fd;
}

struct command {
	char loader[4200], libraries[8500], program[4200], port[8], notify[128];
	char *argv[32], *envp[3];
};

/* By the root's own loader, the same way wherever the root is; nothing of what the arm has in its environment reaches the server. */
static void compose(struct command *c, const struct kv_server *s)
{
	snprintf(c->loader, sizeof(c->loader), "%s/" LOADER, s->root);
	snprintf(c->libraries, sizeof(c->libraries), "%s/lib/x86_64-linux-gnu:%s/usr/lib/x86_64-linux-gnu", s->root, s->root);
	snprintf(c->program, sizeof(c->program), "%s/" SERVER, s->root);
	snprintf(c->port, sizeof(c->port), "%u", ntohs(s->at.sin_port));
	const char *const argv[] = {
		c->loader, "--inhibit-cache", "--library-path", c->libraries, c->program, "--port", c->port, "--bind", "127.0.0.1", "--save", "",
		"--appendonly", "no", "--daemonize", "no", "--supervised", "systemd", "--dir", "/", "--loglevel", "warning",
		"--maxclients", "600", NULL,
	};
	memcpy(c->argv, argv, sizeof(argv));
	c->envp[0] = c->notify;
	c->envp[1] = (char *)"TZ=UTC0";
}

static void become(const struct command *c, int out, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);
	execve(c->loader, c->argv, c->envp);
	dprintf(2, "%s: %s\n", c->loader, strerror(errno));
	_exit(127);
}

static int spawn(struct load *l, struct kv_server *s, const struct command *c)
{
	int out[2];
	pid_t parent = getpid();
	if (pipe2(out, O_CLOEXEC) < 0)
		return load_failf(l, errno, "pipe2: %s", strerror(errno));
	s->start = load_now();
	s->pid = fork();
	if (s->pid == 0)
		become(c, out[1], parent);
	int error = errno;
	close(out[1]);
	s->log = out[0];
	if (s->pid > 0)
		return 0;
	s->pid = 0;
	return load_failf(l, error, "fork: %s", strerror(error));
}

/* Until it says so itself: nobody has to ask again and again. */
static int wait_ready(struct load *l, struct kv_server *s, int notify)
{
	for (;;) {
		char said[512];
		struct pollfd p[] = { { .fd = notify, .events = POLLIN }, { .fd = s->log } };
		int n = poll(p, 2, PATIENCE_MS);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return load_failf(l, n < 0 ? errno : ETIMEDOUT, "redis-server does not say that it is ready");
		if (p[0].revents) {
			ssize_t len = recv(notify, said, sizeof(said) - 1, MSG_DONTWAIT);
			said[len > 0 ? len : 0] = '\0';
			if (strstr(said, "READY=1"))
				return 0;
		} else if (p[1].revents) {
			return load_failf(l, ECHILD, "redis-server ended before it was ready");
		}
	}
}

/* ---- what it answers ---- */

/* One command without arguments, and its reply in buf. */
static int ask(struct load *l, int fd, const char *a, const char *b, char *buf, size_t size, struct resp *ret)
{
	const struct resp_word words[] = { { a, strlen(a) }, { b, b ? strlen(b) : 0 } };
	char command[RESP_ROOM(2, 64)];
	size_t have = 0;
	int r = netpeer_send(l, fd, command, resp_command(command, sizeof(command), words, b ? 2 : 1));
	for (long n = 0; r == 0 && n == 0;) {
		ssize_t got = have < size ? recv(fd, buf + have, size - have, 0) : 0;
		if (got <= 0)
			return netpeer_failed(l, "receiving from", got);
		have += (size_t)got;
		n = resp_parse(buf, have, ret);
		if (n < 0)
			r = load_failf(l, EPROTO, "the server's reply to %s can't be read", a);
	}
	return r;
}

static int ping(struct load *l, struct kv_server *s, int *ret_fd)
{
	char buf[128];
	struct resp reply = { 0 };
	int r = kv_server_connect(l, s, ret_fd);
	if (r == 0)
		r = ask(l, *ret_fd, "PING", NULL, buf, sizeof(buf), &reply);
	s->up = load_now();
	if (r == 0 && (reply.type != '+' || reply.len != 4 || memcmp(reply.data, "PONG", 4) != 0))
		r = load_failf(l, EPROTO, "the server's reply to PING is not PONG");
	return r;
}

/* Behind a port there may be another server than ours: the one that was there first. */
static int check_process(struct load *l, const struct kv_server *s, int fd)
{
	char buf[8192], text[8192], version[32] = "";
	struct resp reply = { 0 };
	int r = ask(l, fd, "INFO", "server", buf, sizeof(buf), &reply);
	if (r < 0)
		return r;
	size_t n = reply.len < sizeof(text) - 1 ? reply.len : sizeof(text) - 1;
	memcpy(text, reply.data, n);
	text[n] = '\0';
	const char *pid = strstr(text, "process_id:"), *v = strstr(text, "redis_version:");
	if (!pid || !v || atoi(pid + strlen("process_id:")) != s->pid)
		return load_failf(l, EADDRINUSE, "the server that answers is not the one that was started");
	snprintf(version, sizeof(version), "redis-%.*s", (int)strcspn(v + strlen("redis_version:"), "\r\n"), v + strlen("redis_version:"));
	load_fact(l, "server", version);
	return 0;
}

/* Whether /proc shows this process, by the number that it knows itself by. */
static bool proc_is_ours(void)
{
	char self[24] = "";
	return readlink("/proc/self", self, sizeof(self) - 1) > 0 && atoi(self) == getpid();
}

/* No library of the arm's own was taken. Where there is no /proc, or another PID namespace's, nobody can be asked. */
static int check_maps(struct load *l, const struct kv_server *s)
{
	char path[32], line[8400];
	size_t len = strlen(s->root);
	if (!proc_is_ours())
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)s->pid);
	FILE *f = fopen(path, "re");
	int r = f ? 0 : load_failf(l, errno, "%s: %s", path, strerror(errno));
	for (bool any = false; r == 0;) {
		if (!fgets(line, sizeof(line), f)) {
			r = any ? 0 : load_failf(l, EIO, "%s shows no program", path);
			break;
		}
		const char *file = strchr(line, '/');
		if (file && (strncmp(file, s->root, len) != 0 || file[len] != '/'))
			r = load_failf(l, EINVAL, "redis-server maps %.200s, which is not in %.200s", file, s->root);
		any = any || file;
	}
	if (f)
		fclose(f);
	return r;
}

static int start(struct load *l, struct kv_server *s, bool *again)
{
	struct command c = { 0 };
	*again = false;
	int r = find_port(l, &s->at);
	int notify = r < 0 ? r : open_notify(l, c.notify, sizeof(c.notify));
	if (notify < 0)
		return notify;
	compose(&c, s);
	r = spawn(l, s, &c);
	if (r == 0)
		r = wait_ready(l, s, notify);
	close(notify);
	if (r == -ECHILD)
		*again = true;
	int fd = -1;
	if (r == 0)
		r = ping(l, s, &fd);
	if (r == 0)
		r = check_process(l, s, fd);
	if (r == 0)
		r = check_maps(l, s);
	if (fd >= 0)
		close(fd);
	return r < 0 ? kv_server_failed(l, s, r) : 0;
}

/* Somebody may take the port that was free: that one is of the past then. */
int kv_server_start(struct load *l, struct kv_server *s)
{
	bool again = true;
	int r = -EAGAIN;
	for (int i = 0; i < TRIES && again; i++) {
		kv_server_stop(s);
		r = start(l, s, &again);
	}
	return r;
}

int kv_server_connect(struct load *l, const struct kv_server *s, int *ret_fd)
{
	const struct netpeer p = { .at = s->at, .child = s->pid, .life = -1 };
	return netpeer_connect(l, &p, SOCK_STREAM, ret_fd);
}

int kv_server_failed(struct load *l, struct kv_server *s, int r)
{
	int status;
	if (s->pid <= 0)
		return r;
	/* Its sockets are closed a little before it is gone. */
	struct pollfd p = { .fd = s->log };
	if (poll(&p, 1, 100) <= 0 || waitpid(s->pid, &status, 0) != s->pid)
		return r;
	s->pid = 0;
	char said[2048];
	ssize_t n = read(s->log, said, sizeof(said) - 1);
	said[n > 0 ? n : 0] = '\0';
	for (char *end = strrchr(said, '\n'); end && !end[1]; end = strrchr(said, '\n'))
		*end = '\0';
	const char *last = strrchr(said, '\n') ? strrchr(said, '\n') + 1 : said;
	return load_failf(l, -r, "redis-server ended with status %d%s%.300s", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
	                  *last ? ": " : "", last);
}

void kv_server_stop(struct kv_server *s)
{
	if (s->pid > 0)
		kill(s->pid, SIGKILL);
	while (s->pid > 0 && waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (s->log >= 0)
		close(s->log);
	s->pid = 0;
	s->log = -1;
}

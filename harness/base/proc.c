/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proc.c - run a helper program and collect what it says. */
#include "base/proc.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

extern char **environ;

int proc_pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	return fd < 0 ? -errno : fd;
}

int proc_wait(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void proc_out_free(struct proc_out *o)
{
	free(o->out);
	free(o->err);
	*o = (struct proc_out){ 0 };
}

static int spawn(char *const argv[], const char *cwd, int out, int err_fd, pid_t *ret)
{
	posix_spawn_file_actions_t fa;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, out, 1);
	posix_spawn_file_actions_adddup2(&fa, err_fd, 2);
	if (cwd)
		posix_spawn_file_actions_addchdir_np(&fa, cwd);
	int r = -posix_spawnp(ret, argv[0], &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	return r;
}

/* Read both pipes until both are closed. */
static void collect(int fds[2], struct str out[2])
{
	struct pollfd p[2] = { { .fd = fds[0], .events = POLLIN }, { .fd = fds[1], .events = POLLIN } };
	while (p[0].fd >= 0 || p[1].fd >= 0) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return;
		for (int i = 0; i < 2; i++) {
			char buf[16384];
			if (!p[i].revents)
				continue;
			ssize_t n = read(p[i].fd, buf, sizeof(buf));
			if (n > 0)
				str_add(&out[i], buf, (size_t)n);
			else if (n == 0 || errno != EINTR)
				p[i].fd = -1;
		}
	}
}

int proc_run(char *const argv[], const char *cwd, struct proc_out *ret, struct err *err)
{
	int o[2], e[2];
	if (pipe2(o, O_CLOEXEC) < 0)
		return err_sysf(err, -errno, "pipe");
	cleanup(fd_closep) int o_r = o[0], o_w = o[1];
	if (pipe2(e, O_CLOEXEC) < 0)
		return err_sysf(err, -errno, "pipe");
	cleanup(fd_closep) int e_r = e[0], e_w = e[1];
	pid_t pid;
	int r = spawn(argv, cwd, o_w, e_w, &pid);
	if (r < 0)
		return err_sysf(err, r, "can't run %s", argv[0]);
	close(fd_steal(&o_w));
	close(fd_steal(&e_w));
	struct str text[2] = { { 0 }, { 0 } };
	collect((int[]){ o_r, e_r }, text);
	str_add(&text[0], "", 0);
	str_add(&text[1], "", 0);
	r = proc_wait(pid);
	*ret = (struct proc_out){ .status = r, .out = text[0].s, .out_len = text[0].len, .err = text[1].s };
	return r < 0 ? err_sysf(err, r, "waiting for %s", argv[0]) : 0;
}

int proc_check(char *const argv[], const char *cwd, struct err *err)
{
	cleanup(proc_out_free) struct proc_out o = { 0 };
	int r = proc_run(argv, cwd, &o, err);
	if (r < 0)
		return r;
	if (o.status == 0)
		return 0;
	const char *text = str_trim(*o.err ? o.err : o.out);
	size_t len = strlen(text);
	return err_setf(err, -EIO, "%s ended with status %d: %s", argv[0], o.status, len > 600 ? text + len - 600 : text);
}

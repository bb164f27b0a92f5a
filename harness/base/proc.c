/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proc.c - run a helper program and collect what it says. */
#include "base/proc.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/sig.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

int proc_pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	return fd < 0 ? -errno : fd;
}

int64_t proc_cpu_wait(pid_t pid)
{
	cleanup_free char *tasks = xasprintf("/proc/%d/task", (int)pid);
	cleanup(dir_closep) DIR *d = opendir(tasks);
	long long longest = 0;
	for (struct dirent *e; d && (e = readdir(d));) {
		long long ran, waited;
		cleanup_free char *file = xasprintf("%s/%s/schedstat", tasks, e->d_name), *line = *e->d_name == '.' ? NULL : fs_read_line(file);
		if (line && sscanf(line, "%lld %lld", &ran, &waited) == 2 && waited > longest)
			longest = waited;
	}
	return longest;
}

int proc_wait(pid_t pid)
{
	double cpu_s;
	return proc_wait_cpu(pid, &cpu_s);
}

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

int proc_wait_cpu(pid_t pid, double *ret_cpu_s)
{
	int status;
	struct rusage u;
	while (wait4(pid, &status, 0, &u) < 0)
		if (errno != EINTR)
			return -errno;
	*ret_cpu_s = seconds(&u.ru_utime) + seconds(&u.ru_stime);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void proc_out_free(struct proc_out *o)
{
	free(o->out);
	free(o->err);
	*o = (struct proc_out){ 0 };
}

static int spawn(const struct proc_spec *spec, int out, int err_fd, pid_t *ret)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, out, 1);
	posix_spawn_file_actions_adddup2(&fa, err_fd, 2);
	if (spec->cwd)
		posix_spawn_file_actions_addchdir_np(&fa, spec->cwd);
	/* A group of its own can be killed as a whole. */
	if (spec->deadline_ns || spec->interruptible)
		posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	int r = -posix_spawnp(ret, spec->argv[0], &fa, &attr, spec->argv, spec->envp ? spec->envp : environ);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&attr);
	return r;
}

/* One piece from the pipe; the descriptor is taken out of the set at its end. Returns whether there was one. */
static bool collect(struct pollfd *p, struct str *text)
{
	char buf[16384];
	ssize_t n = p->fd < 0 ? 0 : read(p->fd, buf, sizeof(buf));
	if (n > 0)
		str_add(text, buf, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		p->fd = -1;
	return n > 0;
}

/* Collect until its end, and then what it wrote before it. */
static int attend(const struct proc_spec *spec, int pidfd, struct pollfd p[2], struct str text[2])
{
	struct pollfd set[4] = { p[0], p[1], { .fd = pidfd, .events = POLLIN },
	                         { .fd = spec->interruptible ? sig_fd() : -1, .events = POLLIN } };
	for (;;) {
		int n = poll(set, 4, clk_poll_ms(spec->deadline_ns));
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		for (int i = 0; i < 2; i++) {
			if (set[i].revents)
				collect(&set[i], &text[i]);
			/* Not for ever: what it left running may never stop writing. */
			for (int k = 0; set[2].revents && k < 64 && collect(&set[i], &text[i]); k++)
				;
		}
		if (set[2].revents)
			return 0;
		if (set[3].revents)
			return -EINTR;
		if (spec->deadline_ns && clk_now() >= spec->deadline_ns)
			return -ETIMEDOUT;
	}
}

static int end(const struct proc_spec *spec, pid_t pid, int r, struct err *err)
{
	if (r < 0)
		kill(spec->deadline_ns || spec->interruptible ? -pid : pid, SIGKILL);
	int status = proc_wait(pid);
	if (r == -ETIMEDOUT)
		return err_setf(err, r, "%s took too long: killed", spec->argv[0]);
	if (r == -EINTR)
		return err_setf(err, r, "%s was interrupted: killed", spec->argv[0]);
	if (r < 0 || status < 0)
		return err_sysf(err, r < 0 ? r : status, "waiting for %s", spec->argv[0]);
	return status;
}

int proc_run_spec(const struct proc_spec *spec, struct proc_out *ret, struct err *err)
{
	int o[2], e[2];
	if (pipe2(o, O_CLOEXEC) < 0)
		return err_sysf(err, -errno, "pipe");
	cleanup(fd_closep) int o_r = o[0], o_w = o[1];
	if (pipe2(e, O_CLOEXEC) < 0)
		return err_sysf(err, -errno, "pipe");
	cleanup(fd_closep) int e_r = e[0], e_w = e[1];
	pid_t pid;
	int r = spawn(spec, o_w, e_w, &pid);
	if (r < 0)
		return err_sysf(err, r, "can't run %s", spec->argv[0]);
	close(fd_steal(&o_w));
	close(fd_steal(&e_w));
	fcntl(o_r, F_SETFL, O_NONBLOCK);
	fcntl(e_r, F_SETFL, O_NONBLOCK);
	struct str text[2] = { { 0 }, { 0 } };
	cleanup(fd_closep) int pidfd = proc_pidfd(pid);
	struct pollfd p[2] = { { .fd = o_r, .events = POLLIN }, { .fd = e_r, .events = POLLIN } };
	r = end(spec, pid, pidfd < 0 ? pidfd : attend(spec, pidfd, p, text), err);
	str_add(&text[0], "", 0);
	str_add(&text[1], "", 0);
	*ret = (struct proc_out){ .status = r, .out = text[0].s, .out_len = text[0].len, .err = text[1].s };
	if (r < 0)
		proc_out_free(ret);
	return r < 0 ? r : 0;
}

int proc_run(char *const argv[], const char *cwd, struct proc_out *ret, struct err *err)
{
	return proc_run_spec(&(struct proc_spec){ .argv = argv, .cwd = cwd }, ret, err);
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

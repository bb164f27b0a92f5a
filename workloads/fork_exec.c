/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fork_exec.c - start a tiny static program, this one with the command `exit`, and wait for its end. */
#include "load.h"

#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHECKED = 16, STATUS = 42 };

struct job {
	const char *path;
	pid_t (*start)(const char *path, char *const argv[]);  /* negative: -errno */
	char status[8];                 /* that the program is told to end with */
	int expected;
};

static char *const environment[] = { NULL };

static void __attribute__((noreturn)) become(const char *path, char *const argv[])
{
	execve(path, argv, environment);
	_exit(127);
}

static pid_t by_fork(const char *path, char *const argv[])
{
	pid_t pid = fork();
	if (pid == 0)
		become(path, argv);
	return pid < 0 ? -errno : pid;
}

static pid_t by_vfork(const char *path, char *const argv[])
{
	pid_t pid = vfork();
	if (pid == 0)
		become(path, argv);
	return pid < 0 ? -errno : pid;
}

static pid_t by_spawn(const char *path, char *const argv[])
{
	pid_t pid;
	int error = posix_spawn(&pid, path, NULL, NULL, argv, environment);
	return error ? -error : pid;
}

static int start_n(void *arg, uint64_t n)
{
	struct job *j = arg;
	char *const argv[] = { (char *)"isoload", (char *)"exit", j->status, NULL };
	for (uint64_t i = 0; i < n; i++) {
		int status;
		pid_t pid = j->start(j->path, argv);
		if (pid < 0)
			return pid;
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR)
				return -errno;
		if (!WIFEXITED(status) || WEXITSTATUS(status) != j->expected)
			return -EIO;
	}
	return 0;
}

static void expect(struct job *j, int status)
{
	j->expected = status;
	snprintf(j->status, sizeof(j->status), "%d", status);
}

/* Each with a status of its own: it is the new program that ends with it, not a copy of this one. */
static int check(struct load *l, struct job *j)
{
	int r = 0;
	for (int i = 0; i < CHECKED && r == 0; i++) {
		expect(j, STATUS + i);
		r = start_n(j, 1);
		load_digest(l, &j->expected, sizeof(j->expected));
	}
	expect(j, STATUS);
	return r;
}

/* As it was started where that is a path; what was run by a descriptor has none but in /proc. */
static const char *own_path(void)
{
	const char *path = (const char *)getauxval(AT_EXECFN);
	return path && access(path, X_OK) == 0 ? path : "/proc/self/exe";
}

static int run(struct load *l)
{
	struct job j = { .path = own_path(), .start = load_is(l, "method", "fork") ? by_fork :
	                 load_is(l, "method", "vfork") ? by_vfork : by_spawn };
	int r = check(l, &j);
	if (r == 0)
		r = load_loop(l, "time", start_n, &j, 1);
	if (r == -EIO)
		return load_failf(l, EIO, "%s, run anew with 'exit %s', did not end with that status", j.path, j.status);
	return r < 0 ? load_failf(l, -r, "can't start %s: %s", j.path, strerror(-r)) : 0;
}

const struct workload workload_fork_exec = {
	.name = "fork-exec",
	.resource = "kernel",
	.what = "a tiny static program started, and waited for",
	.teaches = "What a shell script or a build pays for each command: page tables copied and thrown away, a program mapped and faulted "
	           "in, which nested paging makes dearer.",
	.metrics = { { "time", "s", BETTER_LOWER, "one program: fork, exec, its run and end, wait" } },
	.params = {
		{ "method", PARAM_CHOICE, "fork", "fork vfork spawn", "fork: memory is copied on write; vfork: shared until exec; spawn: posix_spawn" },
		LOAD_LOOP_PARAMS
	},
	.run = run,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nobody.h - for tests that run once more as an ordinary user. */
#ifndef ISOCOST_TESTS_NOBODY_H
#define ISOCOST_TESTS_NOBODY_H

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The same tests as the user nobody, in a process of its own: 0, or how it failed. */
static inline int as_nobody(int (*run_all)(const char *who), const char *who)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
			_exit(99);
		/* As after a login: a change of ids leaves /proc/self to root. */
		prctl(PR_SET_DUMPABLE, 1);
		exit(run_all(who) ? 1 : 0);
	}
	int status;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

#endif

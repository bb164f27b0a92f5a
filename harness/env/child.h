/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child.h - run one planned process to its end: streams or a pty, start, deliver, kill when it must be, reap, phases. */
#ifndef ISOCOST_CHILD_H
#define ISOCOST_CHILD_H

#include "env/cgroup.h"
#include "env/ns.h"

struct child_place {
	const struct ns_child *plan;    /* all but stdio, terminal, files, argv, envp and the cgroup, which are set here */
	struct ns_report *report;
	struct cgroup *cgroup;          /* joined by the child; NULL: none */
	bool born_inside;               /* the calling thread has entered the cgroup: the child need not join */
	const char *path;               /* PATH in which argv[0] is looked up */
	char *const *envp;
	int stdin_fd;                   /* where an interactive command reads; -1: /dev/null */
	struct phases *phases;          /* NULL: don't mark */
	double *cpu_s;                  /* the CPU seconds of the command are added; NULL: nobody wants them */
	pid_t *pid;                     /* set once the command runs; NULL: nobody wants it */
	void (*spawned)(void *arg);     /* called once the command runs, to let go of what only its start needed; NULL: nothing */
	void *arg;
};

/* As env_ops.exec. What failed before exec is an error; a program that is not there is status 127, as in a shell. */
int child_run(const struct child_place *place, struct env_call *call, struct err *err);

/* Parse "0,2-3". -EINVAL. */
int child_cpus(const char *list, cpu_set_t *ret, struct err *err);

#endif

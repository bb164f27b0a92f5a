/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proc.h - run a helper program and collect what it says. Not for anything that is measured. */
#ifndef ISOCOST_PROC_H
#define ISOCOST_PROC_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_out {
	int status;             /* exit status, or 128 + the signal */
	char *out, *err;        /* what was written, NUL-terminated, never NULL after success */
	size_t out_len;
};
void proc_out_free(struct proc_out *o);

/* Run argv (argv[0] looked up in PATH) with standard input from /dev/null, in cwd (NULL: here), to its end. ret may not be
 * NULL. 0 whatever the exit status; -errno when it could not be run. *ret is the caller's to free. */
int proc_run(char *const argv[], const char *cwd, struct proc_out *ret, struct err *err);

/* The same with more to say. */
struct proc_spec {
	char *const *argv;
	const char *cwd;                /* NULL: here */
	char *const *envp;              /* NULL: this process's own */
	int64_t deadline_ns;            /* CLOCK_MONOTONIC; 0: none. Passed: it and what it started are killed, -ETIMEDOUT */
	bool interruptible;             /* by a signal that sig_catch caught: killed too, -EINTR */
};
/* Ends when the program ends, whatever it left running behind it. */
int proc_run_spec(const struct proc_spec *spec, struct proc_out *ret, struct err *err);

/* As proc_run, but an exit status other than 0 is an error too: -EIO, with the end of its standard error in err. */
int proc_check(char *const argv[], const char *cwd, struct err *err);

/* A descriptor for the process that polls readable at its end; -errno. */
int proc_pidfd(pid_t pid);

/* How long the thread of the process that waited longest for a CPU, runnable, has done so, in ns; 0 where the kernel does not tell. */
int64_t proc_cpu_wait(pid_t pid);

/* waitpid for exactly this child, restarted when interrupted: exit status or 128 + signal; -errno. */
int proc_wait(pid_t pid);
/* The same, with the CPU seconds that it used, and those of its children that were waited for. Of the first process of a PID
 * namespace these are all: the kernel waits in its name for what it leaves. */
int proc_wait_cpu(pid_t pid, double *ret_cpu_s);

#endif

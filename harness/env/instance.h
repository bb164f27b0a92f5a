/* SPDX-License-Identifier: GPL-3.0-or-later */
/* instance.h - what each launch on the host's own kernel holds, contained or not: a cgroup and a scratch directory. */
#ifndef ISOCOST_INSTANCE_H
#define ISOCOST_INSTANCE_H

#include "env/cgroup.h"

/* PATH of what runs on the host's own files. */
#define HOST_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct instance {
	struct cgroup *cgroup;          /* NULL: none */
	char *scratch;                  /* directory on the disk of ctx->work; NULL: none */
	struct phases *phases;          /* NULL: nobody wants them */
	double cpu_s;                   /* of its commands, where the cgroup does not count */
	pid_t pid;                      /* first process of the command that runs, or ran last; 0: none yet */
	bool ran;                       /* the first command was started */
};

/* All or nothing; undone by instance_stop. serial counts the arm's launches. tree NULL: no cgroup. */
int instance_start(const struct env_ctx *ctx, const char *arm, unsigned *serial, const struct cgroup_tree *tree,
                   const struct env_spec *spec, struct instance *ret, struct err *err);
void instance_stop(struct instance *i);
void instance_footprint(const struct instance *i, struct footprint *ret);
/* Its processes: those of its cgroup, and those that descend from the command's first. */
void instance_body(const struct instance *i, struct env_body *ret);

/* CPU seconds so far: what its cgroup counts; where it doesn't, those of the processes that descend from the command's first, and of those
 * that they have waited for, in ticks of the kernel. -ESRCH, and err is set, when none of them lives. */
int instance_cpu(const struct instance *i, double *ret, struct err *err);

/* The phases for the next command: those of the launch for the first one, NULL for later ones. */
struct phases *instance_phases(struct instance *i);

/* The environment of a command: PATH, HOME, TERM, and ISOCOST_SCRATCH when there is one. */
void instance_vars(struct strv *ret, const char *path, const char *home, const char *scratch);

/* An arm's name as part of a file name. Owner frees. */
char *instance_file_name(const char *arm);

/* Write what explains a figure later to ctx->keep/<driver>-<arm>.<suffix>; a failure is logged. */
void instance_keep(const struct env_ctx *ctx, const char *driver, const char *arm, const char *suffix, const char *text);

#endif

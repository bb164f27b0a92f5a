/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cgroup.h - hold processes in the envelope: CPUs, memory and tasks, on cgroup v1, hybrid and v2.
 *
 * A cgroup_tree says where limits can be set here; a cgroup is one directory in each hierarchy that is needed for that.
 * What can't be enforced (no controller, nothing delegated to an ordinary user) is no error: the cgroup then holds fewer
 * limits or none, every function works on it, and cgroup_tree_warn says what is missing. */
#ifndef ISOCOST_CGROUP_H
#define ISOCOST_CGROUP_H

#include "base/err.h"
#include "env/env.h"

#include <sys/types.h>

struct cgroup;
struct cgroup_tree;

/* Find out from /proc/self/mountinfo and /proc/self/cgroup where this process may make cgroups. On v2 the controllers
 * that are missing below the chosen parent are switched on there (they stay on, as with any service manager). Read once
 * an arm, in open(). *ret is the caller's cgroup_tree_close, after all of its cgroups are destroyed. */
int cgroup_tree_open(struct cgroup_tree **ret, struct err *err);
/* The same for made-up files; prefix is put before each mount point, own is the text of /proc/self/cgroup. */
int cgroup_tree_parse(const char *mountinfo, const char *own, const char *prefix, struct cgroup_tree **ret, struct err *err);
void cgroup_tree_close(struct cgroup_tree *t);                  /* NULL is a no-op */
/* Add a sentence to *ret for each limit that can't be enforced; memory is left out when limit_memory is false. */
void cgroup_tree_warn(const struct cgroup_tree *t, bool limit_memory, struct strv *ret);
/* "v1", "v2", "v1 and v2" or "none". */
const char *cgroup_tree_mode(const struct cgroup_tree *t);

/* Make the empty cgroup NAME (a plain file name that starts with the session's id: "isocost-1f3a9c.vm-7") in every hierarchy and set the
 * limits of the envelope. limit_memory false: memory is accounted and not limited. All or nothing. The caller's cgroup_destroy. */
int cgroup_create(const struct cgroup_tree *t, const char *name, const struct envelope *limits, bool limit_memory,
                  struct cgroup **ret, struct err *err);
/* On v1, where it is a hierarchy of its own: make one cpuset NAME for all cgroups that are made of the tree from now on, in place of
 * one each. They all have the same CPUs, and to make a cpuset costs more than all the others together. It goes with the tree. */
int cgroup_share_cpus(struct cgroup_tree *t, const char *name, const struct envelope *limits, struct err *err);
/* Leave out a v1 hierarchy that only counts CPU time: for who learns that from wait4(2). Before anything is made of the tree. */
void cgroup_skip_cpuacct(struct cgroup_tree *t);
/* Move a process (all of its threads) in; its later children are born there. */
int cgroup_add(const struct cgroup *c, pid_t pid, struct err *err);

/* For a launcher whose child moves itself: descriptors of `tasks` to which the child writes "0" (cgroup v1), closed by
 * cgroup_tasks_close, and the v2 directory for CLONE_INTO_CGROUP or -1, which belongs to c. born_inside: only those that a child of a
 * thread which called cgroup_enter is not born in: a shared cpuset; one of its own is left to the child's CPU affinity then.
 *
 * `tasks` and "0", not cgroup.procs and not a number: a thread that moves itself alone needs no lock against forks and exits,
 * and taking that lock waits for an RCU grace period, milliseconds on an idle system (since Linux 5.5, "cgroup: Optimize single
 * thread migration"). Only for a process with a single thread. */
#define CGROUP_DIRS_MAX 8
struct cgroup_tasks {
	int fd[CGROUP_DIRS_MAX + 1];
	size_t n;
	size_t n_cpus;                  /* the last so many move it to its CPUs: better late, for until then it runs where it was cloned */
};
int cgroup_tasks_open(const struct cgroup *c, bool born_inside, struct cgroup_tasks *ret, struct err *err);
void cgroup_tasks_close(struct cgroup_tasks *t);
int cgroup_dir_fd(const struct cgroup *c);
/* Move the calling thread in where children inherit that (v1, but for cpuset, whose CPUs would bind the harness): what it
 * clones is then born inside and needs no move of its own. cgroup_leave undoes it, and so does the thread's end; one of them must come before the cgroup is destroyed. Not
 * for a main thread: the memory of its process would be charged there. */
int cgroup_enter(const struct cgroup *c, struct err *err);
void cgroup_leave(const struct cgroup *c);

/* The directory that shows the memory limit, and whether it is a v2 one; NULL when memory can't be limited here. */
const char *cgroup_memory_dir(const struct cgroup *c, bool *ret_v2);

uint64_t cgroup_memory_peak(const struct cgroup *c);            /* bytes; 0: unknown */
double cgroup_cpu_s(const struct cgroup *c);                    /* CPU seconds used so far; 0: unknown */
/* The kernel's own memory that is charged to it: -ENODATA where that is not counted. */
int cgroup_kernel_memory(const struct cgroup *c, uint64_t *ret);
/* Call visit with the path of every cgroup.procs in it and below it. */
void cgroup_each_procs(const struct cgroup *c, void (*visit)(const char *path, void *arg), void *arg);
uint64_t cgroup_oom_news(struct cgroup *c);                     /* processes killed for want of memory since it was last asked */

/* Kill every process in it and wait until all are gone; -ETIMEDOUT after some seconds. Only these processes. */
int cgroup_kill(const struct cgroup *c, struct err *err);
/* cgroup_kill, then remove it. NULL is a no-op; a failure is logged. */
void cgroup_destroy(struct cgroup *c);

/* Remove what a dead session left: every cgroup whose name is the session's id, or that and a dot and more, killing what
 * runs in it. Returns how many cgroups were removed (one in many hierarchies counts once), each logged; or -errno. */
int cgroup_sweep(const char *session, struct err *err);
/* Add the ids of all sessions that have cgroups here, living or dead, to *ret. */
int cgroup_sweep_list(struct strv *ret, struct err *err);
/* Remove empty cgroups of sessions that are not among the known ids and show no beacon: their directories were lost. Returns how many. */
int cgroup_sweep_strays(const struct strv *known, struct err *err);

#endif

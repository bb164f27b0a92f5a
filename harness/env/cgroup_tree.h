/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cgroup_tree.h - what the cgroup files share; nobody else includes it. */
#ifndef ISOCOST_CGROUP_TREE_H
#define ISOCOST_CGROUP_TREE_H

#include "env/cgroup.h"

/* What is used of a hierarchy. On v2 CPU time is accounted without a controller. */
enum { CG_CPUSET = 1, CG_MEMORY = 2, CG_PIDS = 4, CG_CPUACCT = 8 };
#define CG_ALL (CG_CPUSET | CG_MEMORY | CG_PIDS | CG_CPUACCT)

/* One hierarchy: the directory below which cgroups are made. */
struct cgroup_node {
	char *parent;
	char *own;                      /* where this process stands; NULL when that can't be seen from here */
	unsigned controllers;
	bool v2;
};

struct cgroup_tree {
	struct cgroup_node node[CGROUP_DIRS_MAX];
	size_t n;
	bool no_swap;                   /* the host has none: there is nothing to limit */
	struct cgroup *cpus;            /* cgroup_share_cpus; NULL: none */
};

struct cgroup_dir {
	const struct cgroup_node *node;
	char *path;
	int fd;                         /* v2: what is born inside needs it; v1: -1, many may live at once */
};

struct cgroup {
	struct cgroup_dir dir[CGROUP_DIRS_MAX];
	size_t n;
	const struct cgroup *cpus;      /* of the tree; NULL: none, or this is it */
	uint64_t oom_kills;             /* that were told already */
};

/* Remove the cgroup directory, killing what runs in it when it must. 0, also when it is not there, or -errno. */
int cgroup_kill_and_remove(const char *path);

#endif

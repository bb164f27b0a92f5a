/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rootplan.h - the mounts that one launch makes to get from a root image to its root. */
#ifndef ISOCOST_ROOTPLAN_H
#define ISOCOST_ROOTPLAN_H

#include "env/ns.h"
#include "env/rootimage.h"

/* What the launch is to see. Paths are the host's. */
struct root_request {
	const struct rootimage *image;  /* NULL: the harness's own root, with what shows the new namespaces */
	bool proc;                      /* mount /proc */
	bool join_net;                  /* the network namespace is made elsewhere: join it before what needs it */
	bool cgroup_ns;                 /* there is a cgroup namespace, seen or not */
	bool masks;                     /* /proc and /sys read-only, with what container runtimes hide in them covered */
	bool host_dev;                  /* the host's /dev in place of six nodes */
	bool userxattr;                 /* overlays keep their marks where an ordinary user may */
	bool terminal;                  /* with ptys */
	const char *scratch;            /* directory for /scratch, or NULL */
	const char *app;                /* directory for /app, read-only, or NULL */
	const char *memory_dir;         /* cgroup directory to show, or NULL */
	bool memory_v2;
};

struct root_plan {
	struct mount_op *v;
	size_t n;
};

/* 0, or -errno when a prepared tree can't be cloned. The caller's root_plan_free, which closes the clones. */
int root_plan_make(const struct root_request *q, struct root_plan *ret, struct err *err);
void root_plan_close(struct root_plan *p);              /* close the clones; the plan stays, for the record */
void root_plan_free(struct root_plan *p);
/* A line a step. Owner frees. */
char *root_plan_text(const struct root_plan *p);

#endif

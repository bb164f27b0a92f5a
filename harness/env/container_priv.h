/* SPDX-License-Identifier: GPL-3.0-or-later */
/* container_priv.h - what the files of the container driver share; nobody else includes it. */
#ifndef ISOCOST_CONTAINER_PRIV_H
#define ISOCOST_CONTAINER_PRIV_H

#include "env/approot.h"
#include "env/caps.h"
#include "env/containeropts.h"
#include "env/env.h"
#include "env/hubshare.h"
#include "env/instance.h"
#include "env/netahead.h"
#include "env/peer.h"
#include "env/rootplan.h"
#include "env/seccomp.h"


struct env_arm {
	const struct env_ctx *ctx;
	char *name, *path;              /* path: where commands are looked up */
	struct container_opts opts;
	struct rootimage image;         /* zeroed: the host's root */
	struct approot app;             /* the applications' root; zeroed: there is none */
	struct cgroup_tree *tree;       /* NULL: cgroup = off */
	struct seccomp_filter filter;
	struct caps caps;
	char *uid_map, *gid_map;
	struct ns_child plan;           /* all but the mounts, which differ in scratch and cgroup directories */
	struct hubshare *out;           /* network = veth */
	struct netpool *pool;           /* network = pool */
	struct netahead *ahead;         /* NULL: network namespaces are made by the clone */
	struct peer *peer;              /* network = host */
	unsigned serial;
};

struct env {
	struct env_arm *arm;
	struct instance own;
	bool root;                      /* shows the applications' root */
	struct root_plan mounts;
	struct ns_child plan;
	struct ns_report *report;
	bool asked;                     /* ahead is at work for it */
	int netns;                      /* a network namespace to be born in; -1: none, or one made by the clone */
	struct strv vars;
};

static inline bool container_has_root(const struct env_arm *arm)
{
	return arm->opts.root != ROOT_HOST;
}

/* env_ops.check, open and close. */
int container_check(const struct kvs *opts, struct err *err);
int container_open(const struct env_ctx *ctx, const char *arm_name, const struct kvs *opts, struct env_facts *ret_facts,
                   struct env_arm **ret, struct err *err);
void container_close(struct env_arm *arm);

/* Can it run here? The only proof is to run it: -ENOTSUP and how to mend it. Writes the plan down where figures are explained. */
int container_trial(struct env_arm *arm, struct env_facts *facts, struct err *err);

/* env_ops.start, exec and stop. */
int container_start(struct env_arm *arm, const struct env_spec *spec, struct env **ret, struct err *err);
int container_exec(struct env *env, struct env_call *call, struct err *err);
void container_stop(struct env *env);

#endif

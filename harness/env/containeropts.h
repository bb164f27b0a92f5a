/* SPDX-License-Identifier: GPL-3.0-or-later */
/* containeropts.h - the options of the container driver: each layer of isolation can be left out, to price it or to show what it
 * holds. Pure. */
#ifndef ISOCOST_CONTAINEROPTS_H
#define ISOCOST_CONTAINEROPTS_H

#include "env/ns.h"
#include "env/rootimage.h"
#include "model/opts.h"

enum container_network { NETWORK_LOOPBACK, NETWORK_NONE, NETWORK_HOST, NETWORK_VETH, NETWORK_POOL };
enum container_cgroup { CGROUP_ON, CGROUP_OFF, CGROUP_BEFORE };

struct container_opts {
	uint64_t namespaces;            /* CLONE_NEW…, the user namespace included */
	enum container_network network;
	enum root_kind root;
	unsigned layers;                /* of ROOT_OVERLAY */
	bool writable, masks, host_dev, no_new_privs, inherit;
	enum ns_enter enter;
	const char *caps;               /* as caps_named takes it, or NULL: keep all; points into the options */
	const char *seccomp;            /* "on", "off", "log" */
	enum container_cgroup cgroup;
	bool parallel;                  /* the network namespace is made beside the rest, where it can be */
};

extern const struct optdef container_optdefs[];

/* privileged: what userns = auto is decided by. -EINVAL: a value, or two that don't go together. */
int container_opts_parse(const struct kvs *opts, bool privileged, struct container_opts *ret, struct err *err);

/* "mount pid …". Owner frees. */
char *container_namespaces_text(uint64_t namespaces);

#endif

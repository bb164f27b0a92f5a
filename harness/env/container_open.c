/* SPDX-License-Identifier: GPL-3.0-or-later */
/* container_open.c - what all launches of a container arm share: worked out from its options, made once. */
#include "env/container_priv.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "env/child.h"
#include "env/rootfs.h"

#include <errno.h>
#include <string.h>


static void plan_user(struct env_arm *arm, struct env_facts *facts)
{
	bool userns = arm->opts.namespaces & CLONE_NEWUSER;
	if (userns) {
		arm->uid_map = xasprintf("0 %u 1\n", (unsigned)geteuid());
		arm->gid_map = xasprintf("0 %u 1\n", (unsigned)getegid());
		arm->plan.uid_map = arm->uid_map;
		arm->plan.gid_map = arm->gid_map;
	}
	arm->plan.drop_groups = container_has_root(arm) && !userns;
	kvs_set(&facts->facts, "userns", userns ? "on" : "off", 0);
}

static int plan_filter(struct env_arm *arm, struct env_facts *facts, struct err *err)
{
	kvs_set(&facts->facts, "seccomp", arm->opts.seccomp, 0);
	if (strcmp(arm->opts.seccomp, "off") == 0)
		return 0;
	int r = seccomp_filter_build(strcmp(arm->opts.seccomp, "log") == 0, &arm->filter, err);
	if (r < 0)
		return r;
	arm->plan.filter = &arm->filter.program;
	kvs_setf(&facts->facts, "seccomp_instructions", "%u", arm->filter.program.len);
	instance_keep(arm->ctx, "container", arm->name, "seccomp.txt", arm->filter.text);
	return 0;
}

static int plan_limits(struct env_arm *arm, struct env_facts *facts, struct err *err)
{
	int r = child_cpus(arm->ctx->envelope.cpu_list, &arm->plan.cpus, err);
	if (r == 0 && arm->opts.cgroup != CGROUP_OFF)
		r = cgroup_tree_open(&arm->tree, err);
	if (r < 0)
		return r;
	cleanup_free char *file = instance_file_name(arm->name);
	cleanup_free char *cpus = xasprintf("%s.%s-cpus", arm->ctx->id, file);
	/* What a PID namespace used is told at its end. */
	if (arm->tree && (arm->opts.namespaces & CLONE_NEWPID))
		cgroup_skip_cpuacct(arm->tree);
	if (arm->tree)
		r = cgroup_share_cpus(arm->tree, cpus, &arm->ctx->envelope, err);
	if (r < 0)
		return r;
	kvs_set(&facts->facts, "cgroup", arm->tree ? cgroup_tree_mode(arm->tree) : "off", 0);
	if (arm->tree)
		cgroup_tree_warn(arm->tree, true, &facts->warnings);
	return 0;
}

static int plan_root(struct env_arm *arm, struct err *err)
{
	const struct container_opts *o = &arm->opts;
	const struct env_ctx *ctx = arm->ctx;
	cleanup_free char *file = instance_file_name(arm->name);
	arm->path = container_has_root(arm) ? xstrdup(ROOTFS_PATH) : xasprintf("%s:" HOST_PATH, ctx->load_dir);
	if (!container_has_root(arm))
		return 0;
	int r = rootimage_make(ctx->work, file, ctx->load_dir, ROOTFS_HOSTNAME, o->root, o->layers, o->writable, !o->host_dev, &arm->image, err);
	if (r < 0)
		return r;
	arm->plan.root = arm->image.point;
	arm->plan.enter = o->enter;
	arm->plan.mounts_dir = rootimage_is_stacked(&arm->image) ? arm->image.work : NULL;
	return 0;
}

/* A namespace that is there before the clone is not the clone's to make. */
static int plan_network(struct env_arm *arm, struct err *err)
{
	enum container_network network = arm->opts.network;
	arm->plan.loopback = network == NETWORK_LOOPBACK;
	/* The child may join only what its own user namespace may. */
	bool beside = arm->opts.parallel && network == NETWORK_LOOPBACK && (arm->plan.namespaces & CLONE_NEWNS) &&
	              !(arm->plan.namespaces & CLONE_NEWUSER);
	if (beside && netahead_open(&arm->plan.cpus, &arm->ahead, NULL) < 0)
		log_debugf("the network namespace is made in turn, not beside the rest");
	if (network != NETWORK_VETH && network != NETWORK_POOL)
		return 0;
	arm->plan.namespaces &= ~(uint64_t)CLONE_NEWNET;
	return network == NETWORK_VETH ? hubshare_get(&arm->out, err) : netpool_open(1, NULL, &arm->pool, err);
}

static int prepare(struct env_arm *arm, struct env_facts *facts, struct err *err)
{
	const struct container_opts *o = &arm->opts;
	arm->plan.namespaces = o->namespaces;
	arm->plan.hostname = o->namespaces & CLONE_NEWUTS ? ROOTFS_HOSTNAME : NULL;
	arm->plan.no_new_privs = o->no_new_privs;
	arm->plan.keyring = container_has_root(arm);
	arm->plan.inherit = o->inherit;
	plan_user(arm, facts);
	int r = o->caps ? caps_named(o->caps, &arm->caps, err) : 0;
	if (r == 0 && o->caps)
		arm->plan.caps = &arm->caps;
	if (r == 0)
		r = plan_limits(arm, facts, err);
	if (r == 0)
		r = plan_filter(arm, facts, err);
	if (r == 0)
		r = plan_root(arm, err);
	if (r == 0)
		r = plan_network(arm, err);
	return r;
}

void container_close(struct env_arm *arm)
{
	if (!arm)
		return;
	peer_stop(arm->peer);
	netahead_close(arm->ahead);
	netpool_close(arm->pool);
	hubshare_put(arm->out);
	rootimage_remove(&arm->image);
	approot_free(&arm->app);
	cgroup_tree_close(arm->tree);
	seccomp_filter_free(&arm->filter);
	free(arm->uid_map);
	free(arm->gid_map);
	free(arm->path);
	free(arm->name);
	free(arm);
}

static bool privileged(void)
{
	return geteuid() == 0 && caps_have(CAP_SYS_ADMIN);
}

int container_check(const struct kvs *opts, struct err *err)
{
	struct container_opts o;
	return container_opts_parse(opts, privileged(), &o, err);
}

int container_open(const struct env_ctx *ctx, const char *arm_name, const struct kvs *opts,
                          struct env_facts *ret_facts, struct env_arm **ret, struct err *err)
{
	struct env_arm *arm = xcalloc(1, sizeof(*arm));
	arm->ctx = ctx;
	arm->name = xstrdup(arm_name);
	ret_facts->label = xstrdup(arm_name);
	approot_find(ctx->cache, &arm->app);
	int r = container_opts_parse(opts, privileged(), &arm->opts, err);
	if (r == 0)
		r = prepare(arm, ret_facts, err);
	if (r == 0)
		r = container_trial(arm, ret_facts, err);
	if (r < 0)
		container_close(arm);
	else
		*ret = arm;
	return r;
}

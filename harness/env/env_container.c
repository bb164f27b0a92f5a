/* SPDX-License-Identifier: GPL-3.0-or-later */
/* env_container.c - a minimal container by our own launcher: all namespaces, a read-only root, limits, no capabilities,
 * a system-call filter; each of them an option. What launches share is made in open() (container_open.c); start() makes the cgroup,
 * exec() plans the mounts and clones. */
#include "env/container_priv.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "env/child.h"
#include "env/drivers.h"
#include "env/netns.h"
#include "env/nursery.h"
#include "env/rootfs.h"

#include <errno.h>
#include <string.h>

static void attached(struct env *env)
{
	if (env->asked)
		netahead_attached(env->arm->ahead);
	env->asked = false;
}

/* Have the network namespace made while the rest is. */
static void ask_ahead(struct env *env)
{
	env->asked = env->asked || (env->arm->ahead && netahead_ask(env->arm->ahead) == 0);
}

static void env_free(struct env *env)
{
	attached(env);
	root_plan_free(&env->mounts);
	ns_report_free(env->report);
	fd_closep(&env->netns);
	strv_free(&env->vars);
	free(env);
}

void container_stop(struct env *env)
{
	if (!env)
		return;
	struct phases *phases = env->own.phases;
	struct netahead *ahead = env->arm->ahead;
	instance_stop(&env->own);
	if (phases)
		phases_mark(phases, "destroyed", clk_now());
	env_free(env);
	if (ahead)
		netahead_home(ahead);
}

/* For the next command: prepared trees are cloned for one at a time. */
static int plan_mounts(struct env *env, bool terminal, struct err *err)
{
	const struct env_arm *arm = env->arm;
	struct root_request q = {
		.image = container_has_root(arm) ? &arm->image : NULL, .scratch = env->own.scratch,
		.app = env->root ? arm->app.dir : NULL, .terminal = terminal,
		.proc = container_has_root(arm) || (arm->opts.namespaces & CLONE_NEWPID), .masks = arm->opts.masks, .host_dev = arm->opts.host_dev,
		.join_net = env->asked, .cgroup_ns = arm->opts.namespaces & CLONE_NEWCGROUP, .userxattr = arm->opts.namespaces & CLONE_NEWUSER,
	};
	if (env->own.cgroup)
		q.memory_dir = cgroup_memory_dir(env->own.cgroup, &q.memory_v2);
	root_plan_free(&env->mounts);
	env->plan = arm->plan;
	int r = arm->opts.namespaces & CLONE_NEWNS ? root_plan_make(&q, &env->mounts, err) : 0;
	if (env->asked) {
		env->plan.namespaces &= ~(uint64_t)CLONE_NEWNET;
		env->plan.loopback = false;
		env->plan.door = netahead_door(arm->ahead);
	}
	env->plan.mounts = env->mounts.v;
	env->plan.n_mounts = env->mounts.n;
	return r;
}

/* What the command finds in its environment. */
static void plan_vars(struct env *env)
{
	const struct env_arm *arm = env->arm;
	const char *scratch = !env->own.scratch ? NULL : container_has_root(arm) ? ROOTFS_SCRATCH : env->own.scratch;
	for (char **e = environ; arm->opts.inherit && *e; e++)
		strv_add(&env->vars, *e);
	instance_vars(&env->vars, arm->path, container_has_root(arm) ? "/root" : "/", scratch);
	if (env->root)
		strv_addf(&env->vars, APPROOT_VARIABLE "=%s", container_has_root(arm) ? ROOTFS_APP : arm->app.dir);
}

#define NO_PEER "a container without a way out: network = veth gives it one"

static int container_suits(const struct env_arm *arm, const struct workload *w, const struct kvs *params, struct err *err)
{
	bool reachable = arm->opts.network == NETWORK_VETH || arm->opts.network == NETWORK_HOST;
	int r = approot_suits(&arm->app, w, err);
	return r < 0 || reachable ? r : peer_unfit(w, params, NO_PEER, err);
}

/* What is no part of starting, before the clock: a prepared network namespace, and the peer that a workload talks to. */
static int start_before(struct env *env, const struct env_spec *spec, struct err *err)
{
	struct env_arm *arm = env->arm;
	switch (arm->opts.network) {
	case NETWORK_VETH: return peer_provide(&arm->out->peer, arm->ctx, arm->out->hub, spec, &env->vars, err);
	case NETWORK_HOST: return peer_provide(&arm->peer, arm->ctx, NULL, spec, &env->vars, err);
	default: break;
	}
	int r = peer_refuse(spec, NO_PEER, err);
	if (r < 0 || !arm->pool)
		return r;
	r = netpool_refill(arm->pool, err);
	if (spec->phases)
		spec->phases->start_ns = clk_now();
	return r;
}

int container_start(struct env_arm *arm, const struct env_spec *spec, struct env **ret, struct err *err)
{
	struct env *env = xcalloc(1, sizeof(*env));
	*env = (struct env){ .arm = arm, .root = spec->root, .report = ns_report_new(), .netns = -1 };
	int r = approot_need(&arm->app, spec->root, err);
	if (r == 0)
		r = start_before(env, spec, err);
	/* Limits that are put on before are no part of the start, and this is. */
	if (r == 0 && arm->opts.cgroup != CGROUP_BEFORE)
		ask_ahead(env);
	if (r == 0)
		r = instance_start(arm->ctx, arm->name, &arm->serial, arm->tree, spec, &env->own, err);
	if (r < 0) {
		env_free(env);
		return r;
	}
	plan_vars(env);
	*ret = env;
	return 0;
}

/* The command has taken its clones of the trees; holding on to them would keep its mounts alive. */
static void let_go(void *arg)
{
	struct env *env = arg;
	root_plan_close(&env->mounts);
	attached(env);
}

/* One command: its mounts, its clone, its end. */
static int run_planned(struct env *env, struct env_call *call, struct phases *phases, bool born_inside, struct err *err)
{
	const struct env_arm *arm = env->arm;
	ask_ahead(env);
	int r = plan_mounts(env, !call->output, err);
	if (r < 0)
		return r;
	struct child_place place = {
		.plan = &env->plan, .report = env->report, .cgroup = env->own.cgroup, .born_inside = born_inside, .path = arm->path,
		.envp = env->vars.v, .stdin_fd = arm->ctx->stdin_fd, .phases = phases,
		.cpu_s = &env->own.cpu_s, .pid = &env->own.pid, .spawned = let_go, .arg = env,
	};
	if (phases)
		phases_mark(phases, "prepare", clk_now());
	r = child_run(&place, call, err);
	attached(env);
	return r;
}

/* The same from a thread that stands where the container is to be born: in its cgroup, which is then no part of starting, or in a
 * network namespace. */
struct birth {
	struct env *env;
	struct env_call *call;
	struct phases *phases;
	struct err *err;
	bool inside;
};

static int run_in_netns(void *arg)
{
	const struct birth *b = arg;
	return run_planned(b->env, b->call, b->phases, b->inside, b->err);
}

/* The network namespace that is not made by the clone. Later commands find the first one's. */
static int get_netns(struct env *env, struct phases *phases, struct err *err)
{
	const struct env_arm *arm = env->arm;
	if (env->netns >= 0 || (!arm->pool && !arm->out))
		return 0;
	int r = arm->pool ? netpool_take(arm->pool, &env->netns, err) : nethub_netns_new(arm->out->hub, &env->netns, err);
	if (r == 0 && phases)
		phases_mark(phases, arm->pool ? "pool" : "veth", clk_now());
	return r;
}

static int run_here(struct birth *b, struct err *err)
{
	b->err = err;
	int r = get_netns(b->env, b->phases, err);
	if (r < 0)
		return r;
	return b->env->netns >= 0 ? netns_run(b->env->netns, run_in_netns, b, err) : run_in_netns(b);
}

static int run_in_cgroup(void *arg, struct err *err)
{
	struct birth *b = arg;
	int r = cgroup_enter(b->env->own.cgroup, err);
	if (r < 0)
		return r;
	if (b->phases) {
		b->phases->n = 0;
		b->phases->start_ns = clk_now();
	}
	b->inside = true;
	return run_here(b, err);
}

int container_exec(struct env *env, struct env_call *call, struct err *err)
{
	struct birth birth = { .env = env, .call = call, .phases = instance_phases(&env->own) };
	bool before = env->own.cgroup && env->arm->opts.cgroup == CGROUP_BEFORE;
	int r = before ? nursery_do(-1, run_in_cgroup, &birth, err) : run_here(&birth, err);
	if (r < 0 && r != -ETIMEDOUT && r != -EINTR && r != -ECANCELED)
		err_wrapf(err, "starting the container");
	return r;
}

static int container_body(struct env *env, struct env_body *ret, struct err *err)
{
	(void)err;
	instance_body(&env->own, ret);
	body_add_image(ret, env->arm->image.bytes);
	return 0;
}

static int container_cpu(struct env *env, double *ret_s, struct err *err)
{
	return instance_cpu(&env->own, ret_s, err);
}

static int container_footprint(struct env *env, struct footprint *ret, struct err *err)
{
	(void)err;
	instance_footprint(&env->own, ret);
	return 0;
}

const struct env_ops env_container = {
	.name = "container",
	.what = "a minimal container: own launcher, all namespaces, read-only root, limits, no capabilities, seccomp",
	.options = container_optdefs,
	.check = container_check,
	.own_files = true,
	.open = container_open,
	.suits = container_suits,
	.start = container_start,
	.exec = container_exec,
	.body = container_body,
	.cpu = container_cpu,
	.footprint = container_footprint,
	.stop = container_stop,
	.close = container_close,
};

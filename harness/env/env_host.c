/* SPDX-License-Identifier: GPL-3.0-or-later */
/* env_host.c - the bare host: a plain process in the envelope that every arm gets, and nothing else. */
#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "env/approot.h"
#include "env/drivers.h"
#include "env/instance.h"
#include "env/nursery.h"
#include "env/peer.h"

#include <errno.h>


struct env_arm {
	const struct env_ctx *ctx;
	char *name, *path;
	struct cgroup_tree *tree;       /* NULL: cgroup = off */
	struct ns_child plan;
	struct approot app;             /* zeroed: there is none */
	struct peer *peer;              /* of the network workloads; NULL until one wants it */
	unsigned serial;
};

struct env {
	struct env_arm *arm;
	struct instance own;
	struct ns_report *report;
	struct strv vars;
};

static const struct optdef options[] = {
	{ "cgroup", "on", "on off", "hold it in the limits of the envelope; off: CPU affinity only" },
	{ 0 },
};

static void host_close(struct env_arm *arm)
{
	if (!arm)
		return;
	peer_stop(arm->peer);
	approot_free(&arm->app);
	cgroup_tree_close(arm->tree);
	free(arm->path);
	free(arm->name);
	free(arm);
}

static int prepare(struct env_arm *arm, const struct kvs *opts, struct env_facts *facts, struct err *err)
{
	cleanup_free char *isoload = xasprintf("%s/isoload", arm->ctx->load_dir);
	if (!fs_is_executable(isoload))
		return err_setf(err, -ENOENT, "there is no program %s: run make", isoload);
	int r = child_cpus(arm->ctx->envelope.cpu_list, &arm->plan.cpus, err);
	if (r < 0)
		return r;
	bool limits;
	r = parse_bool(kvs_get(opts, "cgroup"), &limits);
	if (r == 0 && limits)
		r = cgroup_tree_open(&arm->tree, err);
	if (r < 0)
		return r;
	kvs_set(&facts->facts, "cgroup", arm->tree ? cgroup_tree_mode(arm->tree) : "off", 0);
	if (arm->tree)
		cgroup_tree_warn(arm->tree, true, &facts->warnings);
	return 0;
}

static int host_open(const struct env_ctx *ctx, const char *arm_name, const struct kvs *opts, struct env_facts *ret_facts,
                     struct env_arm **ret, struct err *err)
{
	struct env_arm *arm = xcalloc(1, sizeof(*arm));
	arm->ctx = ctx;
	arm->name = xstrdup(arm_name);
	arm->path = xasprintf("%s:" HOST_PATH, ctx->load_dir);
	ret_facts->label = xstrdup(arm_name);
	approot_find(ctx->cache, &arm->app);
	int r = prepare(arm, opts, ret_facts, err);
	if (r < 0)
		host_close(arm);
	else
		*ret = arm;
	return r;
}

static int host_suits(const struct env_arm *arm, const struct workload *w, const struct kvs *params, struct err *err)
{
	(void)params;
	return approot_suits(&arm->app, w, err);
}

static void host_stop(struct env *env)
{
	if (!env)
		return;
	struct phases *phases = env->own.phases;
	instance_stop(&env->own);
	if (phases)
		phases_mark(phases, "destroyed", clk_now());
	ns_report_free(env->report);
	strv_free(&env->vars);
	free(env);
}

static int host_start(struct env_arm *arm, const struct env_spec *spec, struct env **ret, struct err *err)
{
	struct env *env = xcalloc(1, sizeof(*env));
	env->arm = arm;
	env->report = ns_report_new();
	int r = approot_need(&arm->app, spec->root, err);
	if (r == 0)
		r = peer_provide(&arm->peer, arm->ctx, NULL, spec, &env->vars, err);
	if (r == 0)
		r = instance_start(arm->ctx, arm->name, &arm->serial, arm->tree, spec, &env->own, err);
	if (r < 0) {
		ns_report_free(env->report);
		strv_free(&env->vars);
		free(env);
		return r;
	}
	instance_vars(&env->vars, arm->path, "/", env->own.scratch);
	if (spec->root)
		strv_addf(&env->vars, APPROOT_VARIABLE "=%s", arm->app.dir);
	*ret = env;
	return 0;
}

static int host_exec(struct env *env, struct env_call *call, struct err *err)
{
	struct env_arm *arm = env->arm;
	struct child_place place = {
		.plan = &arm->plan, .report = env->report, .cgroup = env->own.cgroup, .path = arm->path,
		.envp = env->vars.v, .stdin_fd = arm->ctx->stdin_fd, .phases = instance_phases(&env->own), .pid = &env->own.pid,
	};
	int r = nursery_run(&place, -1, call, err);
	/* What it left running would run beside the next command. */
	int k = env->own.cgroup ? cgroup_kill(env->own.cgroup, r < 0 ? NULL : err) : 0;
	return r < 0 ? r : k;
}

static int host_body(struct env *env, struct env_body *ret, struct err *err)
{
	(void)err;
	instance_body(&env->own, ret);
	body_add_image(ret, 0);
	return 0;
}

static int host_cpu(struct env *env, double *ret_s, struct err *err)
{
	return instance_cpu(&env->own, ret_s, err);
}

static int host_footprint(struct env *env, struct footprint *ret, struct err *err)
{
	(void)err;
	instance_footprint(&env->own, ret);
	return 0;
}

const struct env_ops env_host = {
	.name = "host",
	.what = "a plain process on this host, in the same CPU, memory and task limits as the others",
	.options = options,
	.own_files = true,
	.open = host_open,
	.suits = host_suits,
	.start = host_start,
	.exec = host_exec,
	.body = host_body,
	.cpu = host_cpu,
	.footprint = host_footprint,
	.stop = host_stop,
	.close = host_close,
};

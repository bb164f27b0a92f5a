/* SPDX-License-Identifier: GPL-3.0-or-later */
/* env_container.c - a minimal container by our own launcher: all namespaces, a read-only root, limits, no capabilities,
 * a system-call filter. What launches share is made in open(); start() makes the cgroup and the plan, exec() clones. */
#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "env/caps.h"
#include "env/child.h"
#include "env/drivers.h"
#include "env/instance.h"
#include "env/rootfs.h"
#include "env/seccomp.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define HOSTNAME "isocost"
#define TRIAL_DEADLINE (10 * CLK_S)

struct env_arm {
	const struct env_ctx *ctx;
	char *name, *root;
	struct cgroup_tree *tree;       /* NULL: cgroup = off */
	struct seccomp_filter filter;
	struct caps caps;
	char *uid_map, *gid_map;
	struct ns_child plan;           /* all but the mounts, which differ in scratch and cgroup directories */
	struct ns_report *report;
	unsigned serial;
};

struct env {
	struct env_arm *arm;
	struct instance own;
	struct rootfs_plan mounts;
	struct ns_child plan;
	struct strv vars;
};

static const struct optdef options[] = {
	{ "userns", "auto", "auto on off", "a user namespace; auto: only when not started as root" },
	{ "network", "loopback", "loopback none host", "own network with lo up, own without, or the host's" },
	{ "caps", "none", "none docker", "capabilities that are kept" },
	{ "seccomp", "on", "on off log", "system-call filter; log: allow and log what it would refuse" },
	{ "cgroup", "on", "on off", "hold it in the limits of the envelope; off: CPU affinity only" },
	{ 0 },
};

static bool is(const struct kvs *opts, const char *name, const char *val)
{
	return strcmp(kvs_get(opts, name), val) == 0;
}

static void plan_user(struct env_arm *arm, const struct kvs *opts, struct env_facts *facts)
{
	bool privileged = geteuid() == 0 && caps_have(CAP_SYS_ADMIN);
	bool userns = is(opts, "userns", "on") || (is(opts, "userns", "auto") && !privileged);
	if (userns) {
		arm->plan.namespaces |= CLONE_NEWUSER;
		arm->uid_map = xasprintf("0 %u 1\n", (unsigned)geteuid());
		arm->gid_map = xasprintf("0 %u 1\n", (unsigned)getegid());
		arm->plan.uid_map = arm->uid_map;
		arm->plan.gid_map = arm->gid_map;
	}
	kvs_set(&facts->facts, "userns", userns ? "on" : "off", 0);
}

static int plan_filter(struct env_arm *arm, const struct kvs *opts, struct env_facts *facts, struct err *err)
{
	kvs_set(&facts->facts, "seccomp", kvs_get(opts, "seccomp"), 0);
	if (is(opts, "seccomp", "off"))
		return 0;
	int r = seccomp_filter_build(is(opts, "seccomp", "log"), &arm->filter, err);
	if (r < 0)
		return r;
	arm->plan.filter = &arm->filter.program;
	kvs_setf(&facts->facts, "seccomp_instructions", "%u", arm->filter.program.len);
	instance_keep(arm->ctx, "container", arm->name, "seccomp.txt", arm->filter.text);
	return 0;
}

static int plan_limits(struct env_arm *arm, const struct kvs *opts, struct env_facts *facts, struct err *err)
{
	int r = child_cpus(arm->ctx->envelope.cpu_list, &arm->plan.cpus, err);
	if (r == 0 && is(opts, "cgroup", "on"))
		r = cgroup_tree_open(&arm->tree, err);
	if (r < 0)
		return r;
	kvs_set(&facts->facts, "cgroup", arm->tree ? cgroup_tree_mode(arm->tree) : "off", 0);
	if (arm->tree)
		cgroup_tree_warn(arm->tree, true, &facts->warnings);
	return 0;
}

static int prepare(struct env_arm *arm, const struct kvs *opts, struct env_facts *facts, struct err *err)
{
	arm->plan.namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	if (!is(opts, "network", "host"))
		arm->plan.namespaces |= CLONE_NEWNET;
	arm->plan.loopback = is(opts, "network", "loopback");
	arm->plan.hostname = HOSTNAME;
	arm->plan.root = arm->root;
	arm->plan.no_new_privs = true;
	arm->plan.caps = &arm->caps;
	plan_user(arm, opts, facts);
	arm->plan.drop_groups = !arm->uid_map;
	int r = caps_named(kvs_get(opts, "caps"), &arm->caps, err);
	if (r == 0)
		r = plan_limits(arm, opts, facts, err);
	if (r == 0)
		r = plan_filter(arm, opts, facts, err);
	if (r == 0)
		r = rootfs_make(arm->root, arm->ctx->load_dir, HOSTNAME, err);
	return r;
}

static void container_close(struct env_arm *arm)
{
	if (!arm)
		return;
	cleanup_free char *points = xasprintf("%s.cgroup", arm->root);
	int r = fs_rmtree(arm->root);
	if (r == 0)
		r = fs_rmtree(points);
	if (r < 0)
		log_warnf("can't remove %s: %s", arm->root, strerror(-r));
	cgroup_tree_close(arm->tree);
	seccomp_filter_free(&arm->filter);
	ns_report_free(arm->report);
	free(arm->uid_map);
	free(arm->gid_map);
	free(arm->root);
	free(arm->name);
	free(arm);
}

static void container_stop(struct env *env)
{
	if (!env)
		return;
	struct phases *phases = env->own.phases;
	instance_stop(&env->own);
	if (phases)
		phases_mark(phases, "destroyed", clk_now());
	rootfs_plan_free(&env->mounts);
	strv_free(&env->vars);
	free(env);
}

static void plan_mounts(struct env *env, bool terminal)
{
	struct rootfs_request q = { .root = env->arm->root, .scratch = env->own.scratch, .terminal = terminal };
	if (env->own.cgroup)
		q.memory_dir = cgroup_memory_dir(env->own.cgroup, &q.memory_v2);
	rootfs_plan_free(&env->mounts);
	rootfs_plan(&q, &env->mounts);
	env->plan = env->arm->plan;
	env->plan.mounts = env->mounts.v;
	env->plan.n_mounts = env->mounts.n;
}

static int start_in(struct env_arm *arm, const struct cgroup_tree *tree, const struct env_spec *spec, struct env **ret,
                    struct err *err)
{
	struct env *env = xcalloc(1, sizeof(*env));
	env->arm = arm;
	int r = instance_start(arm->ctx, arm->name, &arm->serial, tree, spec, &env->own, err);
	if (r < 0) {
		free(env);
		return r;
	}
	plan_mounts(env, false);
	instance_vars(&env->vars, ROOTFS_PATH, "/root", env->own.scratch ? ROOTFS_SCRATCH : NULL);
	*ret = env;
	return 0;
}

static int container_start(struct env_arm *arm, const struct env_spec *spec, struct env **ret, struct err *err)
{
	return start_in(arm, arm->tree, spec, ret, err);
}

static int container_exec(struct env *env, struct env_call *call, struct err *err)
{
	struct env_arm *arm = env->arm;
	if (!call->output)
		plan_mounts(env, true);
	struct child_place place = {
		.plan = &env->plan, .report = arm->report, .cgroup = env->own.cgroup, .path = ROOTFS_PATH,
		.envp = env->vars.v, .stdin_fd = arm->ctx->stdin_fd, .phases = instance_phases(&env->own),
	};
	int r = child_run(&place, call, err);
	if (r < 0 && r != -ETIMEDOUT && r != -EINTR)
		err_wrapf(err, "starting the container");
	return r;
}

/* ---- the trial: can it run here? ---- */

static void collect(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	(void)fd, (void)t_ns;
	str_add(arg, buf, len);
}

static void plan_text(const struct env *env, struct str *b)
{
	static const struct {
		uint64_t flag;
		const char *name;
	} names[] = {
		{ CLONE_NEWUSER, "user" }, { CLONE_NEWNS, "mount" }, { CLONE_NEWPID, "pid" },       { CLONE_NEWNET, "net" },
		{ CLONE_NEWIPC, "ipc" },   { CLONE_NEWUTS, "uts" },  { CLONE_NEWCGROUP, "cgroup" },
	};
	const struct env_arm *arm = env->arm;
	str_addf(b, "namespaces:");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (arm->plan.namespaces & names[i].flag)
			str_addf(b, " %s", names[i].name);
	if (arm->uid_map)
		str_addf(b, "\nuid_map: %sgid_map: %s", arm->uid_map, arm->gid_map);
	else
		str_addf(b, "\n");
	const struct envelope *e = &arm->ctx->envelope;
	cleanup_free char *caps = caps_text(&arm->caps);
	cleanup_free char *mounts = rootfs_plan_text(&env->mounts);
	str_addf(b, "hostname: " HOSTNAME "\nloopback: %s\ncgroup: %s; cpus %s, memory %" PRIu64 ", tasks %u\n%spivot_root %s\n"
	         "capabilities: %s\nno_new_privs: on\nseccomp: %u instructions\nenvironment:\n", arm->plan.loopback ? "up" : "untouched",
	         arm->tree ? cgroup_tree_mode(arm->tree) : "off", e->cpu_list, e->memory, e->pids, mounts, arm->root, caps,
	         arm->filter.program.len);
	for (size_t i = 0; i < env->vars.n; i++)
		str_addf(b, "  %s\n", env->vars.v[i]);
}

/* What the plan is for a launch with a scratch directory, and what of it this kernel did not permit. */
static void note_trial(const struct env *env, struct env_facts *facts)
{
	cleanup(str_free) struct str b = { 0 };
	plan_text(env, &b);
	for (size_t i = 0; i < env->mounts.n && i < 64; i++)
		if (env->arm->report->skipped >> i & 1)
			str_addf(&b, "not permitted here: %s\n", env->mounts.v[i].target);
	instance_keep(env->arm->ctx, "container", env->arm->name, "plan.txt", b.s);
	kvs_setf(&facts->facts, "mounts", "%zu", env->mounts.n);
}

static const char *hint(const struct env_arm *arm)
{
	if (arm->plan.namespaces & CLONE_NEWUSER)
		return "user namespaces may be switched off for ordinary users: look at the sysctls user.max_user_namespaces, "
		       "kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns, or run as root";
	return "a container can't be started in this place even as root; inside another container that one needs CAP_SYS_ADMIN "
	       "and an unmasked /proc, or try userns = on";
}

static int trial(struct env_arm *arm, struct env_facts *facts, struct err *err)
{
	struct env_spec spec = { .scratch = true };
	struct env *env;
	int r = start_in(arm, arm->tree, &spec, &env, err);
	if (r < 0)
		return r;
	cleanup(str_free) struct str said = { 0 };
	struct env_call call = {
		.argv = (char *[]){ (char *)"true", NULL }, .deadline_ns = clk_now() + TRIAL_DEADLINE,
		.output = collect, .arg = &said,
	};
	r = container_exec(env, &call, err);
	if (r == 0 && call.status != 0)
		r = err_setf(err, -ENOTSUP, "a trial command ended with status %d in the container: %s", call.status,
		             str_trim(said.s ? said.s : (char[]){ "" }));
	else if (r < 0 && r != -EINTR)
		err_addf(err, " (%s)", hint(arm));
	note_trial(env, facts);
	container_stop(env);
	if (r == 0 || r == -EINTR)
		return r;
	if (err)
		err->code = -ENOTSUP;
	return -ENOTSUP;
}

static int container_open(const struct env_ctx *ctx, const char *arm_name, const struct kvs *opts,
                          struct env_facts *ret_facts, struct env_arm **ret, struct err *err)
{
	struct env_arm *arm = xcalloc(1, sizeof(*arm));
	cleanup_free char *file = instance_file_name(arm_name);
	arm->ctx = ctx;
	arm->name = xstrdup(arm_name);
	arm->root = xasprintf("%s/%s.root", ctx->work, file);
	arm->report = ns_report_new();
	ret_facts->label = xstrdup(arm_name);
	int r = prepare(arm, opts, ret_facts, err);
	if (r == 0)
		r = trial(arm, ret_facts, err);
	if (r < 0)
		container_close(arm);
	else
		*ret = arm;
	return r;
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
	.options = options,
	.open = container_open,
	.start = container_start,
	.exec = container_exec,
	.footprint = container_footprint,
	.stop = container_stop,
	.close = container_close,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* env_container.c - a minimal container by our own launcher: all namespaces, a read-only root, limits, no capabilities,
 * a system-call filter; each of them an option. What launches share is made in open(); start() makes the cgroup and the plan, exec()
 * clones. */
#include "base/cleanup.h"
#include "base/clk.h"
#include "env/caps.h"
#include "env/child.h"
#include "env/containeropts.h"
#include "env/drivers.h"
#include "env/instance.h"
#include "env/nursery.h"
#include "env/rootfs.h"
#include "env/rootplan.h"
#include "env/seccomp.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define HOSTNAME "isocost"
#define HOST_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define TRIAL_DEADLINE (10 * CLK_S)

struct env_arm {
	const struct env_ctx *ctx;
	char *name, *path;              /* path: where commands are looked up */
	struct container_opts opts;
	struct rootimage image;         /* zeroed: the host's root */
	struct cgroup_tree *tree;       /* NULL: cgroup = off */
	struct seccomp_filter filter;
	struct caps caps;
	char *uid_map, *gid_map;
	struct ns_child plan;           /* all but the mounts, which differ in scratch and cgroup directories */
	unsigned serial;
};

struct env {
	struct env_arm *arm;
	struct instance own;
	struct root_plan mounts;
	struct ns_child plan;
	struct ns_report *report;
	struct strv vars;
};

static bool has_root(const struct env_arm *arm)
{
	return arm->opts.root != ROOT_HOST;
}

static void plan_user(struct env_arm *arm, struct env_facts *facts)
{
	bool userns = arm->opts.namespaces & CLONE_NEWUSER;
	if (userns) {
		arm->uid_map = xasprintf("0 %u 1\n", (unsigned)geteuid());
		arm->gid_map = xasprintf("0 %u 1\n", (unsigned)getegid());
		arm->plan.uid_map = arm->uid_map;
		arm->plan.gid_map = arm->gid_map;
	}
	arm->plan.drop_groups = has_root(arm) && !userns;
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
	arm->path = has_root(arm) ? xstrdup(ROOTFS_PATH) : xasprintf("%s:" HOST_PATH, ctx->load_dir);
	if (!has_root(arm))
		return 0;
	int r = rootimage_make(ctx->work, file, ctx->load_dir, HOSTNAME, o->root, o->layers, o->writable, !o->host_dev, &arm->image, err);
	if (r < 0)
		return r;
	arm->plan.root = arm->image.point;
	arm->plan.enter = o->enter;
	arm->plan.mounts_dir = arm->image.work;
	return 0;
}

static int prepare(struct env_arm *arm, struct env_facts *facts, struct err *err)
{
	const struct container_opts *o = &arm->opts;
	arm->plan.namespaces = o->namespaces;
	arm->plan.loopback = o->network == NETWORK_LOOPBACK;
	arm->plan.hostname = o->namespaces & CLONE_NEWUTS ? HOSTNAME : NULL;
	arm->plan.no_new_privs = o->no_new_privs;
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
	return r;
}

static void container_close(struct env_arm *arm)
{
	if (!arm)
		return;
	rootimage_remove(&arm->image);
	cgroup_tree_close(arm->tree);
	seccomp_filter_free(&arm->filter);
	free(arm->uid_map);
	free(arm->gid_map);
	free(arm->path);
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
	root_plan_free(&env->mounts);
	ns_report_free(env->report);
	strv_free(&env->vars);
	free(env);
}

/* For the next command: prepared trees are cloned for one at a time. */
static int plan_mounts(struct env *env, bool terminal, struct err *err)
{
	const struct env_arm *arm = env->arm;
	struct root_request q = {
		.image = has_root(arm) ? &arm->image : NULL, .scratch = env->own.scratch, .terminal = terminal,
		.proc = has_root(arm) || (arm->opts.namespaces & CLONE_NEWPID), .masks = arm->opts.masks, .host_dev = arm->opts.host_dev,
		.userxattr = arm->opts.namespaces & CLONE_NEWUSER,
	};
	if (env->own.cgroup)
		q.memory_dir = cgroup_memory_dir(env->own.cgroup, &q.memory_v2);
	root_plan_free(&env->mounts);
	env->plan = arm->plan;
	int r = arm->opts.namespaces & CLONE_NEWNS ? root_plan_make(&q, &env->mounts, err) : 0;
	env->plan.mounts = env->mounts.v;
	env->plan.n_mounts = env->mounts.n;
	return r;
}

/* What the command finds in its environment. */
static void plan_vars(struct env *env)
{
	const struct env_arm *arm = env->arm;
	const char *scratch = !env->own.scratch ? NULL : has_root(arm) ? ROOTFS_SCRATCH : env->own.scratch;
	for (char **e = environ; arm->opts.inherit && *e; e++)
		strv_add(&env->vars, *e);
	instance_vars(&env->vars, arm->path, has_root(arm) ? "/root" : "/", scratch);
}

static int container_start(struct env_arm *arm, const struct env_spec *spec, struct env **ret, struct err *err)
{
	struct env *env = xcalloc(1, sizeof(*env));
	env->arm = arm;
	env->report = ns_report_new();
	int r = instance_start(arm->ctx, arm->name, &arm->serial, arm->tree, spec, &env->own, err);
	if (r < 0) {
		ns_report_free(env->report);
		free(env);
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
}

/* One command: its mounts, its clone, its end. */
static int run_planned(struct env *env, struct env_call *call, struct phases *phases, bool born_inside, struct err *err)
{
	const struct env_arm *arm = env->arm;
	int r = plan_mounts(env, !call->output, err);
	if (r < 0)
		return r;
	struct child_place place = {
		.plan = &env->plan, .report = env->report, .cgroup = env->own.cgroup, .born_inside = born_inside, .path = arm->path,
		.envp = env->vars.v, .stdin_fd = arm->ctx->stdin_fd, .phases = phases,
		.spawned = let_go, .arg = env,
	};
	if (phases)
		phases_mark(phases, "prepare", clk_now());
	return child_run(&place, call, err);
}

/* The same from a thread that stands in the cgroup, which is then no part of starting. */
struct birth {
	struct env *env;
	struct env_call *call;
	struct phases *phases;
};

static int run_inside(void *arg, struct err *err)
{
	const struct birth *b = arg;
	int r = cgroup_enter(b->env->own.cgroup, err);
	if (r < 0)
		return r;
	if (b->phases) {
		b->phases->n = 0;
		b->phases->start_ns = clk_now();
	}
	return run_planned(b->env, b->call, b->phases, true, err);
}

static int container_exec(struct env *env, struct env_call *call, struct err *err)
{
	struct phases *phases = instance_phases(&env->own);
	struct birth birth = { env, call, phases };
	bool before = env->own.cgroup && env->arm->opts.cgroup == CGROUP_BEFORE;
	int r = before ? nursery_do(NULL, run_inside, &birth, err) : run_planned(env, call, phases, false, err);
	if (r < 0 && r != -ETIMEDOUT && r != -EINTR && r != -ECANCELED)
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
	const struct env_arm *arm = env->arm;
	const struct envelope *e = &arm->ctx->envelope;
	cleanup_free char *namespaces = container_namespaces_text(arm->plan.namespaces);
	cleanup_free char *caps = arm->plan.caps ? caps_text(&arm->caps) : xstrdup("all that the harness has");
	cleanup_free char *mounts = root_plan_text(&env->mounts);
	str_addf(b, "namespaces: %s\n", namespaces);
	if (arm->uid_map)
		str_addf(b, "uid_map: %sgid_map: %s", arm->uid_map, arm->gid_map);
	str_addf(b, "hostname: %s\nloopback: %s\ncgroup: %s; cpus %s, memory %" PRIu64 ", tasks %u\n%s",
	         arm->plan.hostname ? arm->plan.hostname : "the host's", arm->plan.loopback ? "up" : "untouched",
	         arm->tree ? cgroup_tree_mode(arm->tree) : "off", e->cpu_list, e->memory, e->pids, mounts);
	if (arm->plan.root)
		str_addf(b, "%s %s\n", arm->plan.enter == NS_CHROOT ? "chroot" : "pivot_root", arm->plan.root);
	str_addf(b, "capabilities: %s\nno_new_privs: %s\nseccomp: %u instructions\nenvironment:\n", caps,
	         arm->plan.no_new_privs ? "on" : "off", arm->filter.program.len);
	for (size_t i = 0; i < env->vars.n; i++)
		str_addf(b, "  %s\n", env->vars.v[i]);
}

/* What the plan is for a launch with a scratch directory, and what of it this kernel did not permit. */
static void note_trial(const struct env *env, struct env_facts *facts)
{
	cleanup(str_free) struct str b = { 0 };
	plan_text(env, &b);
	for (size_t i = 0; i < env->mounts.n && i < 64; i++)
		if (env->report->skipped >> i & 1)
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
	int r = container_start(arm, &spec, &env, err);
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

static bool privileged(void)
{
	return geteuid() == 0 && caps_have(CAP_SYS_ADMIN);
}

static int container_check(const struct kvs *opts, struct err *err)
{
	struct container_opts o;
	return container_opts_parse(opts, privileged(), &o, err);
}

static int container_open(const struct env_ctx *ctx, const char *arm_name, const struct kvs *opts,
                          struct env_facts *ret_facts, struct env_arm **ret, struct err *err)
{
	struct env_arm *arm = xcalloc(1, sizeof(*arm));
	arm->ctx = ctx;
	arm->name = xstrdup(arm_name);
	ret_facts->label = xstrdup(arm_name);
	int r = container_opts_parse(opts, privileged(), &arm->opts, err);
	if (r == 0)
		r = prepare(arm, ret_facts, err);
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
	.options = container_optdefs,
	.check = container_check,
	.own_files = true,
	.open = container_open,
	.start = container_start,
	.exec = container_exec,
	.footprint = container_footprint,
	.stop = container_stop,
	.close = container_close,
};

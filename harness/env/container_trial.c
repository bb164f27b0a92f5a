/* SPDX-License-Identifier: GPL-3.0-or-later */
/* container_trial.c - run a trial command in a container arm, and write down what it was made of. */
#include "env/container_priv.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "env/rootfs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define TRIAL_DEADLINE (10 * CLK_S)

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
	if (!fs_is_mount("/"))
		return "nothing is mounted on / here, as after a chroot: make the directory a mount first, by mount --bind DIR DIR, and chroot then";
	if (arm->plan.namespaces & CLONE_NEWUSER)
		return "user namespaces may be switched off for ordinary users: look at the sysctls user.max_user_namespaces, "
		       "kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns, or run as root";
	return "a container can't be started in this place even as root; inside another container that one needs CAP_SYS_ADMIN "
	       "and an unmasked /proc, or try userns = on";
}

int container_trial(struct env_arm *arm, struct env_facts *facts, struct err *err)
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

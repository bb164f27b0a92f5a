/* SPDX-License-Identifier: GPL-3.0-or-later */
/* env_command.c - a sandbox that a command line makes: any engine as an arm, without code. The engine is started in the
 * envelope as a process of the host driver is, and from its start on everything is its own cost. */
#include "env/command.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "env/approot.h"
#include "env/drivers.h"
#include "env/nursery.h"
#include "env/peer.h"
#include "env/strays.h"
#include "env/tty.h"

#include <errno.h>
#include <string.h>

#define TRIAL_DEADLINE (60 * CLK_S)
#define AFTER_S 30

struct env {
	struct env_arm *arm;
	struct instance own;
	char *id;                       /* of the launch; the second command gets ".1" behind it, and so on */
	unsigned commands;
	struct ns_report *report;
	struct strv vars;
};

static void command_stop(struct env *env)
{
	if (!env)
		return;
	struct phases *phases = env->own.phases;
	struct err err = { 0 };
	/* What the engine put below the launch's control groups would keep them. */
	if (strays_remove(env->id, &err) < 0)
		log_warnf("arm %s: %s", env->arm->name, err.msg);
	instance_stop(&env->own);
	if (phases)
		phases_mark(phases, "destroyed", clk_now());
	ns_report_free(env->report);
	strv_free(&env->vars);
	free(env->id);
	free(env);
}

/* Where the command finds its scratch directory; NULL when the sandbox shows it none. */
static const char *scratch_inside(const struct env *env)
{
	const struct env_arm *arm = env->arm;
	if (!env->own.scratch || !arm->has_root)
		return env->own.scratch;
	return arm->has_bundle || template_uses(&arm->line[LINE_RUN], "scratch") ? COMMAND_SCRATCH : NULL;
}

#define NO_PEER "a command line says nothing of networks; take peer=inside"
#define NO_ROOT "a command line says nothing of where it would be"

static int command_suits(const struct env_arm *arm, const struct workload *w, const struct kvs *params, struct err *err)
{
	(void)arm;
	int r = approot_unfit(w, NO_ROOT, err);
	return r < 0 ? r : peer_unfit(w, params, NO_PEER, err);
}

static int command_start(struct env_arm *arm, const struct env_spec *spec, struct env **ret, struct err *err)
{
	struct env *env = xcalloc(1, sizeof(*env));
	cleanup_free char *file = instance_file_name(arm->name);
	env->arm = arm;
	env->id = xasprintf("%s.%s-%u", arm->ctx->id, file, arm->serial);
	env->report = ns_report_new();
	int r = spec->root ? err_setf(err, -ENOTSUP, NO_ROOT) : peer_refuse(spec, NO_PEER, err);
	if (r == 0)
		r = instance_start(arm->ctx, arm->name, &arm->serial, arm->tree, spec, &env->own, err);
	if (r < 0) {
		ns_report_free(env->report);
		free(env->id);
		free(env);
		return r;
	}
	instance_vars(&env->vars, arm->path, arm->has_root ? "/root" : "/", scratch_inside(env));
	*ret = env;
	return 0;
}

static void describe(const struct env *env, const struct env_call *call, struct command_launch *ret)
{
	const struct env_arm *arm = env->arm;
	ret->argv = call->argv;
	ret->scratch = env->own.scratch;
	ret->interactive = !call->output;
	ret->terminal = !call->output && tty_interactive(arm->ctx->stdin_fd, STDOUT_FILENO);
	ret->memory_dir = env->own.cgroup ? cgroup_memory_dir(env->own.cgroup, &ret->memory_v2) : NULL;
}

/* What a user has to write beforehand, as the image of a podman container is made before it: no part of the start. */
static int make_bundle(const struct env *env, const struct command_launch *l, struct err *err)
{
	const struct env_arm *arm = env->arm;
	cleanup_free char *point = xasprintf("%s.cgroup", arm->root);
	const struct bundle_request q = {
		.rootfs = arm->root, .hostname = "isocost", .path = COMMAND_PATH, .id = l->id, .argv = l->argv, .scratch = l->scratch,
		.scratch_at = COMMAND_SCRATCH, .memory_dir = l->memory_dir, .memory_point = point, .memory_v2 = l->memory_v2,
		.caps = &arm->caps, .limits = env->own.cgroup && l->memory_dir ? &arm->ctx->envelope : NULL, .terminal = l->terminal,
	};
	return bundle_write(l->bundle, &q, err);
}

static int run_launch(struct env *env, const struct command_launch *l, struct env_call *call, struct err *err)
{
	struct env_arm *arm = env->arm;
	cleanup(strv_free) struct strv argv = { 0 };
	command_expand(arm, LINE_RUN, 0, l, &argv);
	struct phases *phases = instance_phases(&env->own);
	struct child_place place = {
		.plan = &arm->plan, .report = env->report, .cgroup = env->own.cgroup, .path = ENGINE_PATH, .envp = env->vars.v,
		.stdin_fd = arm->ctx->stdin_fd, .phases = phases, .pid = &env->own.pid,
	};
	struct env_call engine = *call;
	engine.argv = argv.v;
	int r = nursery_run(&place, arm->place.view, &engine, err);
	call->status = engine.status;
	struct err why = { 0 };
	if (command_run(arm, LINE_AFTER, l, AFTER_S, false, NULL, &why) < 0)
		log_warnf("arm %s: after: %s", arm->name, why.msg);
	if (phases && command_has(arm, LINE_AFTER))
		phases_mark(phases, "after", clk_now());
	return r;
}

static int command_exec(struct env *env, struct env_call *call, struct err *err)
{
	struct env_arm *arm = env->arm;
	cleanup_free char *id = env->commands ? xasprintf("%s.%u", env->id, env->commands) : xstrdup(env->id);
	cleanup_free char *bundle = xasprintf("%s/%s", arm->work, id);
	struct command_launch l = { .id = id, .bundle = bundle };
	env->commands++;
	describe(env, call, &l);
	int r = arm->has_bundle ? make_bundle(env, &l, err) : 0;
	if (r == 0)
		r = run_launch(env, &l, call, err);
	int k = arm->has_bundle ? fs_rmtree(bundle) : 0;
	if (k < 0)
		log_warnf("can't remove %s: %s", bundle, strerror(-k));
	/* What it left running would run beside the next command. */
	k = env->own.cgroup ? cgroup_kill(env->own.cgroup, r < 0 ? NULL : err) : 0;
	return r < 0 ? r : k;
}

static void collect(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	(void)fd, (void)t_ns;
	str_add(arg, buf, len);
}

/* For a person who looks at a figure later: the line, and the bundle, as a launch gets them. */
static void keep_explanation(const struct env *env, const struct env_call *call, struct env_facts *facts)
{
	const struct env_arm *arm = env->arm;
	struct command_launch l = { .id = env->id, .bundle = "" };
	cleanup_free char *bundle = xasprintf("%s/%s", arm->work, env->id), *file = xasprintf("%s/config.json", bundle);
	l.bundle = bundle;
	describe(env, call, &l);
	cleanup(strv_free) struct strv argv = { 0 };
	command_expand(arm, LINE_RUN, 0, &l, &argv);
	cleanup_free char *line = template_show(&argv), *text = NULL, *kept = xasprintf("%s\n", line);
	kvs_set(&facts->facts, "engine.command", line, 0);
	instance_keep(arm->ctx, "command", arm->name, "line.txt", kept);
	if (!arm->has_bundle)
		return;
	if (make_bundle(env, &l, NULL) == 0 && fs_read(file, &text, NULL) == 0)
		instance_keep(arm->ctx, "command", arm->name, "config.json", text);
	fs_rmtree(bundle);
}

/* The only proof that an arm can run is to run it. */
static int trial(struct env_arm *arm, struct env_facts *facts, struct err *err)
{
	struct env_spec spec = { .scratch = true };
	struct env *env;
	int r = command_start(arm, &spec, &env, err);
	if (r < 0)
		return r;
	cleanup(str_free) struct str said = { 0 };
	struct env_call call = { .argv = (char *[]){ (char *)"true", NULL }, .deadline_ns = clk_now() + TRIAL_DEADLINE,
	                         .output = collect, .arg = &said };
	keep_explanation(env, &call, facts);
	r = command_exec(env, &call, err);
	if (r == 0 && call.status != 0) {
		const char *text = said.s ? str_trim(said.s) : "";
		size_t len = strlen(text);
		r = err_setf(err, -ENOTSUP, "a trial command ended with status %d in it%s%s", call.status, len ? ": " : "",
		             len > 600 ? text + len - 600 : text);
	}
	command_stop(env);
	return r;
}

static int command_open(const struct env_ctx *ctx, const char *arm_name, const struct kvs *opts, struct env_facts *ret_facts,
                        struct env_arm **ret, struct err *err)
{
	struct env_arm *arm = xcalloc(1, sizeof(*arm));
	arm->ctx = ctx;
	arm->name = xstrdup(arm_name);
	arm->place.view = -1;
	ret_facts->label = xstrdup(arm_name);
	int r = command_prepare(arm, opts, ret_facts, err);
	if (r == 0)
		r = trial(arm, ret_facts, err);
	if (r == 0) {
		*ret = arm;
		return 0;
	}
	command_close(arm);
	if (r == -EINTR)
		return r;
	if (err)
		err->code = -ENOTSUP;
	return -ENOTSUP;
}

static int command_check(const struct kvs *options, struct err *err)
{
	bool service = *kvs_get(options, "service"), socket = *kvs_get(options, "socket");
	return service == socket ? 0 : err_setf(err, -EINVAL, "the options service and socket need each other");
}

#define ELSEWHERE "an engine with a service starts its processes elsewhere: only the client is in the launch's control group"

static int command_body(struct env *env, struct env_body *ret, struct err *err)
{
	if (env->arm->service)
		return err_setf(err, -ENOTSUP, ELSEWHERE);
	instance_body(&env->own, ret);
	/* What its command lines started and what has ended again is the engine's cost too. */
	if (env->own.cgroup && cgroup_cpu_s(env->own.cgroup) > 0)
		ret->counted_cpu_s = cgroup_cpu_s(env->own.cgroup);
	footprint_miss(&ret->known, FOOTPRINT_IMAGE, "where an engine keeps its files is its own affair");
	return 0;
}

/* Engines let processes go that then are nobody's children: where no control group counts, not all of them would be found. */
static int command_cpu(struct env *env, double *ret_s, struct err *err)
{
	if (env->arm->service)
		return err_setf(err, -ENOTSUP, ELSEWHERE);
	double s = env->own.cgroup ? cgroup_cpu_s(env->own.cgroup) : 0;
	if (!(s > 0))
		return err_setf(err, -ENOTSUP, "no control group counts the CPU time of what the engine starts");
	*ret_s = s;
	return 0;
}

static int command_footprint(struct env *env, struct footprint *ret, struct err *err)
{
	(void)err;
	/* Of an engine with a service only the client is in the launch's control group. */
	if (!env->arm->service)
		instance_footprint(&env->own, ret);
	return 0;
}

const struct env_ops env_command = {
	.name = "command",
	.what = "a sandbox that a command line of the suite makes: any engine, without code",
	.options = command_options,
	.own_files = true,
	.check = command_check,
	.open = command_open,
	.suits = command_suits,
	.start = command_start,
	.exec = command_exec,
	.body = command_body,
	.cpu = command_cpu,
	.footprint = command_footprint,
	.stop = command_stop,
	.close = command_close,
};

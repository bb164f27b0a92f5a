/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command_open.c - what the launches of an arm made of command lines share: its root, its service, its preparation. */
#include "env/command.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "env/child.h"
#include "env/nursery.h"
#include "env/rootfs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define HELPER_S 120
#define CLEANUP_S 30

static const struct template_hole *any_hole(void)
{
	static const struct template_hole all[] = {
		{ "cmd", true }, { "scratch", true }, { "limit", true }, { "interactive", true }, { "terminal", true }, { "id", false },
		{ "bundle", false }, { "dir", false }, { "point", false }, { "rootfs", false }, { "work", false }, { "session", false },
		{ "load", false }, { "cpus", false }, { "memory", false }, { "pids", false }, { 0 },
	};
	return all;
}

static int parse_lines(struct env_arm *arm, const struct kvs *opts, struct err *err)
{
	int r = 0;
	for (size_t i = 0; i < LINES && r == 0; i++) {
		const char *name = command_options[i].name, *val = kvs_get(opts, name);
		/* What a placeholder may be where was checked with the option. */
		r = template_parse(val, any_hole(), &arm->line[i], err);
		if (r < 0)
			err_wrapf(err, "%s", name);
		arm->has_root |= template_uses(&arm->line[i], "rootfs");
		arm->has_bundle |= template_uses(&arm->line[i], "bundle");
	}
	arm->has_root |= arm->has_bundle;
	return r;
}

/* The tree of the container driver, and in it what some engines ask for before they take a directory for a system. */
static int make_root(const struct env_arm *arm, struct err *err)
{
	static const char *const more[] = { "usr", "sys/fs/cgroup/memory", "lib", "run", "dev/mqueue", "home", "mnt" };
	int r = rootfs_make(arm->root, arm->ctx->load_dir, ROOTFS_HOSTNAME, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(more) / sizeof(*more) && r == 0; i++) {
		cleanup_free char *path = xasprintf("%s/%s", arm->root, more[i]);
		r = fs_mkdirs(path, 0755);
	}
	static const char *const files[][2] = { { "etc/os-release", "ID=isocost\nNAME=isocost\n" }, { "etc/resolv.conf", "" },
	                                        { "dev/console", "" } };
	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && r == 0; i++) {
		cleanup_free char *path = xasprintf("%s/%s", arm->root, files[i][0]);
		r = fs_write(path, files[i][1], strlen(files[i][1]), 0644);
	}
	return r < 0 ? err_sysf(err, r, "completing the root tree %s", arm->root) : 0;
}

static int plan_limits(struct env_arm *arm, const struct kvs *opts, struct env_facts *facts, struct err *err)
{
	const struct envelope *e = &arm->ctx->envelope;
	arm->cpus = xstrdup(e->cpu_list);
	arm->memory = xasprintf("%" PRIu64, e->memory);
	arm->pids = xasprintf("%u", e->pids);
	int r = child_cpus(e->cpu_list, &arm->plan.cpus, err);
	bool limits = false;
	if (r == 0)
		r = parse_bool(kvs_get(opts, "cgroup"), &limits);
	if (r == 0 && limits)
		r = cgroup_tree_open(&arm->tree, err);
	if (r < 0)
		return r;
	kvs_set(&facts->facts, "cgroup", arm->tree ? cgroup_tree_mode(arm->tree) : "off", 0);
	if (arm->tree)
		cgroup_tree_warn(arm->tree, true, &facts->warnings);
	return caps_named(kvs_get(opts, "caps"), &arm->caps, err);
}

static int start_service(struct env_arm *arm, struct env_facts *facts, struct err *err)
{
	if (!command_has(arm, LINE_SERVICE))
		return 0;
	cleanup(strv_free) struct strv argv = { 0 }, socket = { 0 };
	cleanup_free char *log = xasprintf("%s/service.log", arm->work), *file = instance_file_name(arm->name);
	cleanup_free char *cgroup = xasprintf("%s.%s-service", arm->ctx->id, file);
	command_expand(arm, LINE_SERVICE, 0, NULL, &argv);
	command_expand(arm, LINE_SOCKET, 0, NULL, &socket);
	if (socket.n != 1 || *socket.v[0] != '/')
		return err_setf(err, -EINVAL, "socket: expected one absolute path, such as {work}/x.socket");
	const struct engine_service_spec spec = { .argv = &argv, .socket = socket.v[0], .log = log, .cgroup = cgroup,
	                                          .seconds = HELPER_S };
	strv_addf(&facts->warnings, "what its service %s starts is not born in the envelope: its limits hold as far as the engine "
	          "sets them, and the memory and CPU time that it uses are not counted", argv.v[0]);
	return engine_service_start(&arm->place, &spec, &arm->service, err);
}

static int find_version(struct env_arm *arm, struct env_facts *facts, struct err *err)
{
	cleanup_free char *line = NULL;
	int r = command_run(arm, LINE_VERSION, NULL, HELPER_S, true, &line, err);
	if (line)
		kvs_set(&facts->facts, "engine.version", line, 0);
	return r;
}

static int check_program(const struct env_arm *arm, struct err *err)
{
	cleanup(strv_free) struct strv argv = { 0 };
	const struct command_launch l = { .argv = (char *[]){ NULL } };
	command_expand(arm, LINE_RUN, 0, &l, &argv);
	return argv.n ? engine_find(&arm->place, argv.v[0], err) : err_setf(err, -EINVAL, "run: the command line is empty");
}

static int prepare_in(struct env_arm *arm, struct env_facts *facts, struct err *err)
{
	cleanup_free char *isoload = xasprintf("%s/isoload", arm->ctx->load_dir);
	if (!fs_is_executable(isoload))
		return err_setf(err, -ENOENT, "there is no program %s: run make", isoload);
	int r = check_program(arm, err);
	if (r == 0)
		r = find_version(arm, facts, err);
	if (r == 0)
		r = command_run(arm, LINE_PROBE, NULL, HELPER_S, true, NULL, err);
	if (r == 0 && arm->has_root)
		r = make_root(arm, err);
	if (r < 0)
		return r;
	arm->prepared = true;
	r = start_service(arm, facts, err);
	if (r == 0)
		r = command_run(arm, LINE_PREPARE, NULL, HELPER_S, true, NULL, err);
	return r;
}

static int make_view(struct env_arm *arm, const struct kvs *opts, struct err *err)
{
	cleanup(strv_free) struct strv hidden = { 0 }, private = { 0 };
	strv_split(&hidden, kvs_get(opts, "hide"), " ");
	strv_split(&private, kvs_get(opts, "private"), " ");
	return nursery_view(&hidden, &private, &arm->place.view, err);
}

int command_prepare(struct env_arm *arm, const struct kvs *opts, struct env_facts *facts, struct err *err)
{
	cleanup_free char *file = instance_file_name(arm->name);
	arm->work = xasprintf("%s/%s.arm", arm->ctx->work, file);
	arm->root = xasprintf("%s/%s.root", arm->ctx->work, file);
	arm->package = xstrdup(kvs_get(opts, "package"));
	instance_vars(&arm->vars, ENGINE_PATH, arm->work, NULL);
	int r = parse_lines(arm, opts, err);
	if (r == 0)
		r = plan_limits(arm, opts, facts, err);
	if (r == 0 && (r = fs_mkdirs(arm->work, 0700)) < 0)
		err_sysf(err, r, "can't make %s", arm->work);
	/* A sandbox that hands its environment on finds the programs of its root at once. */
	arm->path = arm->has_root ? xstrdup(COMMAND_PATH ":" ENGINE_PATH) : xasprintf("%s:" ENGINE_PATH, arm->ctx->load_dir);
	arm->place = (struct engine_place){ .dir = arm->work, .envp = arm->vars.v, .view = -1, .package = arm->package };
	if (r == 0)
		r = make_view(arm, opts, err);
	return r < 0 ? r : prepare_in(arm, facts, err);
}

void command_close(struct env_arm *arm)
{
	struct err err = { 0 };
	if (!arm)
		return;
	if (arm->prepared && command_run(arm, LINE_CLEANUP, NULL, CLEANUP_S, false, NULL, &err) < 0)
		log_warnf("arm %s: cleanup: %s", arm->name, err.msg);
	engine_service_stop(arm->service);
	int r = arm->work ? fs_rmtree(arm->work) : 0;
	if (r == 0 && arm->root)
		r = fs_rmtree(arm->root);
	cleanup_free char *points = xasprintf("%s.cgroup", arm->root ? arm->root : "/nonexistent");
	if (r == 0)
		r = fs_rmtree(points);
	if (r < 0)
		log_warnf("arm %s: can't remove its directories: %s", arm->name, strerror(-r));
	for (size_t i = 0; i < LINES; i++)
		template_free(&arm->line[i]);
	cgroup_tree_close(arm->tree);
	fd_closep(&arm->place.view);
	strv_free(&arm->vars);
	char *texts[] = { arm->name, arm->work, arm->root, arm->path, arm->package, arm->cpus, arm->memory, arm->pids };
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		free(texts[i]);
	free(arm);
}

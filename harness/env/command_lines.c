/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command_lines.c - the command lines of an arm: their options, their placeholders, filling these in. */
#include "env/command.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

#define OF_THE_ARM \
	{ "rootfs", false }, { "work", false }, { "session", false }, { "load", false }, { "cpus", false }, { "memory", false }, \
	{ "pids", false }
#define OF_THE_LAUNCH { "id", false }, { "bundle", false }

static const struct template_hole holes_arm[] = { OF_THE_ARM, { 0 } };
static const struct template_hole holes_launch[] = { OF_THE_LAUNCH, OF_THE_ARM, { 0 } };
static const struct template_hole holes_scratch[] = { { "dir", false }, OF_THE_LAUNCH, OF_THE_ARM, { 0 } };
static const struct template_hole holes_limit[] = { { "dir", false }, { "point", false }, OF_THE_LAUNCH, OF_THE_ARM, { 0 } };
static const struct template_hole holes_run[] = {
	{ "cmd", true }, { "scratch", true }, { "limit", true }, { "interactive", true }, { "terminal", true }, OF_THE_LAUNCH,
	OF_THE_ARM, { 0 },
};

static int check(const char *val, const struct template_hole *holes, bool several, struct err *err)
{
	struct template t = { 0 };
	int r = template_parse(val, holes, &t, err);
	if (r == 0 && !several && t.n > 1)
		r = err_setf(err, -EINVAL, "one command is expected here, not several with '&&' between them");
	template_free(&t);
	return r;
}

static int check_run(const char *val, struct err *err)
{
	int r = check(val, holes_run, false, err);
	if (r < 0)
		return r;
	struct template t = { 0 };
	template_parse(val, holes_run, &t, NULL);
	bool there = template_uses(&t, "cmd") || template_uses(&t, "bundle");
	template_free(&t);
	return there ? 0 : err_setf(err, -EINVAL, "expected a command line with {cmd} in it, for the command to be run, or with {bundle}");
}

static int check_arm(const char *val, struct err *err)
{
	return check(val, holes_arm, true, err);
}

static int check_one(const char *val, struct err *err)
{
	return check(val, holes_arm, false, err);
}

static int check_after(const char *val, struct err *err)
{
	return check(val, holes_launch, true, err);
}

static int check_args(const char *val, struct err *err)
{
	return check(val, holes_launch, false, err);
}

static int check_scratch(const char *val, struct err *err)
{
	return check(val, holes_scratch, false, err);
}

static int check_limit(const char *val, struct err *err)
{
	return check(val, holes_limit, false, err);
}

/* The command lines stand first, in the order of enum command_line. */
const struct optdef command_options[] = {
	{ "run", "", NULL, "the command line that runs {cmd} in a fresh sandbox, or a {bundle} that holds it", 0, true, check_run },
	{ "scratch", "", NULL, "arguments that show the directory {dir} as " COMMAND_SCRATCH ": put where run has {scratch} when "
	  "the workload wants one", 0, false, check_scratch },
	{ "limit", "", NULL, "arguments that show the control group {dir} as {point}: put where run has {limit}, so that the "
	  "workload sees its memory limit", 0, false, check_limit },
	{ "interactive", "", NULL, "arguments for a command that reads: put where run has {interactive}", 0, false, check_args },
	{ "terminal", "", NULL, "arguments for a command on a terminal: put where run has {terminal}", 0, false, check_args },
	{ "prepare", "", NULL, "commands, with && between them, to run before the first launch", 0, false, check_arm },
	{ "service", "", NULL, "a daemon that runs as long as the arm, started before prepare", 0, false, check_one },
	{ "socket", "", NULL, "the unix socket that tells that the service is ready", 0, false, check_one },
	{ "probe", "", NULL, "commands that fail when the arm can't run here", 0, false, check_arm },
	{ "version", "", NULL, "a command whose first line tells the version", 0, false, check_one },
	{ "after", "", NULL, "commands to run after each launch, whatever came of it", 0, false, check_after },
	{ "cleanup", "", NULL, "commands to run after the last launch", 0, false, check_arm },
	{ "package", "", NULL, "what to install when the program is missing", 0, false, NULL },
	{ "hide", "", NULL, "mount points that are not there for these commands, with blanks between them", 0, false, NULL },
	{ "private", "", NULL, "directories that are empty and their own for these commands: what an engine keeps there is gone with "
	  "the arm", 0, false, NULL },
	{ "caps", "none", "none docker", "capabilities in the bundle", 0, false, NULL },
	{ "cgroup", "on", "on off", "hold it in the limits of the envelope; off: CPU affinity only", 0, false, NULL },
	{ 0 },
};

#define VALUES_MAX 16

struct values {
	struct template_value v[VALUES_MAX];
	size_t n;
};

static void text(struct values *v, const char *name, const char *val)
{
	v->v[v->n++] = (struct template_value){ .name = name, .text = val ? val : "" };
}

static void list(struct values *v, const char *name, const struct strv *val)
{
	v->v[v->n++] = (struct template_value){ .name = name, .list = val };
}

static void common_values(const struct env_arm *arm, const struct command_launch *l, struct values *v)
{
	text(v, "rootfs", arm->root);
	text(v, "work", arm->work);
	text(v, "session", arm->ctx->id);
	text(v, "load", arm->ctx->load_dir);
	text(v, "cpus", arm->cpus);
	text(v, "memory", arm->memory);
	text(v, "pids", arm->pids);
	text(v, "id", l ? l->id : NULL);
	text(v, "bundle", l ? l->bundle : NULL);
}

/* Arguments that are there on a condition. */
static void expand_args(const struct env_arm *arm, enum command_line line, bool wanted, const char *dir, const char *point,
                        const struct command_launch *l, struct strv *ret)
{
	if (!wanted || !command_has(arm, line))
		return;
	struct values v = { 0 };
	common_values(arm, l, &v);
	text(&v, "dir", dir);
	text(&v, "point", point);
	template_expand(&arm->line[line], 0, v.v, ret);
}

void command_expand(const struct env_arm *arm, enum command_line line, size_t i, const struct command_launch *l,
                    struct strv *ret)
{
	cleanup(strv_free) struct strv scratch = { 0 }, limit = { 0 }, interactive = { 0 }, terminal = { 0 };
	struct values v = { 0 };
	struct strv cmd = { 0 };
	common_values(arm, l, &v);
	if (l && line == LINE_RUN) {
		expand_args(arm, LINE_SCRATCH, l->scratch != NULL, l->scratch, NULL, l, &scratch);
		expand_args(arm, LINE_LIMIT, l->memory_dir != NULL, l->memory_dir,
		            l->memory_v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory", l, &limit);
		expand_args(arm, LINE_INTERACTIVE, l->interactive, NULL, NULL, l, &interactive);
		expand_args(arm, LINE_TERMINAL, l->terminal, NULL, NULL, l, &terminal);
		cmd.v = (char **)l->argv;
		while (l->argv[cmd.n])
			cmd.n++;
	}
	list(&v, "cmd", &cmd);
	list(&v, "scratch", &scratch);
	list(&v, "limit", &limit);
	list(&v, "interactive", &interactive);
	list(&v, "terminal", &terminal);
	template_expand(&arm->line[line], i, v.v, ret);
}

int command_run(const struct env_arm *arm, enum command_line line, const struct command_launch *l, double seconds,
                bool interruptible, char **ret_line, struct err *err)
{
	struct values v = { 0 };
	common_values(arm, l, &v);
	return engine_run(&arm->place, &arm->line[line], v.v, seconds, interruptible, ret_line, err);
}

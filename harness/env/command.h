/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command.h - what the files of the `command` driver share; nobody else includes it. */
#ifndef ISOCOST_COMMAND_H
#define ISOCOST_COMMAND_H

#include "env/bundle.h"
#include "env/engine.h"
#include "env/instance.h"
#include "env/ns.h"
#include "env/template.h"

#define COMMAND_SCRATCH "/scratch"      /* where a sandbox with the prepared root shows its scratch directory */
#define COMMAND_PATH "/bin"             /* where that root has its programs */

/* The command lines of an arm, one an option. */
enum command_line {
	LINE_RUN, LINE_SCRATCH, LINE_LIMIT, LINE_INTERACTIVE, LINE_TERMINAL, LINE_PREPARE, LINE_SERVICE, LINE_SOCKET, LINE_PROBE,
	LINE_VERSION, LINE_AFTER, LINE_CLEANUP, LINES,
};
extern const struct optdef command_options[];

struct env_arm {
	const struct env_ctx *ctx;
	char *name, *work, *root, *path;
	char *package;
	struct template line[LINES];
	struct strv vars;               /* vars: of the commands around it */
	struct engine_place place;
	struct engine_service *service;
	struct cgroup_tree *tree;       /* NULL: cgroup = off */
	struct caps caps;               /* of a bundle */
	bool has_root, has_bundle;
	bool prepared;                  /* cleanup has something to undo */
	char *cpus, *memory, *pids;
	struct ns_child plan;
	unsigned serial;
};

/* A launch, or NULLs for what concerns the whole arm. */
struct command_launch {
	const char *id, *bundle;
	const char *scratch;            /* host directory, or NULL */
	const char *memory_dir;         /* shows the memory limit, or NULL */
	bool memory_v2;
	bool interactive, terminal;
	char *const *argv;
};

/* Fill in command i of a line. *ret is the caller's. */
void command_expand(const struct env_arm *arm, enum command_line line, size_t i, const struct command_launch *l,
                    struct strv *ret);
/* Run a line of the arm to its end, as engine_run. */
int command_run(const struct env_arm *arm, enum command_line line, const struct command_launch *l, double seconds,
                bool interruptible, char **ret_line, struct err *err);
/* Whether the line is there. */
static inline bool command_has(const struct env_arm *arm, enum command_line line)
{
	return arm->line[line].n > 0;
}

/* open() of the driver, without the trial; undone by command_close, also when it failed. */
int command_prepare(struct env_arm *arm, const struct kvs *opts, struct env_facts *facts, struct err *err);
void command_close(struct env_arm *arm);

#endif

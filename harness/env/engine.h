/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engine.h - the programs around an arm of the `command` driver: commands that run to their end, and one that serves. None of
 * them is measured; they run outside the envelope, where the harness runs. */
#ifndef ISOCOST_ENGINE_H
#define ISOCOST_ENGINE_H

#include "env/env.h"
#include "env/template.h"

#define ENGINE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct engine_place {
	const char *dir;                /* where they run */
	char *const *envp;
	int view;                       /* mount namespace that they see (nursery_view), or -1 */
	const char *package;            /* what to install when a program is missing, or "" */
};

/* Run the commands one after the other until one fails. ret_line: the first line of what the last one wrote, the caller's; or
 * NULL. seconds: for each. interruptible: by SIGINT and its like. -ENOENT: a program is missing; -EIO: a status other than 0,
 * with what it said; -ETIMEDOUT, -EINTR. */
int engine_run(const struct engine_place *p, const struct template *t, const struct template_value *values, double seconds,
               bool interruptible, char **ret_line, struct err *err);

/* The program of a command line is there: 0 or -ENOENT, with the package to install. */
int engine_find(const struct engine_place *p, const char *program, struct err *err);

/* A command that serves until it is ended. */
struct engine_service;

/* Start it in a control group of its own, its words in the log, and wait until it listens on the socket. The
 * caller's engine_service_stop. -EIO: it ended, with what it said. */
struct engine_service_spec {
	const struct strv *argv;
	const char *socket, *log;       /* absolute */
	const char *cgroup;             /* name of the control group */
	double seconds;                 /* how long it may take to listen */
};
int engine_service_start(const struct engine_place *p, const struct engine_service_spec *spec, struct engine_service **ret,
                         struct err *err);
/* SIGTERM, then SIGKILL for it and all that it started and that is still in its control group. NULL is a no-op. */
void engine_service_stop(struct engine_service *s);

#endif

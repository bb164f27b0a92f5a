/* SPDX-License-Identifier: GPL-3.0-or-later */
/* onearm.h - for verbs that work with one arm, named on the command line: find it, check it, open it in a session of its own. */
#ifndef ISOCOST_ONEARM_H
#define ISOCOST_ONEARM_H

#include "cmd.h"
#include "run/workspace.h"

struct one_arm {
	struct suite *suite;            /* with this arm only */
	const struct env_ops *ops;
	struct env_arm *arm;            /* NULL: not open */
	struct env_facts facts;
	struct workspace work;
	struct env_ctx ctx;
	char *load_dir, *cache;
};

/* Find the arm: a driver's name, or an arm of the suite where that is not NULL. options are -O's. -EINVAL or -ENOENT. one_arm_free. */
int one_arm_find(const char *arm, const char *suite, const struct kvs *options, struct one_arm *ret, struct err *err);
/* Make the session: call cmd_begin() before. Nothing is started yet, but the harness has moved off the measured CPUs. */
int one_arm_session(struct one_arm *a, const struct common *common, struct err *err);
/* Open it. What it warns of goes to the log when -v is given. */
int one_arm_open(struct one_arm *a, struct err *err);
void one_arm_close(struct one_arm *a);          /* undoes one_arm_open */
void one_arm_free(struct one_arm *a);           /* all of it */

/* The exit status that fits what one_arm_session or one_arm_open returned. */
int one_arm_status(int r);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workspace.h - the private directory of a session, and the removal of what dead sessions left.
 *
 * <base>/<id>/ with a lock file that is held as long as the session lives; <base> is $ISOCOST_WORK or
 * /var/tmp/isocost-<uid> (a disk: the file workloads run in it). */
#ifndef ISOCOST_WORKSPACE_H
#define ISOCOST_WORKSPACE_H

#include "base/err.h"

struct workspace {
	char *id;               /* "isocost-1f3a9c" */
	char *dir;
	int lock;
	int beacon;             /* tells sessions with another <base> that this one lives; -1: it could not be lit */
};

/* uri: the libvirt URI that the session will use, noted for whoever sweeps after it; NULL: none. */
int workspace_create(const char *uri, struct workspace *ret, struct err *err);
/* Removes the directory and all in it. */
void workspace_destroy(struct workspace *w);

/* Remove everything that sessions which no longer live have left: their directories, and what env_sweep knows of. Call it
 * before lifeline_enter: it must see the pids of the host. Returns how many sessions were swept, or -errno. */
int workspace_sweep(struct err *err);

/* Remove what belongs to no session in the work directory, dead or alive, nor to a living one elsewhere, and holds nothing. Returns how many, or -errno. */
int workspace_sweep_strays(struct err *err);

#endif

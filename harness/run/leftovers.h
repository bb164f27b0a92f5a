/* SPDX-License-Identifier: GPL-3.0-or-later */
/* leftovers.h - is everything gone that was started? Looked at from where it would be seen: cgroups of the session, processes and
 * mounts of the harness's own namespaces (base/lifeline.h). */
#ifndef ISOCOST_LEFTOVERS_H
#define ISOCOST_LEFTOVERS_H

#include "base/err.h"
#include "base/str.h"

struct leftovers {
	struct strv pids;
	size_t mounts;
};

/* Note what is there before anything is started. leftovers_free. */
void leftovers_before(struct leftovers *ret);
/* Add a line to *ret for everything that has come since and for every cgroup of the session. libvirt's embedded driver stays until
 * the process ends: what it has mounted in keep (the directory of its root) is no leftover. */
int leftovers_find(const struct leftovers *before, const char *session, const char *keep, struct strv *ret, struct err *err);
void leftovers_free(struct leftovers *l);

#endif

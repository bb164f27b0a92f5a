/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app.h - applications: workloads with a library in them that would make isoload too large for what starts it again and again.
 *
 * They are in a second static program, isoapp, which lies beside isoload where an arm has it. isoload tells the facts, compares
 * isoapp with the SHA-256 that was built into it, and becomes isoapp: so isoload's own digest stands for both. */
#ifndef ISOCOST_APP_H
#define ISOCOST_APP_H

#include "registry.h"
#include "wire_out.h"

#include <stddef.h>

/* Write the facts and exec isoapp. Returns only when that failed: -ENOENT when this place has no isoapp, another -errno when it went
 * wrong, with the reason in msg. */
int app_run(const struct workload *w, char *const *args, size_t n, struct load_out *out, char *msg, size_t size);

/* In isoapp: what a row of the registry that is an application does. */
int app_sqlite(struct load *l);

#endif

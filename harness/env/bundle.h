/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bundle.h - an OCI bundle: the directory and config.json that an OCI runtime (runc, crun, runsc) is given. */
#ifndef ISOCOST_BUNDLE_H
#define ISOCOST_BUNDLE_H

#include "base/err.h"
#include "env/caps.h"
#include "env/env.h"

struct bundle_request {
	const char *rootfs;             /* absolute */
	const char *hostname, *path, *id;
	char *const *argv;
	const char *scratch;            /* host directory shown at `scratch_at`, or NULL */
	const char *scratch_at;
	const char *memory_dir, *memory_point;  /* directory that shows the memory limit, and the empty one it goes into; or NULL */
	bool memory_v2;
	const struct caps *caps;        /* kept ones */
	const struct envelope *limits;  /* asked of the runtime; NULL: none */
	bool terminal;
};

/* The text of config.json: the command as process, all namespaces but user, the root read-only, proc, dev, sys, tmp as in the
 * container driver, /proc masked as runc's own template does, no filter. Owner frees. */
char *bundle_config(const struct bundle_request *q);

/* Make the directory and write config.json. 0 or -errno. */
int bundle_write(const char *dir, const struct bundle_request *q, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* startup.c - be started, say `ready`, end: the harness does the timing, from outside. */
#include "load.h"

const struct workload workload_startup = {
	.name = "startup",
	.resource = "startup",
	.what = "start the environment up to the first instruction of main",
	.teaches = "What it takes to have one more isolated instance: a process is cloned, a container adds namespaces and "
	           "mounts, a guest boots a kernel.",
	.metrics = { { "time", "s", BETTER_LOWER, "start request to the first instruction of main, by the host's clock" } },
};

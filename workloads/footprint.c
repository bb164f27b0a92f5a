/* SPDX-License-Identifier: GPL-3.0-or-later */
/* footprint.c - be there and idle: the harness reads from outside what the instance holds of the host, and ends it. */
#include "load.h"

static int run(struct load *l)
{
	load_sleep(load_seconds(l, "time"));
	return 0;
}

const struct workload workload_footprint = {
	.name = "footprint",
	.resource = "footprint",
	.what = "what an idle instance holds of the host: memory, page tables, files, and the CPU time of getting there",
	.teaches = "What one more instance takes away from the host: a process its own pages, a container besides them some objects of the "
	           "kernel that it shares, a guest the pages of a kernel of its own and of the program that emulates its machine.",
	.observed = true,
	.metrics = {
		{ "pss", "B", BETTER_LOWER, "proportional set size of the instance's processes, idle; shared pages count in part" },
		{ "private", "B", BETTER_LOWER, "memory of these processes that no other one maps" },
		{ "page-tables", "B", BETTER_LOWER, "page tables of these processes" },
		{ "kernel", "B", BETTER_LOWER, "the kernel's memory that is charged to the instance's control group" },
		{ "guest-pages", "B", BETTER_LOWER, "the guest's memory that it has touched; a part of pss" },
		{ "image", "B", BETTER_LOWER, "files that an instance needs besides the host's own; shared ones once" },
		{ "cpu", "s", BETTER_LOWER, "CPU time of the instance's processes from the start request to the first record of main" },
		{ "launcher-cpu", "s", BETTER_LOWER, "CPU time of the harness meanwhile, libvirt's embedded driver included" },
	},
	.params = {
		{ "settle", PARAM_SECONDS, "100ms", NULL, "how long it is left alone before it is looked at" },
		{ "time", PARAM_SECONDS, "60s", NULL, "the longest that it stays; the harness ends it before" },
	},
	.run = run,
};

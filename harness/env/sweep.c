/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep.c - remove what a dead session left outside its work directory. */
#include "env/cgroup.h"
#include "env/env.h"
#include "env/strays.h"
#include "env/virt.h"

int env_sweep(const char *session, const char *uri, struct err *err)
{
	/* Guests of a daemon run in cgroups of its own. */
	int domains = virt_sweep(uri, session, err);
	/* Engines make theirs below ours, and in hierarchies that isocost does not use: these go first. */
	int below = strays_remove_inside(session, domains < 0 ? NULL : err);
	int cgroups = cgroup_sweep(session, domains < 0 || below < 0 ? NULL : err);
	int others = strays_remove(session, NULL);
	if (domains < 0 || below < 0 || cgroups < 0)
		return domains < 0 ? domains : below < 0 ? below : cgroups;
	return domains + cgroups + below + (others > 0 ? others : 0);
}

int env_sweep_strays(const struct strv *known, struct err *err)
{
	return cgroup_sweep_strays(known, err);
}

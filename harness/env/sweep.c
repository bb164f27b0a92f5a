/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep.c - remove what a dead session left outside its work directory. */
#include "env/cgroup.h"
#include "env/env.h"
#include "env/virt.h"

int env_sweep(const char *session, const char *uri, struct err *err)
{
	/* Guests of a daemon run in cgroups of its own. */
	int domains = virt_sweep(uri, session, err);
	int cgroups = cgroup_sweep(session, domains < 0 ? NULL : err);
	return domains < 0 ? domains : cgroups < 0 ? cgroups : domains + cgroups;
}

int env_sweep_strays(const struct strv *known, struct err *err)
{
	return cgroup_sweep_strays(known, err);
}

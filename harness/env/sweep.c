/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep.c - remove what a dead session left outside its work directory. */
#include "env/cgroup.h"
#include "env/env.h"

int env_sweep(const char *session, struct err *err)
{
	return cgroup_sweep(session, err);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* env.c - the table of drivers. */
#include "env/env.h"

#include "env/drivers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct env_ops *const env_drivers[] = {
	&env_host,
	&env_container,
	&env_vm,
	&env_micro,
	&env_floor,
	&env_command,
	NULL,
};

const struct env_ops *env_find(const char *driver)
{
	for (size_t i = 0; env_drivers[i]; i++)
		if (strcmp(env_drivers[i]->name, driver) == 0)
			return env_drivers[i];
	return NULL;
}

int env_runs_commands(const struct env_ops *ops, const char *arm, struct err *err)
{
	if (!ops->bare)
		return 0;
	return err_setf(err, -ENOTSUP, "arm %s runs no commands: it has no operating system", arm);
}

void env_facts_free(struct env_facts *f)
{
	free(f->label);
	free(f->accel);
	free(f->note);
	kvs_free(&f->facts);
	strv_free(&f->warnings);
	*f = (struct env_facts){ 0 };
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* env.c - the table of drivers. */
#include "env/env.h"

#include "env/drivers.h"

#include <stdlib.h>
#include <string.h>

const struct env_ops *const env_drivers[] = {
	&env_host,
	&env_container,
	&env_vm,
	&env_floor,
	NULL,
};

const struct env_ops *env_find(const char *driver)
{
	for (size_t i = 0; env_drivers[i]; i++)
		if (strcmp(env_drivers[i]->name, driver) == 0)
			return env_drivers[i];
	return NULL;
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isoapp.c - the second program: isoload becomes it for workloads that are applications. Usage: isoapp FD NAME [KEY=VALUE …] */
#include "app.h"
#include "params.h"
#include "runner.h"

#include <stdio.h>
#include <string.h>

extern const struct workload workload_sqlite;

static struct workload sqlite;

const struct workload *const registry[] = { &sqlite, NULL };

/* SQLite can load extensions, which a static program can't. The build lets it find these in place of the C library's functions,
 * which would need the shared libraries of the machine that they were linked on. */
void *app_dlopen(const char *file, int mode);
void *app_dlsym(void *handle, const char *name);
int app_dlclose(void *handle);
char *app_dlerror(void);

void *app_dlopen(const char *file, int mode)
{
	(void)file, (void)mode;
	return NULL;
}

void *app_dlsym(void *handle, const char *name)
{
	(void)handle, (void)name;
	return NULL;
}

int app_dlclose(void *handle)
{
	(void)handle;
	return -1;
}

char *app_dlerror(void)
{
	return (char *)"a static program loads nothing";
}

int main(int argc, char **argv)
{
	static struct load_out out;
	struct load_value values[PARAMS_MAX];
	char msg[512];
	sqlite = workload_sqlite;
	sqlite.run = app_sqlite;
	const struct workload *w = argc > 2 ? registry_find(argv[2]) : NULL;
	if (!w || argv[1][strspn(argv[1], "0123456789")] || load_out_open(&out, argv[1]) < 0) {
		fprintf(stderr, "isoapp: started by `isoload run sqlite`, not by hand\n");
		return 2;
	}
	if (load_params(w, (const char *const *)argv + 3, (size_t)argc - 3, values, msg, sizeof(msg)) < 0) {
		fprintf(stderr, "isoapp: %s\n", msg);
		return 2;
	}
	int r = load_measure(w, values, &out);
	if (out.error)
		fprintf(stderr, "isoapp: can't write records: %s\n", strerror(-out.error));
	return r < 0 ? 1 : r == LOAD_CANNOT ? 3 : 0;    /* as isoload */
}

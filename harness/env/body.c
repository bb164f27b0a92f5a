/* SPDX-License-Identifier: GPL-3.0-or-later */
/* body.c - gather the processes and files of an instance, and read what it holds. */
#include "env/body.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "env/cgroup.h"
#include "env/procmem.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct env_body body_new(void)
{
	return (struct env_body){ .counted_cpu_s = NAN };
}

void body_free(struct env_body *b)
{
	free(b->pids);
	footprint_free(&b->known);
	*b = body_new();
}

void body_add_pid(struct env_body *b, pid_t pid)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->pids[i] == pid)
			return;
	/* 0: a process of another PID namespace. The own one: a thread of the harness stands in the cgroup. */
	if (pid <= 0 || pid == getpid())
		return;
	b->pids = xrealloc(b->pids, b->n + 1, sizeof(*b->pids));
	b->pids[b->n++] = pid;
}

/* A list of pids, with blanks or newlines between them. */
static void add_list(struct env_body *b, const char *list, void (*add)(struct env_body *b, pid_t pid))
{
	char *end;
	for (const char *s = list;; s = end) {
		long pid = strtol(s, &end, 10);
		if (end == s)
			return;
		add(b, (pid_t)pid);
	}
}

/* Every thread has children of its own. */
void body_add_tree(struct env_body *b, pid_t pid)
{
	cleanup_free char *tasks = xasprintf("/proc/%d/task", (int)pid);
	size_t before = b->n;
	body_add_pid(b, pid);
	if (b->n == before)
		return;
	cleanup(dir_closep) DIR *d = opendir(tasks);
	for (struct dirent *e; d && (e = readdir(d));) {
		cleanup_free char *path = xasprintf("%s/%s/children", tasks, e->d_name);
		cleanup_free char *line = *e->d_name == '.' ? NULL : fs_read_line(path);
		if (line)
			add_list(b, line, body_add_tree);
	}
}

static void add_procs(const char *path, void *arg)
{
	cleanup_free char *text = NULL;
	if (fs_read(path, &text, NULL) == 0)
		add_list(arg, text, body_add_pid);
}

void body_add_cgroup(struct env_body *b, const struct cgroup *c)
{
	uint64_t kernel;
	if (!c) {
		footprint_miss(&b->known, FOOTPRINT_KERNEL, "it is in no control group of its own");
		return;
	}
	cgroup_each_procs(c, add_procs, b);
	if (cgroup_kernel_memory(c, &kernel) == 0)
		footprint_set(&b->known, FOOTPRINT_KERNEL, (double)kernel);
	else
		footprint_miss(&b->known, FOOTPRINT_KERNEL, "its control group does not count the kernel's memory");
}

void body_add_image(struct env_body *b, uint64_t bytes)
{
	double before = footprint_has(&b->known, FOOTPRINT_IMAGE) ? footprint_get(&b->known, FOOTPRINT_IMAGE) : 0;
	if (!kvs_get(&b->known.unknown, footprint_defs[FOOTPRINT_IMAGE].key))
		footprint_set(&b->known, FOOTPRINT_IMAGE, before + (double)bytes);
}

void body_add_file(struct env_body *b, const char *path)
{
	uint64_t bytes;
	int r = path ? fs_allocated(path, &bytes) : 0;
	if (path && r == 0)
		body_add_image(b, bytes);
	if (r == 0)
		return;
	cleanup_free char *why = xasprintf("can't read all of %s: %s", path, strerror(-r));
	b->known.known &= ~(1u << FOOTPRINT_IMAGE);
	footprint_miss(&b->known, FOOTPRINT_IMAGE, why);
}

void body_read_memory(const struct env_body *b, struct footprint *ret)
{
	procmem_read(b->pids, b->n, ret);
	if (b->guest_ram)
		procmem_read_guest(b->pids, b->n, b->guest_ram, ret);
	else
		footprint_miss(ret, FOOTPRINT_GUEST_PAGES, "it is no guest");
	for (int i = 0; i < FOOTPRINT_ITEMS; i++)
		if (footprint_has(&b->known, (enum footprint_item)i))
			footprint_set(ret, (enum footprint_item)i, b->known.v[i]);
	for (size_t i = 0; i < b->known.unknown.n; i++)
		if (!kvs_get(&ret->unknown, b->known.unknown.v[i].key))
			kvs_set(&ret->unknown, b->known.unknown.v[i].key, b->known.unknown.v[i].val, 0);
}

int body_cpu_s(const struct env_body *b, double *ret)
{
	if (isfinite(b->counted_cpu_s)) {
		*ret = b->counted_cpu_s;
		return 0;
	}
	return procmem_cpu_s(b->pids, b->n, ret);
}

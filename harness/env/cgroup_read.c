/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cgroup_read.c - what a cgroup counts, and what is in it. */
#include "env/cgroup_tree.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *get(const struct cgroup_dir *d, const char *file)
{
	cleanup_free char *path = xasprintf("%s/%s", d->path, file);
	char *text = NULL;
	return fs_read(path, &text, NULL) < 0 ? NULL : text;
}

static uint64_t get_u64(const struct cgroup_dir *d, const char *file)
{
	cleanup_free char *text = get(d, file);
	return text ? strtoull(text, NULL, 10) : 0;
}

/* The value behind "KEY " in a file of such lines. */
static uint64_t get_key(const struct cgroup_dir *d, const char *file, const char *key)
{
	cleanup_free char *text = get(d, file);
	size_t len = strlen(key);
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			return strtoull(line + len, NULL, 10);
	}
	return 0;
}

static const struct cgroup_dir *dir_with(const struct cgroup *c, unsigned controller)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->dir[i].node->controllers & controller)
			return &c->dir[i];
	return NULL;
}

const char *cgroup_memory_dir(const struct cgroup *c, bool *ret_v2)
{
	const struct cgroup_dir *d = dir_with(c, CG_MEMORY);
	if (!d)
		return NULL;
	*ret_v2 = d->node->v2;
	return d->path;
}

uint64_t cgroup_memory_peak(const struct cgroup *c)
{
	const struct cgroup_dir *d = dir_with(c, CG_MEMORY);
	return d ? get_u64(d, d->node->v2 ? "memory.peak" : "memory.max_usage_in_bytes") : 0;
}

int cgroup_kernel_memory(const struct cgroup *c, uint64_t *ret)
{
	const struct cgroup_dir *d = dir_with(c, CG_MEMORY);
	cleanup_free char *text = d ? get(d, d->node->v2 ? "memory.stat" : "memory.kmem.usage_in_bytes") : NULL;
	unsigned long long v;
	/* The first lines of v2's are anon and file. */
	const char *at = text && d->node->v2 ? strstr(text, "\nkernel ") : text;
	if (!at || sscanf(at, d->node->v2 ? " kernel %llu" : "%llu", &v) != 1)
		return -ENODATA;
	*ret = v;
	return 0;
}

static void each_procs(const char *dir, void (*visit)(const char *path, void *arg), void *arg)
{
	cleanup_free char *procs = xasprintf("%s/cgroup.procs", dir);
	cleanup(dir_closep) DIR *d = opendir(dir);
	visit(procs, arg);
	for (struct dirent *e; d && (e = readdir(d));) {
		cleanup_free char *below = xasprintf("%s/%s", dir, e->d_name);
		if (e->d_type == DT_DIR && *e->d_name != '.')
			each_procs(below, visit, arg);
	}
}

void cgroup_each_procs(const struct cgroup *c, void (*visit)(const char *path, void *arg), void *arg)
{
	for (size_t i = 0; i < c->n; i++)
		each_procs(c->dir[i].path, visit, arg);
}

double cgroup_cpu_s(const struct cgroup *c)
{
	const struct cgroup_dir *d = dir_with(c, CG_CPUACCT);
	if (!d)
		return 0;
	return d->node->v2 ? (double)get_key(d, "cpu.stat", "usage_usec") / 1e6 : (double)get_u64(d, "cpuacct.usage") / 1e9;
}

uint64_t cgroup_oom_news(struct cgroup *c)
{
	const struct cgroup_dir *d = dir_with(c, CG_MEMORY);
	uint64_t all = d ? get_key(d, d->node->v2 ? "memory.events" : "memory.oom_control", "oom_kill") : 0;
	uint64_t news = all - c->oom_kills;
	c->oom_kills = all;
	return news;
}

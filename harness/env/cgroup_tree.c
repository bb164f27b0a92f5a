/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cgroup_tree.c - where cgroups can be made here: v1, hybrid and v2, as root or where something was delegated. */
#include "env/cgroup_tree.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned bit;
} controllers[] = {
	{ "cpuset", CG_CPUSET },
	{ "memory", CG_MEMORY },
	{ "pids", CG_PIDS },
	{ "cpuacct", CG_CPUACCT },
};

/* One line of mountinfo, as far as it matters. */
struct mount_line {
	char *root, *point, *type, *super;
};

static void mount_line_free(struct mount_line *m)
{
	free(m->root);
	free(m->point);
	free(m->type);
	free(m->super);
}

/* mountinfo writes blanks and backslashes in octal. */
static void unescape(char *s)
{
	char *to = s;
	for (; *s; s++) {
		unsigned c;
		if (*s == '\\' && sscanf(s + 1, "%3o", &c) == 1) {
			*to++ = (char)c;
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static bool mount_line_parse(const char *line, struct mount_line *m)
{
	const char *tail = strstr(line, " - ");
	if (!tail || sscanf(line, "%*s %*s %*s %ms %ms", &m->root, &m->point) != 2)
		return false;
	if (sscanf(tail, " - %ms %*s %ms", &m->type, &m->super) != 2)
		return false;
	unescape(m->root);
	unescape(m->point);
	return true;
}

static unsigned bits_of(const char *list, const char *separators)
{
	struct strv names = { 0 };
	strv_split(&names, list, separators);
	unsigned bits = 0;
	for (size_t i = 0; i < sizeof(controllers) / sizeof(*controllers); i++)
		if (strv_has(&names, controllers[i].name))
			bits |= controllers[i].bit;
	strv_free(&names);
	return bits;
}

/* The path of this process in a hierarchy, from the text of /proc/self/cgroup; bits 0 asks for the v2 one. */
static char *own_path(const char *own, unsigned bits)
{
	struct strv lines = { 0 };
	strv_split(&lines, own, "\n");
	char *found = NULL;
	for (size_t i = 0; i < lines.n && !found; i++) {
		char *list = strchr(lines.v[i], ':');
		char *path = list ? strchr(list + 1, ':') : NULL;
		if (!path)
			continue;
		*path++ = '\0';
		if (bits ? (bits_of(list + 1, ",") & bits) != 0 : strncmp(lines.v[i], "0:", 2) == 0)
			found = xstrdup(path);
	}
	strv_free(&lines);
	return found;
}

/* Where this process stands below the mount point; NULL when that can't be seen from here. */
static char *own_dir(const struct mount_line *m, const char *point, const char *own, unsigned bits)
{
	cleanup_free char *path = own_path(own, bits);
	size_t root = strcmp(m->root, "/") == 0 ? 0 : strlen(m->root);
	if (!path || strncmp(path, "/..", 3) == 0 || strncmp(path, m->root, root) != 0)
		return NULL;
	const char *below = path + root;
	return xasprintf("%s%s", point, strcmp(below, "/") == 0 ? "" : below);
}

static bool writable(const char *dir)
{
	return access(dir, W_OK | X_OK) == 0;
}

static void add_node(struct cgroup_tree *t, const char *dir, const char *own, unsigned bits, bool v2)
{
	if (t->n < CGROUP_DIRS_MAX)
		t->node[t->n++] = (struct cgroup_node){ .parent = xstrdup(dir), .own = xstrdup(own), .controllers = bits, .v2 = v2 };
}

static unsigned covered(const struct cgroup_tree *t)
{
	unsigned bits = 0;
	for (size_t i = 0; i < t->n; i++)
		bits |= t->node[i].controllers;
	return bits;
}

static void add_v1(struct cgroup_tree *t, const struct mount_line *m, const char *point, const char *own)
{
	unsigned bits = bits_of(m->super, ",") & ~covered(t);
	if (!bits)
		return;
	cleanup_free char *dir = own_dir(m, point, own, bits);
	if (writable(point))
		add_node(t, point, dir, bits, false);
	else if (dir && writable(dir))
		add_node(t, dir, dir, bits, false);
}

static unsigned read_bits(const char *dir, const char *file)
{
	cleanup_free char *path = xasprintf("%s/%s", dir, file);
	cleanup_free char *line = fs_read_line(path);
	return line ? bits_of(line, " ") : 0;
}

/* The controllers that children of dir have, after those that are wanted and can be switched on are. */
static unsigned enable_v2(const char *dir, unsigned want)
{
	unsigned missing = want & read_bits(dir, "cgroup.controllers") & ~read_bits(dir, "cgroup.subtree_control");
	cleanup_free char *control = xasprintf("%s/cgroup.subtree_control", dir);
	for (size_t i = 0; i < sizeof(controllers) / sizeof(*controllers); i++) {
		if (!(missing & controllers[i].bit))
			continue;
		/* One by one: a refused one (processes in dir: EBUSY) must not keep the others off. */
		cleanup_free char *text = xasprintf("+%s", controllers[i].name);
		fs_put(control, text);
	}
	return want & read_bits(dir, "cgroup.subtree_control");
}

/* Root makes its cgroups at the top. A user can move processes only below a cgroup whose cgroup.procs is theirs: look
 * upwards from where this process stands for one whose children have controllers. */
static void add_v2(struct cgroup_tree *t, const struct mount_line *m, const char *point, const char *own)
{
	unsigned want = CG_ALL & ~covered(t);
	cleanup_free char *dir = writable(point) ? xstrdup(point) : own_dir(m, point, own, 0);
	size_t top = strlen(point);
	while (dir && strlen(dir) >= top) {
		cleanup_free char *procs = xasprintf("%s/cgroup.procs", dir);
		if (!writable(dir) || access(procs, W_OK) < 0)
			return;
		unsigned bits = enable_v2(dir, want);
		if (bits) {
			add_node(t, dir, NULL, bits | (want & CG_CPUACCT), true);
			return;
		}
		*strrchr(dir, '/') = '\0';
	}
}

int cgroup_tree_parse(const char *mountinfo, const char *own, const char *prefix, struct cgroup_tree **ret, struct err *err)
{
	struct strv lines = { 0 };
	strv_split(&lines, mountinfo, "\n");
	struct cgroup_tree *t = xcalloc(1, sizeof(*t));
	/* v1 first: what it holds, v2 can't have. */
	for (int v2 = 0; v2 <= 1; v2++) {
		for (size_t i = 0; i < lines.n; i++) {
			cleanup(mount_line_free) struct mount_line m = { 0 };
			if (!mount_line_parse(lines.v[i], &m))
				continue;
			cleanup_free char *point = xasprintf("%s%s", prefix, m.point);
			if (!v2 && strcmp(m.type, "cgroup") == 0)
				add_v1(t, &m, point, own);
			if (v2 && strcmp(m.type, "cgroup2") == 0)
				add_v2(t, &m, point, own);
		}
	}
	int r = lines.n ? 0 : err_setf(err, -EINVAL, "the list of mounts is empty: is /proc mounted?");
	strv_free(&lines);
	if (r < 0)
		cgroup_tree_close(t);
	else
		*ret = t;
	return r;
}

int cgroup_tree_open(struct cgroup_tree **ret, struct err *err)
{
	cleanup_free char *mounts = NULL;
	cleanup_free char *own = NULL;
	cleanup_free char *swaps = NULL;
	int r = fs_read("/proc/self/mountinfo", &mounts, NULL);
	if (r < 0)
		return err_sysf(err, r, "reading /proc/self/mountinfo");
	r = fs_read("/proc/self/cgroup", &own, NULL);
	r = cgroup_tree_parse(mounts, r < 0 ? "" : own, "", ret, err);
	/* A line of headings, then one a swap area. */
	if (r == 0 && fs_read("/proc/swaps", &swaps, NULL) == 0)
		(*ret)->no_swap = strchr(swaps, '\n') && strchr(swaps, '\n')[1] == '\0';
	return r;
}

void cgroup_tree_close(struct cgroup_tree *t)
{
	if (t)
		cgroup_destroy(t->cpus);
	for (size_t i = 0; t && i < t->n; i++) {
		free(t->node[i].parent);
		free(t->node[i].own);
	}
	free(t);
}

void cgroup_skip_cpuacct(struct cgroup_tree *t)
{
	size_t kept = 0;
	for (size_t i = 0; i < t->n; i++) {
		if (!t->node[i].v2 && t->node[i].controllers == CG_CPUACCT) {
			free(t->node[i].parent);
			free(t->node[i].own);
		} else {
			t->node[kept++] = t->node[i];
		}
	}
	t->n = kept;
}

void cgroup_tree_warn(const struct cgroup_tree *t, bool limit_memory, struct strv *ret)
{
	unsigned have = covered(t);
	const char *why = geteuid() == 0 ? "this host has no such cgroup controller that can be written to"
	                                 : "no cgroup with that controller is delegated to this user";
	if (!(have & CG_CPUSET))
		strv_addf(ret, "the CPUs are held by affinity only, which a workload could change: %s", why);
	if (limit_memory && !(have & CG_MEMORY))
		strv_addf(ret, "the memory limit is not enforced: %s", why);
	if (!(have & CG_PIDS))
		strv_addf(ret, "the limit on tasks is not enforced: %s", why);
}

const char *cgroup_tree_mode(const struct cgroup_tree *t)
{
	bool v1 = false, v2 = false;
	for (size_t i = 0; i < t->n; i++)
		*(t->node[i].v2 ? &v2 : &v1) = true;
	return v1 && v2 ? "v1 and v2" : v1 ? "v1" : v2 ? "v2" : "none";
}

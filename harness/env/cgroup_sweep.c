/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cgroup_sweep.c - cgroups of sessions that are gone. */
#include "env/cgroup_tree.h"

#include "base/cleanup.h"
#include "base/log.h"

#include <dirent.h>
#include <string.h>

static bool belongs_to(const char *name, const char *session)
{
	size_t len = strlen(session);
	return strncmp(name, session, len) == 0 && (name[len] == '\0' || name[len] == '.');
}

/* The cgroups below parent that the session owns, or of any session when it is NULL. */
static void list_owned(const char *parent, const char *session, struct strv *ret)
{
	cleanup(dir_closep) DIR *dir = opendir(parent);
	for (struct dirent *e; dir && (e = readdir(dir));)
		if (e->d_type == DT_DIR && (session ? belongs_to(e->d_name, session) : strncmp(e->d_name, "isocost-", 8) == 0))
			strv_add(ret, e->d_name);
}

int cgroup_sweep(const char *session, struct err *err)
{
	struct cgroup_tree *t;
	int r = cgroup_tree_open(&t, err);
	if (r < 0)
		return r;
	struct strv removed = { 0 };
	for (size_t i = 0; i < t->n; i++) {
		struct strv names = { 0 };
		list_owned(t->node[i].parent, session, &names);
		for (size_t k = 0; k < names.n; k++) {
			cleanup_free char *path = xasprintf("%s/%s", t->node[i].parent, names.v[k]);
			int failed = cgroup_kill_and_remove(path);
			if (failed < 0) {
				r = err_sysf(err, failed, "can't remove the cgroup %s", path);
			} else if (!strv_has(&removed, names.v[k])) {
				strv_add(&removed, names.v[k]);
				log_infof("removed the cgroup %s", names.v[k]);
			}
		}
		strv_free(&names);
	}
	int n = (int)removed.n;
	strv_free(&removed);
	cgroup_tree_close(t);
	return r < 0 ? r : n;
}

int cgroup_sweep_list(struct strv *ret, struct err *err)
{
	struct cgroup_tree *t;
	int r = cgroup_tree_open(&t, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < t->n; i++) {
		struct strv names = { 0 };
		list_owned(t->node[i].parent, NULL, &names);
		for (size_t k = 0; k < names.n; k++) {
			names.v[k][strcspn(names.v[k], ".")] = '\0';
			if (!strv_has(ret, names.v[k]))
				strv_add(ret, names.v[k]);
		}
		strv_free(&names);
	}
	cgroup_tree_close(t);
	return 0;
}

int cgroup_sweep_strays(const struct strv *known, struct err *err)
{
	struct cgroup_tree *t;
	int r = cgroup_tree_open(&t, err), n = 0;
	if (r < 0)
		return r;
	for (size_t i = 0; i < t->n; i++) {
		struct strv names = { 0 };
		list_owned(t->node[i].parent, NULL, &names);
		for (size_t k = 0; k < names.n; k++) {
			cleanup_free char *id = xstrndup(names.v[k], strcspn(names.v[k], "."));
			cleanup_free char *path = xasprintf("%s/%s", t->node[i].parent, names.v[k]);
			/* The kernel refuses to remove one with a process in it. */
			if (strv_has(known, id) || rmdir(path) < 0)
				continue;
			log_infof("removed the cgroup %s, which belongs to no session", path);
			n++;
		}
		strv_free(&names);
	}
	cgroup_tree_close(t);
	return n;
}

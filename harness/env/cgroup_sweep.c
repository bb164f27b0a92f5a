/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cgroup_sweep.c - cgroups of sessions that are gone. */
#include "env/cgroup_tree.h"

#include "base/beacon.h"
#include "base/cleanup.h"
#include "base/log.h"

#include <dirent.h>
#include <string.h>

static bool belongs_to(const char *name, const char *session)
{
	size_t len = strlen(session);
	return strncmp(name, session, len) == 0 && (name[len] == '\0' || name[len] == '.');
}

/* The paths of the cgroups that the session owns, or any session when it is NULL, in every hierarchy. */
static int list_owned(const char *session, struct strv *ret, struct err *err)
{
	struct cgroup_tree *t;
	int r = cgroup_tree_open(&t, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < t->n; i++) {
		cleanup(dir_closep) DIR *dir = opendir(t->node[i].parent);
		for (struct dirent *e; dir && (e = readdir(dir));)
			if (e->d_type == DT_DIR && (session ? belongs_to(e->d_name, session) : strncmp(e->d_name, "isocost-", 8) == 0))
				strv_addf(ret, "%s/%s", t->node[i].parent, e->d_name);
	}
	cgroup_tree_close(t);
	return 0;
}

static const char *name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* The session's id in the name of its cgroup. Owner frees. */
static char *id_of(const char *path)
{
	return xstrndup(name_of(path), strcspn(name_of(path), "."));
}

int cgroup_sweep(const char *session, struct err *err)
{
	cleanup(strv_free) struct strv paths = { 0 }, removed = { 0 };
	int r = list_owned(session, &paths, err);
	for (size_t i = 0; i < paths.n; i++) {
		const char *name = name_of(paths.v[i]);
		int failed = cgroup_kill_and_remove(paths.v[i]);
		if (failed < 0) {
			r = err_sysf(err, failed, "can't remove the cgroup %s", paths.v[i]);
		} else if (!strv_has(&removed, name)) {
			strv_add(&removed, name);
			log_infof("removed the cgroup %s", name);
		}
	}
	return r < 0 ? r : (int)removed.n;
}

int cgroup_sweep_list(struct strv *ret, struct err *err)
{
	cleanup(strv_free) struct strv paths = { 0 };
	int r = list_owned(NULL, &paths, err);
	for (size_t i = 0; i < paths.n; i++) {
		cleanup_free char *id = id_of(paths.v[i]);
		if (!strv_has(ret, id))
			strv_add(ret, id);
	}
	return r;
}

int cgroup_sweep_strays(const struct strv *known, struct err *err)
{
	cleanup(strv_free) struct strv paths = { 0 };
	int r = list_owned(NULL, &paths, err), n = 0;
	for (size_t i = 0; i < paths.n; i++) {
		cleanup_free char *id = id_of(paths.v[i]);
		/* The kernel refuses to remove one with a process in it; but what is empty now may be about to get one. */
		if (strv_has(known, id) || beacon_is_lit(id) || rmdir(paths.v[i]) < 0)
			continue;
		log_infof("removed the cgroup %s, which belongs to no session", paths.v[i]);
		n++;
	}
	return r < 0 ? r : n;
}

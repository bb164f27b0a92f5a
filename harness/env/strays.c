/* SPDX-License-Identifier: GPL-3.0-or-later */
/* strays.c - remove the control groups that engines left. */
#include "env/strays.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "env/cgroup_tree.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#define LEVELS 3

struct hunt {
	const char *name;
	bool keep_top;
	struct strv removed;
	int error;
	struct err *err;
};

static bool is_named(const char *name, const char *wanted)
{
	size_t len = strlen(wanted);
	return strncmp(name, wanted, len) == 0 && (name[len] == '\0' || name[len] == '.');
}

/* Call fn with the path and name of each directory in dir. */
static void each_below(const char *dir, void (*fn)(struct hunt *h, const char *path, const char *name, int level),
                       struct hunt *h, int level)
{
	cleanup(dir_closep) DIR *d = opendir(dir);
	for (struct dirent *e; d && (e = readdir(d));) {
		if (e->d_type != DT_DIR || *e->d_name == '.')
			continue;
		cleanup_free char *path = xasprintf("%s/%s", dir, e->d_name);
		fn(h, path, e->d_name, level);
	}
}

static void remove_tree(struct hunt *h, const char *path, const char *name, int level)
{
	(void)level;
	each_below(path, remove_tree, h, 0);
	int r = cgroup_kill_and_remove(path);
	if (r < 0)
		h->error = err_sysf(h->err, r, "can't remove the cgroup %s", path);
	else if (!strv_has(&h->removed, name))
		strv_add(&h->removed, name);
}

static void look(struct hunt *h, const char *path, const char *name, int level)
{
	if (!is_named(name, h->name)) {
		if (level > 1)
			each_below(path, look, h, level - 1);
	} else if (h->keep_top) {
		each_below(path, remove_tree, h, 0);
	} else {
		remove_tree(h, path, name, 0);
	}
}

static int hunt(const char *name, bool keep_top, struct err *err)
{
	cleanup_free char *text = NULL;
	int r = fs_read("/proc/self/mounts", &text, NULL);
	if (r < 0)
		return err_sysf(err, r, "/proc/self/mounts");
	struct hunt h = { .name = name, .keep_top = keep_top, .err = err };
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char point[4096], type[32];
		if (sscanf(line, "%*s %4095s %31s", point, type) == 2 && strncmp(type, "cgroup", 6) == 0)
			each_below(point, look, &h, LEVELS);
	}
	int n = (int)h.removed.n;
	strv_free(&h.removed);
	return h.error < 0 ? h.error : n;
}

int strays_remove(const char *name, struct err *err)
{
	return hunt(name, false, err);
}

int strays_remove_inside(const char *name, struct err *err)
{
	return hunt(name, true, err);
}

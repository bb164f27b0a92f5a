/* SPDX-License-Identifier: GPL-3.0-or-later */
/* approot.c - find the applications' root file system. */
#include "env/approot.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <errno.h>
#include <string.h>

#define PREFIX "redis-"                 /* the rest of the name is a hash of what is in it */

/* Whole ones only: what is being made has another name, and gets this one in one step. */
static char *find_made(const char *parent)
{
	cleanup(dir_closep) DIR *d = opendir(parent);
	char *found = NULL;
	for (struct dirent *e; d && !found && (e = readdir(d));) {
		cleanup_free char *dir = xasprintf("%s/%s", parent, e->d_name), *origin = xasprintf("%s/origin", dir);
		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) == 0 && fs_exists(origin))
			found = realpath(dir, NULL);
	}
	return found;
}

void approot_find(const char *cache, struct approot *ret)
{
	cleanup_free char *parent = xasprintf("%s/app", cache), *made = find_made(parent);
	*ret = (struct approot){ 0 };
	if (!made)
		return;
	ret->dir = xasprintf("%s/root", made);
	ret->disk = xasprintf("%s/root.ext4", made);
	cleanup_free char *origin = xasprintf("%s/origin", made);
	if (fs_read(origin, &ret->packages, NULL) == 0)
		ret->packages[strcspn(ret->packages, "\n")] = '\0';
}

void approot_free(struct approot *r)
{
	free(r->dir);
	free(r->disk);
	free(r->packages);
	*r = (struct approot){ 0 };
}

int approot_need(const struct approot *r, bool wanted, struct err *err)
{
	if (!wanted || r->dir)
		return 0;
	return err_setf(err, -ENOTSUP, "the applications' root file system is not in the cache: run make app-root (some 9 MB of Debian's packages, once)");
}

int approot_suits(const struct approot *r, const struct workload *w, struct err *err)
{
	return approot_need(r, w->needs_root, err);
}

int approot_unfit(const struct workload *w, const char *why, struct err *err)
{
	return w->needs_root ? err_setf(err, -ENOTSUP, "it has no root file system for applications: %s", why) : 0;
}

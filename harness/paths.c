/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paths.c - where the program's files, its cache and its results are: in the tree that it was built in, and installed.
 *
 * The installed program finds its files from its own place, so that the tree that `make install` wrote can be moved as a whole. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "installdirs.h"        /* made by the build: LIBEXEC_FROM_BIN, DATA_FROM_BIN */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* $variable, or a path from the program's directory: one of the build tree, where isoload lies beside the program, or else one of an
 * installed program. */
static char *find(const char *variable, const char *built, const char *installed)
{
	const char *env = getenv(variable);
	if (env && *env)
		return xstrdup(env);
	cleanup_free char *exe = fs_exe_dir(), *isoload = xasprintf("%s/isoload", exe);
	cleanup_free char *path = xasprintf("%s/%s", exe, fs_exists(isoload) ? built : installed);
	char *real = realpath(path, NULL);
	return real ? real : ptr_steal(&path);
}

char *path_load_dir(void)
{
	return find("ISOCOST_LIBEXEC", ".", LIBEXEC_FROM_BIN);
}

char *path_suites(void)
{
	return find("ISOCOST_SUITES", "../bench", DATA_FROM_BIN "/bench");
}

char *path_plots(void)
{
	return find("ISOCOST_PLOTS", "../plots", DATA_FROM_BIN "/plots");
}

/* A directory of the XDG base directories, or NULL: the variable where it holds an absolute path, or a place in a home that is there. */
static char *xdg(const char *variable, const char *in_home)
{
	const char *dir = getenv(variable), *home = getenv("HOME");
	struct stat st;
	if (dir && *dir == '/')
		return xasprintf("%s/isocost", dir);
	return home && *home == '/' && stat(home, &st) == 0 && S_ISDIR(st.st_mode) ? xasprintf("%s/%s/isocost", home, in_home) : NULL;
}

/* The build tree's own, unless it belongs to somebody else. */
static char *cache_of_tree(void)
{
	cleanup_free char *exe = fs_exe_dir(), *isoload = xasprintf("%s/isoload", exe), *own = xasprintf("%s/guest", exe);
	if (!fs_exists(isoload) || access(fs_exists(own) ? own : exe, W_OK) < 0)
		return NULL;
	return ptr_steal(&own);
}

/* For who has no home: others can write to /var/tmp, so cache_make() looks whose it is. */
static char *cache_of_nobody(void)
{
	return xasprintf("/var/tmp/isocost-cache-%u", geteuid());
}

char *path_cache(void)
{
	const char *env = getenv("ISOCOST_CACHE");
	if (env && *env)
		return xstrdup(env);
	char *cache = cache_of_tree();
	if (!cache)
		cache = xdg("XDG_CACHE_HOME", ".cache");
	return cache ? cache : cache_of_nobody();
}

int cache_make(char **ret, struct err *err)
{
	cleanup_free char *cache = path_cache(), *shared = cache_of_nobody();
	struct stat st;
	int r = fs_mkdirs(cache, 0755);
	if (r == 0 && lstat(cache, &st) < 0)
		r = -errno;
	if (r < 0)
		return err_sysf(err, r, "can't make the cache directory %s; name another with ISOCOST_CACHE", cache);
	/* The guest's kernel comes from there. */
	if (strcmp(cache, shared) == 0 && (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 022))
		return err_setf(err, -EPERM, "the cache directory %s is not a directory that only this user can write to; remove it or set "
		                "ISOCOST_CACHE", cache);
	/* QEMU runs in another directory. */
	*ret = realpath(cache, NULL);
	if (!*ret)
		return err_sysf(err, -errno, "can't resolve the cache directory %s", cache);
	return 0;
}

char *path_results(void)
{
	char *data = access(fs_exists("results") ? "results" : ".", W_OK) == 0 ? NULL : xdg("XDG_DATA_HOME", ".local/share");
	if (!data)
		return xstrdup("results");
	char *results = xasprintf("%s/results", data);
	free(data);
	return results;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* leftovers.c - is everything gone that was started? */
#include "run/leftovers.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/lifeline.h"
#include "env/cgroup.h"

#include <ctype.h>
#include <string.h>

/* Whether a process is one that this harness answers for: in its PID namespace all are, elsewhere its children. Not the dead that
 * await their reaping. */
static bool is_ours(const char *pid)
{
	cleanup_free char *path = xasprintf("/proc/%s/stat", pid), *line = fs_read_line(path);
	const char *s = line ? strrchr(line, ')') : NULL;
	char state;
	int parent;
	if (!s || sscanf(s + 1, " %c %d", &state, &parent) != 2 || state == 'Z' || state == 'X')
		return false;
	return lifeline_owner() != getpid() || parent == getpid();
}

static void list_processes(struct strv *ret)
{
	cleanup(dir_closep) DIR *d = opendir("/proc");
	for (struct dirent *e; d && (e = readdir(d));)
		if (isdigit((unsigned char)*e->d_name) && atoi(e->d_name) != getpid() && is_ours(e->d_name))
			strv_add(ret, e->d_name);
}

/* Those outside of the directory keep, which may be NULL. */
static size_t count_mounts(const char *keep)
{
	cleanup_free char *text = NULL, *below = keep ? xasprintf(" %s/", keep) : NULL;
	cleanup(strv_free) struct strv lines = { 0 };
	size_t n = 0;
	if (fs_read("/proc/self/mountinfo", &text, NULL) < 0)
		return 0;
	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++)
		n += !below || !strstr(lines.v[i], below);
	return n;
}

void leftovers_before(struct leftovers *ret)
{
	*ret = (struct leftovers){ .mounts = count_mounts(NULL) };
	list_processes(&ret->pids);
}

int leftovers_find(const struct leftovers *before, const char *session, const char *keep, struct strv *ret, struct err *err)
{
	cleanup(strv_free) struct strv pids = { 0 }, sessions = { 0 };
	size_t mounts = count_mounts(keep);
	list_processes(&pids);
	for (size_t i = 0; i < pids.n; i++) {
		cleanup_free char *path = xasprintf("/proc/%s/comm", pids.v[i]), *comm = fs_read_line(path);
		if (!strv_has(&before->pids, pids.v[i]))
			strv_addf(ret, "process %s (%s)", pids.v[i], comm ? comm : "gone now");
	}
	if (mounts > before->mounts)
		strv_addf(ret, "%zu mounts", mounts - before->mounts);
	int r = cgroup_sweep_list(&sessions, err);
	if (r == 0 && strv_has(&sessions, session))
		strv_addf(ret, "control groups of %s", session);
	return r;
}

void leftovers_free(struct leftovers *l)
{
	strv_free(&l->pids);
	*l = (struct leftovers){ 0 };
}

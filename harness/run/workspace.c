/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workspace.c - the private directory of a session. */
#include "run/workspace.h"

#include "base/beacon.h"
#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/lifeline.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/str.h"
#include "env/env.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define ID_PREFIX "isocost-"
#define DYING_MS 10000          /* how long the processes of a killed session may take to go */

/* Others can write to /var/tmp: the directory must be the user's own, and no link. */
static int base_dir(char **ret, struct err *err)
{
	const char *env = getenv("ISOCOST_WORK");
	cleanup_free char *base = env && *env ? xstrdup(env) : xasprintf("/var/tmp/isocost-%u", geteuid());
	int r = env && *env ? fs_mkdirs(base, 0755) : mkdir(base, 0755) < 0 && errno != EEXIST ? -errno : 0;
	struct stat st;
	if (r == 0 && lstat(base, &st) < 0)
		r = -errno;
	if (r < 0)
		return err_sysf(err, r, "work directory %s; name another with ISOCOST_WORK", base);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return err_setf(err, -EPERM, "work directory %s is not a directory of this user; remove it or set ISOCOST_WORK", base);
	/* libvirt takes no relative one. */
	char *path = realpath(base, NULL);
	if (!path)
		return err_sysf(err, -errno, "work directory %s", base);
	*ret = path;
	return 0;
}

/* Sessions are made and swept one after the other: what is half made must not be taken for dead. -errno or a descriptor
 * that holds the lock until it is closed. */
static int lock_base(const char *base)
{
	int fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR) {
			int r = -errno;
			close(fd);
			return r;
		}
	return fd;
}

/* The base directory, locked. Whoever was the last session in it may have removed it in between: make it again. */
static int open_base(char **ret, int *ret_lock, struct err *err)
{
	for (int tries = 0;; tries++) {
		cleanup_free char *base = NULL;
		int r = base_dir(&base, err);
		if (r < 0)
			return r;
		cleanup(fd_closep) int fd = lock_base(base);
		if (fd < 0 && fd != -ENOENT)
			return err_sysf(err, fd, "can't lock %s", base);
		if (fd >= 0 && fs_exists(base)) {
			*ret = ptr_steal(&base);
			*ret_lock = fd_steal(&fd);
			return 0;
		}
		if (tries == 100)
			return err_setf(err, -EAGAIN, "%s comes and goes", base);
	}
}

/* Field 22 of /proc/PID/stat tells two processes with the same pid apart; 0 when there is none. */
static unsigned long long start_time(pid_t pid)
{
	cleanup_free char *path = xasprintf("/proc/%d/stat", pid), *line = fs_read_line(path);
	char *s = line ? strrchr(line, ')') : NULL;
	for (int i = 0; s && i < 20; i++)
		s = strchr(s + 1, ' ');
	return s ? strtoull(s + 1, NULL, 10) : 0;
}

int workspace_create(const char *uri, struct workspace *ret, struct err *err)
{
	cleanup_free char *base = NULL;
	cleanup(fd_closep) int base_lock = -1;
	int r = open_base(&base, &base_lock, err);
	if (r < 0)
		return r;
	cleanup_free char *id = xasprintf(ID_PREFIX "%06x", (unsigned)(rng_fresh_seed() & 0xffffff));
	cleanup_free char *dir = xasprintf("%s/%s", base, id), *lock = xasprintf("%s/lock", dir);
	/* Before anything with its name is made. Without one it only is in danger from a `clean` that works elsewhere. */
	cleanup(fd_closep) int beacon = beacon_light(id);
	if (beacon < 0)
		log_debugf("can't tell others that session %s lives: %s", id, strerror(-beacon));
	if (mkdir(dir, 0755) < 0)
		return err_sysf(err, -errno, "can't make %s", dir);
	cleanup(fd_closep) int fd = open(lock, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		r = -errno;
		fs_rmtree(dir);
		return err_sysf(err, r, "can't lock %s", lock);
	}
	cleanup_free char *owner = xasprintf("%d\n", lifeline_owner());
	r = fs_write_all(fd, owner, strlen(owner));
	cleanup_free char *uri_file = xasprintf("%s/uri", dir);
	if (r == 0 && uri)
		r = fs_write(uri_file, uri, strlen(uri), 0600);
	if (r < 0) {
		fs_rmtree(dir);
		return err_sysf(err, r, "can't write %s", lock);
	}
	*ret = (struct workspace){ .id = ptr_steal(&id), .dir = ptr_steal(&dir), .lock = fd_steal(&fd), .beacon = fd_steal(&beacon) };
	return 0;
}

/* Mounts below the directory: a session's own, or those that one without a mount namespace has left. */
static void unmount_below(const char *dir)
{
	cleanup_free char *text = NULL;
	if (fs_read("/proc/self/mountinfo", &text, NULL) < 0)
		return;
	struct strv mounts = { 0 };
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char point[4096];
		if (sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 && strncmp(point, dir, strlen(dir)) == 0)
			strv_add(&mounts, point);
	}
	for (size_t i = mounts.n; i-- > 0;) {
		log_debugf("unmounting %s", mounts.v[i]);
		umount2(mounts.v[i], MNT_DETACH);
	}
	strv_free(&mounts);
}

void workspace_destroy(struct workspace *w)
{
	if (!w->dir)
		return;
	unmount_below(w->dir);
	int r = fs_rmtree(w->dir);
	if (r < 0)
		log_warnf("can't remove %s: %s; `isocost clean` tries again", w->dir, strerror(-r));
	/* The last one out. */
	cleanup_free char *base = xstrndup(w->dir, (size_t)(strrchr(w->dir, '/') - w->dir));
	if (rmdir(base) < 0) {
		/* Another session lives in it. */
	}
	close(w->lock);
	fd_closep(&w->beacon);
	free(w->id);
	free(w->dir);
	*w = (struct workspace){ .lock = -1 };
}

/* The lock of a session whose owner was killed is free as soon as the kernel has ended its last process. Returns whether
 * the session is dead; the lock is then held through *fd. */
static bool is_dead(const char *dir, int *fd)
{
	cleanup_free char *lock = xasprintf("%s/lock", dir), *owner = NULL;
	*fd = open(lock, O_RDWR | O_CLOEXEC);
	if (*fd < 0)
		return errno == ENOENT;         /* killed between mkdir and open; nobody is there now, the base is locked */
	int64_t deadline = clk_now() + DYING_MS * CLK_MS;
	while (flock(*fd, LOCK_EX | LOCK_NB) < 0) {
		free(owner);
		owner = fs_read_line(lock);
		pid_t pid = owner ? atoi(owner) : 0;
		if (pid <= 0 || start_time(pid) || clk_now() > deadline)
			return false;           /* it lives, or is just being made */
		poll(NULL, 0, 5);               /* no event tells of a lock that comes free */
	}
	return true;
}

static int sweep_one(const char *base, const char *id, struct err *err)
{
	cleanup_free char *dir = xasprintf("%s/%s", base, id);
	cleanup(fd_closep) int fd = -1;
	if (!is_dead(dir, &fd))
		return 0;
	log_infof("removing what session %s left", id);
	cleanup_free char *uri_file = xasprintf("%s/uri", dir), *uri = fs_read_line(uri_file);
	int r = env_sweep(id, uri, err);
	if (r < 0)
		return r;
	unmount_below(dir);
	r = fs_rmtree(dir);
	return r < 0 ? err_sysf(err, r, "can't remove %s", dir) : 1;
}

int workspace_sweep(struct err *err)
{
	cleanup_free char *base = NULL;
	cleanup(fd_closep) int base_lock = -1;
	int r = open_base(&base, &base_lock, err), swept = 0;
	if (r < 0)
		return r;
	cleanup(dir_closep) DIR *d = opendir(base);
	if (!d)
		return err_sysf(err, -errno, "%s", base);
	for (struct dirent *e; (e = readdir(d));) {
		if (strncmp(e->d_name, ID_PREFIX, strlen(ID_PREFIX)) != 0)
			continue;
		int one = sweep_one(base, e->d_name, err);
		if (one < 0)
			r = one;
		else
			swept += one;
	}
	if (swept && rmdir(base) < 0) {
		/* Another session lives in it. */
	}
	return r < 0 ? r : swept;
}

int workspace_sweep_strays(struct err *err)
{
	cleanup_free char *base = NULL;
	cleanup(strv_free) struct strv known = { 0 };
	cleanup(fd_closep) int base_lock = -1;
	int r = open_base(&base, &base_lock, err);
	if (r < 0)
		return r;
	cleanup(dir_closep) DIR *d = opendir(base);
	for (struct dirent *e; d && (e = readdir(d));)
		strv_add(&known, e->d_name);
	r = env_sweep_strays(&known, err);
	if (rmdir(base) < 0) {
		/* A session lives in it. */
	}
	return r;
}

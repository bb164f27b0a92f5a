/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nursery.c - a thread that stands in a cgroup, and perhaps in a mount namespace, so that what it clones is born there. */
#include "env/nursery.h"

#include "base/cleanup.h"
#include "base/clk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>

/* It leaves all of that by ending. The main thread never enters a cgroup: its memory would be charged there, and a want of
 * memory there could be its end. */
struct nursery {
	int view;
	int (*fn)(void *arg, struct err *err);
	void *arg;
	struct err *err;
	int r;
};

int nursery_enter(int view, struct err *err)
{
	if (view < 0)
		return 0;
	/* The kernel wants a thread that shares its directory and umask with no other. */
	if (unshare(CLONE_FS) < 0 || setns(view, CLONE_NEWNS) < 0)
		return err_sysf(err, -errno, "entering the mount namespace of the arm");
	return 0;
}

static void *nursery_main(void *arg)
{
	struct nursery *n = arg;
	n->r = nursery_enter(n->view, n->err);
	if (n->r == 0)
		n->r = n->fn(n->arg, n->err);
	return NULL;
}

int nursery_do(int view, int (*fn)(void *arg, struct err *err), void *arg, struct err *err)
{
	struct nursery n = { .view = view, .fn = fn, .arg = arg, .err = err };
	pthread_t thread;
	int r = -pthread_create(&thread, NULL, nursery_main, &n);
	if (r < 0)
		return err_sysf(err, r, "can't make a thread");
	pthread_join(thread, NULL);
	return n.r;
}

struct view {
	const struct strv *hidden, *private;
	int fd;
};

static int make_view(void *arg, struct err *err)
{
	struct view *v = arg;
	if (unshare(CLONE_NEWNS) < 0)
		return err_sysf(err, -errno, "a mount namespace for the arm");
	/* First: /proc may be among what is hidden. */
	v->fd = open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (v->fd < 0)
		return err_sysf(err, -errno, "/proc/thread-self/ns/mnt");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sysf(err, -errno, "making the mounts private");
	for (size_t i = 0; i < v->hidden->n; i++)
		/* EINVAL: nothing is mounted there, so that nothing is to be seen. */
		if (umount2(v->hidden->v[i], MNT_DETACH) < 0 && errno != EINVAL && errno != ENOENT)
			return err_sysf(err, -errno, "hiding %s", v->hidden->v[i]);
	for (size_t i = 0; i < v->private->n; i++)
		if (mount("tmpfs", v->private->v[i], "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0 && errno != ENOENT)
			return err_sysf(err, -errno, "making %s private", v->private->v[i]);
	return 0;
}

int nursery_view(const struct strv *hidden, const struct strv *private, int *ret_fd, struct err *err)
{
	struct view v = { .hidden = hidden, .private = private, .fd = -1 };
	int r = hidden->n || private->n ? nursery_do(-1, make_view, &v, err) : 0;
	if (r == 0)
		*ret_fd = v.fd;
	else
		fd_closep(&v.fd);
	return r;
}

struct birth {
	struct child_place *place;
	struct env_call *call;
};

static int be_born(void *arg, struct err *err)
{
	struct birth *b = arg;
	struct child_place *place = b->place;
	int r = place->cgroup ? cgroup_enter(place->cgroup, err) : 0;
	place->born_inside = true;
	if (place->phases) {
		place->phases->n = 0;
		place->phases->start_ns = clk_now();
	}
	return r < 0 ? r : child_run(place, b->call, err);
}

int nursery_run(struct child_place *place, int view, struct env_call *call, struct err *err)
{
	struct birth b = { .place = place, .call = call };
	return nursery_do(view, be_born, &b, err);
}

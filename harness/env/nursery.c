/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nursery.c - a thread that stands in a cgroup, and perhaps in a mount namespace, so that what it clones is born there. */
#include "env/nursery.h"

#include "base/clk.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>

/* It leaves all of that by ending. The main thread never enters a cgroup: its memory would be charged there, and a want of
 * memory there could be its end. */
struct nursery {
	const struct strv *hide;
	int (*fn)(void *arg, struct err *err);
	void *arg;
	struct err *err;
	int r;
};

static int hide_mounts(const struct strv *hide, struct err *err)
{
	if (!hide || !hide->n)
		return 0;
	/* CLONE_NEWNS takes this thread out of the directory and umask that threads share, too. */
	if (unshare(CLONE_NEWNS) < 0)
		return err_sysf(err, -errno, "a mount namespace to hide %s in", hide->v[0]);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sysf(err, -errno, "making the mounts private");
	for (size_t i = 0; i < hide->n; i++)
		/* EINVAL: nothing is mounted there, so that nothing is to be seen. */
		if (umount2(hide->v[i], MNT_DETACH) < 0 && errno != EINVAL && errno != ENOENT)
			return err_sysf(err, -errno, "hiding %s", hide->v[i]);
	return 0;
}

static void *nursery_main(void *arg)
{
	struct nursery *n = arg;
	n->r = hide_mounts(n->hide, n->err);
	if (n->r == 0)
		n->r = n->fn(n->arg, n->err);
	return NULL;
}

int nursery_do(const struct strv *hide, int (*fn)(void *arg, struct err *err), void *arg, struct err *err)
{
	struct nursery n = { .hide = hide, .fn = fn, .arg = arg, .err = err };
	pthread_t thread;
	int r = -pthread_create(&thread, NULL, nursery_main, &n);
	if (r < 0)
		return err_sysf(err, r, "can't make a thread");
	pthread_join(thread, NULL);
	return n.r;
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

int nursery_run(struct child_place *place, const struct strv *hide, struct env_call *call, struct err *err)
{
	struct birth b = { .place = place, .call = call };
	return nursery_do(hide, be_born, &b, err);
}

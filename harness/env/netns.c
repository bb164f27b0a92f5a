/* SPDX-License-Identifier: GPL-3.0-or-later */
/* netns.c - make network namespaces, go into them and come back. */
#include "env/netns.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "env/rtnl.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

enum { FRESH = -1 };

int netns_open_own(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int go(int fd, struct err *err)
{
	if (fd == FRESH)
		return unshare(CLONE_NEWNET) < 0 ? err_sysf(err, -errno, "can't make a network namespace") : 0;
	return setns(fd, CLONE_NEWNET) < 0 ? err_sysf(err, -errno, "can't enter a network namespace") : 0;
}

/* A way home, tried before it is needed: to enter the namespace where one is already takes the same permission. -EPERM: none. */
static int find_home(int *ret)
{
	cleanup(fd_closep) int home = netns_open_own();
	if (home < 0)
		return home;
	if (setns(home, CLONE_NEWNET) < 0)
		return -errno;
	*ret = fd_steal(&home);
	return 0;
}

int netns_enter(int fd, int *ret_home, struct err *err)
{
	cleanup(fd_closep) int home = -1;
	int r = ret_home ? find_home(&home) : 0;
	if (r < 0)
		return err_sysf(err, r, "this thread could not come back from another network namespace");
	r = go(fd, err);
	if (r == 0 && ret_home)
		*ret_home = fd_steal(&home);
	return r;
}

void netns_leave(int *home)
{
	if (*home < 0)
		return;
	if (setns(*home, CLONE_NEWNET) < 0) {
		/* It was tried on the way in. To go on in the wrong namespace would be worse than any end. */
		log_errorf("can't come back from a network namespace: %s", strerror(errno));
		abort();
	}
	close(fd_steal(home));
}

struct errand {
	int fd;
	int (*fn)(void *arg);
	void *arg;
	struct err *err;
	int r;
};

static void *errand_main(void *p)
{
	struct errand *e = p;
	e->r = go(e->fd, e->err);
	if (e->r == 0)
		e->r = e->fn(e->arg);
	return NULL;
}

static int run(int fd, int (*fn)(void *arg), void *arg, struct err *err)
{
	struct errand e = { .fd = fd, .fn = fn, .arg = arg, .err = err };
	cleanup(netns_leave) int home = -1;
	pthread_t thread;
	int r = find_home(&home);
	if (r == 0) {
		errand_main(&e);
		return e.r;
	}
	if (r != -EPERM)
		return err_sysf(err, r, "/proc/thread-self/ns/net");
	r = -pthread_create(&thread, NULL, errand_main, &e);
	if (r < 0)
		return err_sysf(err, r, "can't make a thread");
	pthread_join(thread, NULL);
	return e.r;
}

int netns_run(int fd, int (*fn)(void *arg), void *arg, struct err *err)
{
	return run(fd, fn, arg, err);
}

int netns_run_fresh(int (*fn)(void *arg), void *arg, struct err *err)
{
	return run(FRESH, fn, arg, err);
}

struct making {
	int fd;
	struct err *err;
};

static int make(void *arg)
{
	struct making *m = arg;
	cleanup(rtnl_closep) struct nl_sock *sk = NULL;
	cleanup(fd_closep) int fd = netns_open_own();
	if (fd < 0)
		return err_sysf(m->err, fd, "/proc/thread-self/ns/net");
	int r = rtnl_open(&sk);
	if (r < 0)
		return err_sysf(m->err, r, "a netlink socket");
	struct nl_msg *const up[] = { rtnl_up(RTNL_LO) };
	r = rtnl_change(sk, up, 1, NULL);
	if (r < 0)
		return err_sysf(m->err, r, "bringing the loopback interface up");
	m->fd = fd_steal(&fd);
	return 0;
}

int netns_new(int *ret_fd, struct err *err)
{
	struct making m = { .fd = -1, .err = err };
	int r = netns_run_fresh(make, &m, err);
	if (r == 0)
		*ret_fd = m.fd;
	return r;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* virtloop.c - libvirt's event thread, and connections accepted in it. */
#include "env/virtloop.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Guards what the event thread writes: virt_accept.fd and t_ns. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void say_nothing(void *arg, virErrorPtr e)
{
	(void)arg;
	(void)e;
}

void virtloop_quiet(void)
{
	/* libvirt logs to standard error unless it is told otherwise before its first call; errors reach err without it. */
	setenv("LIBVIRT_LOG_OUTPUTS", "4:file:/dev/null", 0);
	virSetErrorFunc(NULL, say_nothing);
}

static void *event_loop(void *arg)
{
	(void)arg;
	for (;;)
		if (virEventRunDefaultImpl() < 0)
			log_debugf("libvirt's event loop: %s", virGetLastErrorMessage());
	return NULL;
}

int virtloop_start(void)
{
	virtloop_quiet();
	if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0)
		return -EIO;
	/* Signals belong to the main thread: they must interrupt its waits. */
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_t t;
	int r = -pthread_create(&t, NULL, event_loop, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r < 0 ? r : -pthread_detach(t);
}

/* ---- accepting ---- */

struct virt_accept {
	int listen_fd, fd, watch;
	int64_t t_ns;
};

/* With the lock held. */
static void accept_now(struct virt_accept *a)
{
	int64_t now = clk_now();
	int fd = accept4(a->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	a->fd = fd;
	a->t_ns = now;
}

static void on_connect(int watch, int fd, int events, void *arg)
{
	(void)fd;
	(void)events;
	struct virt_accept *a = arg;
	pthread_mutex_lock(&lock);
	if (a->fd < 0)
		accept_now(a);
	virEventUpdateHandle(watch, 0);
	pthread_mutex_unlock(&lock);
}

static void accept_release(void *arg)
{
	struct virt_accept *a = arg;
	if (a->fd >= 0)
		close(a->fd);
	close(a->listen_fd);
	free(a);
}

struct virt_accept *virt_accept_new(int listen_fd)
{
	struct virt_accept *a = xcalloc(1, sizeof(*a));
	a->listen_fd = listen_fd;
	a->fd = -1;
	a->watch = virEventAddHandle(listen_fd, VIR_EVENT_HANDLE_READABLE, on_connect, a, accept_release);
	if (a->watch >= 0)
		return a;
	accept_release(a);
	return NULL;
}

int virt_accept_take(struct virt_accept *a, int64_t *ret_ns)
{
	pthread_mutex_lock(&lock);
	if (a->fd < 0)
		accept_now(a);          /* the event thread has not come to it yet */
	int fd = fd_steal(&a->fd);
	*ret_ns = a->t_ns;
	pthread_mutex_unlock(&lock);
	return fd;
}

void virt_accept_free(struct virt_accept *a)
{
	/* The event thread may be in on_connect now: it frees it when it is not. */
	if (a)
		virEventRemoveHandle(a->watch);
}

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
#include <stdbool.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Guards what the event thread writes: virt_accept.fd, t_ns, byte and doom; virt_watch.t_ns. */
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
	bool want_byte;
	int byte_watch;                 /* -1: none */
	char byte;
	int64_t byte_ns;                /* 0: not read here */
	int timer, sig_watch;           /* of the guard; -1: none */
	int doom;                       /* why whoever connected was killed, or will be: -ETIMEDOUT, -EINTR; 0: was not */
	unsigned refs;                  /* of libvirt's event loop */
};

/* With the lock held. */
static void kill_peer(const struct virt_accept *a)
{
	struct ucred u;
	socklen_t len = sizeof(u);
	if (a->fd >= 0 && getsockopt(a->fd, SOL_SOCKET, SO_PEERCRED, &u, &len) == 0 && u.pid > 0)
		kill(u.pid, SIGKILL);
}

/* With the lock held. */
static void accept_now(struct virt_accept *a)
{
	int64_t now = clk_now();
	int fd = accept4(a->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	a->fd = fd;
	a->t_ns = now;
	if (a->doom)
		kill_peer(a);
}

static void accept_release(void *arg);

static void on_byte(int watch, int fd, int events, void *arg)
{
	(void)events;
	struct virt_accept *a = arg;
	int64_t now = clk_now();
	virEventUpdateHandle(watch, 0);
	pthread_mutex_lock(&lock);
	if (a->fd == fd && !a->byte_ns && read(fd, &a->byte, 1) == 1)
		a->byte_ns = now;
	pthread_mutex_unlock(&lock);
}

static void on_connect(int watch, int fd, int events, void *arg)
{
	(void)fd;
	(void)events;
	struct virt_accept *a = arg;
	pthread_mutex_lock(&lock);
	if (a->fd < 0)
		accept_now(a);
	if (a->fd >= 0 && a->want_byte)
		a->byte_watch = virEventAddHandle(a->fd, VIR_EVENT_HANDLE_READABLE, on_byte, a, accept_release);
	a->refs += a->byte_watch >= 0;
	virEventUpdateHandle(watch, 0);
	pthread_mutex_unlock(&lock);
}

static void accept_release(void *arg)
{
	struct virt_accept *a = arg;
	if (--a->refs > 0)
		return;
	if (a->fd >= 0)
		close(a->fd);
	close(a->listen_fd);
	free(a);
}

struct virt_accept *virt_accept_new(int listen_fd)
{
	struct virt_accept *a = xcalloc(1, sizeof(*a));
	a->listen_fd = listen_fd;
	a->fd = a->timer = a->sig_watch = a->byte_watch = -1;
	a->refs = 1;
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

void virt_accept_want_byte(struct virt_accept *a)
{
	a->want_byte = true;
}

int64_t virt_accept_byte(struct virt_accept *a, char *ret)
{
	pthread_mutex_lock(&lock);
	*ret = a->byte;
	int64_t t = a->byte_ns;
	pthread_mutex_unlock(&lock);
	return t;
}

static void doom(struct virt_accept *a, int why)
{
	pthread_mutex_lock(&lock);
	if (!a->doom) {
		a->doom = why;
		kill_peer(a);
	}
	pthread_mutex_unlock(&lock);
}

static void on_deadline(int timer, void *arg)
{
	virEventUpdateTimeout(timer, -1);
	doom(arg, -ETIMEDOUT);
}

static void on_signal(int watch, int fd, int events, void *arg)
{
	(void)fd;
	(void)events;
	virEventUpdateHandle(watch, 0);         /* it stays readable */
	doom(arg, -EINTR);
}

void virt_accept_guard(struct virt_accept *a, int sig_fd, int64_t deadline_ns)
{
	a->timer = virEventAddTimeout(clk_poll_ms(deadline_ns), on_deadline, a, accept_release);
	a->refs += a->timer >= 0;
	a->sig_watch = sig_fd < 0 ? -1 : virEventAddHandle(sig_fd, VIR_EVENT_HANDLE_READABLE, on_signal, a, accept_release);
	a->refs += a->sig_watch >= 0;
}

int virt_accept_unguard(struct virt_accept *a)
{
	if (a->timer >= 0)
		virEventUpdateTimeout(a->timer, -1);
	if (a->sig_watch >= 0)
		virEventUpdateHandle(a->sig_watch, 0);
	pthread_mutex_lock(&lock);
	int why = a->doom;
	pthread_mutex_unlock(&lock);
	return why;
}

void virt_accept_free(struct virt_accept *a)
{
	if (!a)
		return;
	/* The event thread may be in a callback now: it frees it when it is not. */
	if (a->timer >= 0)
		virEventRemoveTimeout(a->timer);
	if (a->sig_watch >= 0)
		virEventRemoveHandle(a->sig_watch);
	if (a->byte_watch >= 0)
		virEventRemoveHandle(a->byte_watch);
	virEventRemoveHandle(a->watch);
}

/* ---- watching ---- */

struct virt_watch {
	int watch;
	int64_t t_ns;
};

static void on_readable(int watch, int fd, int events, void *arg)
{
	(void)fd;
	(void)events;
	struct virt_watch *w = arg;
	int64_t now = clk_now();
	virEventUpdateHandle(watch, 0);         /* it stays readable */
	pthread_mutex_lock(&lock);
	w->t_ns = now;
	pthread_mutex_unlock(&lock);
}

struct virt_watch *virt_watch_new(int fd)
{
	struct virt_watch *w = xcalloc(1, sizeof(*w));
	w->watch = virEventAddHandle(fd, VIR_EVENT_HANDLE_READABLE, on_readable, w, free);
	if (w->watch >= 0)
		return w;
	free(w);
	return NULL;
}

int64_t virt_watch_ns(struct virt_watch *w)
{
	pthread_mutex_lock(&lock);
	int64_t t = w->t_ns;
	pthread_mutex_unlock(&lock);
	return t;
}

void virt_watch_free(struct virt_watch *w)
{
	if (w)
		virEventRemoveHandle(w->watch);
}

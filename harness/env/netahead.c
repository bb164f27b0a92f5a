/* SPDX-License-Identifier: GPL-3.0-or-later */
/* netahead.c - a thread that makes network namespaces when it is asked to. */
#include "env/netahead.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/str.h"
#include "env/netns.h"
#include "env/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* The word that thread, caller and child share; on a page that a forked child shares, too. */
enum { IDLE, ASKED, READY, GO_HOME, QUIT, FAILED = 0x1000 /* + errno */ };

struct netahead {
	struct netahead_door door;
	pthread_t thread;
	pthread_mutex_t claimed;
	pid_t pid;                      /* of the process that has the thread */
	pid_t tid;
	int home, r;                    /* r: how the thread came up */
};

static uint32_t look(const struct netahead_door *d)
{
	return __atomic_load_n(d->word, __ATOMIC_ACQUIRE);
}

static void tell(const struct netahead_door *d, uint32_t state)
{
	__atomic_store_n(d->word, state, __ATOMIC_RELEASE);
	syscall(SYS_futex, d->word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

static void wait_while(const struct netahead_door *d, uint32_t state)
{
	while (look(d) == state)
		syscall(SYS_futex, d->word, FUTEX_WAIT, state, NULL, NULL, 0);
}

static uint32_t make_one(void)
{
	if (unshare(CLONE_NEWNET) < 0 || ns_loopback_up() < 0)
		return FAILED + (uint32_t)errno;
	return READY;
}

static void *netahead_main(void *arg)
{
	struct netahead *n = arg;
	n->tid = (pid_t)syscall(SYS_gettid);
	n->home = netns_open_own();
	/* Tried before it is needed. */
	n->r = n->home < 0 ? n->home : setns(n->home, CLONE_NEWNET) < 0 ? -errno : 0;
	tell(&n->door, n->r < 0 ? QUIT : IDLE);
	for (uint32_t state; n->r == 0 && (state = look(&n->door)) != QUIT;) {
		if (state == ASKED) {
			tell(&n->door, make_one());
		} else if (state == GO_HOME) {
			setns(n->home, CLONE_NEWNET);
			tell(&n->door, IDLE);
		} else {
			wait_while(&n->door, state);
		}
	}
	fd_closep(&n->home);
	return NULL;
}

static int run_thread(struct netahead *n, const cpu_set_t *cpus)
{
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(*cpus), cpus);
	/* The word is not yet any state of it. */
	*n->door.word = FAILED;
	int r = -pthread_create(&n->thread, &attr, netahead_main, n);
	pthread_attr_destroy(&attr);
	if (r < 0)
		return r;
	wait_while(&n->door, FAILED);
	if (n->r < 0)
		pthread_join(n->thread, NULL);
	return n->r;
}

int netahead_open(const cpu_set_t *cpus, struct netahead **ret, struct err *err)
{
	cpu_set_t own, both;
	if (sched_getaffinity(0, sizeof(own), &own) < 0)
		return err_sysf(err, -errno, "sched_getaffinity");
	CPU_OR(&both, &own, cpus);
	if (CPU_COUNT(&both) < 2)
		return err_setf(err, -ENOTSUP, "there is no second CPU");
	struct netahead *n = xcalloc(1, sizeof(*n));
	n->door.word = mmap(NULL, sizeof(uint32_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (n->door.word == MAP_FAILED)
		abort();
	pthread_mutex_init(&n->claimed, NULL);
	n->pid = getpid();
	int r = run_thread(n, cpus);
	if (r < 0) {
		munmap(n->door.word, sizeof(uint32_t));
		free(n);
		return err_setf(err, -ENOTSUP, "a thread could not come back from a network namespace: %s", strerror(-r));
	}
	snprintf(n->door.path, sizeof(n->door.path), "/proc/%d/task/%d/ns/net", n->pid, n->tid);
	*ret = n;
	return 0;
}

void netahead_close(struct netahead *n)
{
	if (!n)
		return;
	if (n->pid == getpid()) {
		tell(&n->door, QUIT);
		pthread_join(n->thread, NULL);
	}
	munmap(n->door.word, sizeof(uint32_t));
	pthread_mutex_destroy(&n->claimed);
	free(n);
}

int netahead_ask(struct netahead *n)
{
	if (n->pid != getpid())
		return -ECHILD;
	pthread_mutex_lock(&n->claimed);
	/* On its way home. */
	wait_while(&n->door, GO_HOME);
	tell(&n->door, ASKED);
	return 0;
}

void netahead_attached(struct netahead *n)
{
	/* Whoever never joined must not leave it at work. */
	wait_while(&n->door, ASKED);
	pthread_mutex_unlock(&n->claimed);
}

void netahead_home(struct netahead *n)
{
	if (n->pid != getpid())
		return;
	pthread_mutex_lock(&n->claimed);
	if (look(&n->door) != IDLE)
		tell(&n->door, GO_HOME);
	wait_while(&n->door, GO_HOME);
	pthread_mutex_unlock(&n->claimed);
}

const struct netahead_door *netahead_door(const struct netahead *n)
{
	return &n->door;
}

int netahead_join(const struct netahead_door *d)
{
	wait_while(d, ASKED);
	uint32_t state = look(d);
	if (state != READY) {
		errno = state > FAILED ? (int)(state - FAILED) : ESRCH;
		return -1;
	}
	int fd = open(d->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int r = setns(fd, CLONE_NEWNET), saved = errno;
	close(fd);
	errno = saved;
	return r;
}

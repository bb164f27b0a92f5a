/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cgroup.c - one cgroup in every hierarchy that is needed: make, limit, read, kill, remove. */
#include "env/cgroup_tree.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define GONE_DEADLINE (5 * CLK_S)

static int open_in(const struct cgroup_dir *d, const char *file)
{
	cleanup_free char *path = xasprintf("%s/%s", d->path, file);
	return open(path, O_WRONLY | O_CLOEXEC);
}

static int put(const struct cgroup_dir *d, const char *file, const char *text, struct err *err)
{
	cleanup(fd_closep) int fd = open_in(d, file);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return err_sysf(err, -errno, "writing %s to %s/%s", text, d->path, file);
	return 0;
}

static int limit_cpus(const struct cgroup_dir *d, const struct envelope *limits, struct err *err)
{
	if (!d->node->v2) {
		/* A v1 cpuset is born without memory nodes and takes no process before it has some. */
		cleanup_free char *path = xasprintf("%s/cpuset.mems", d->node->parent);
		cleanup_free char *mems = fs_read_line(path);
		int r = put(d, "cpuset.mems", mems ? mems : "0", err);
		if (r < 0)
			return r;
	}
	return limits->cpu_list ? put(d, "cpuset.cpus", limits->cpu_list, err) : 0;
}

static int limit_memory_to(const struct cgroup_dir *d, uint64_t bytes, bool swap, struct err *err)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	int r = put(d, d->node->v2 ? "memory.max" : "memory.limit_in_bytes", text, err);
	if (r < 0 || !swap)
		return r;
	/* No swap beyond the limit: a guest has none either. */
	/* Not every kernel has it: swap accounting is a boot option. */
	if (d->node->v2)
		put(d, "memory.swap.max", "0", NULL);
	else
		put(d, "memory.memsw.limit_in_bytes", text, NULL);
	return 0;
}

static int set_limits(const struct cgroup_tree *t, const struct cgroup_dir *d, const struct envelope *limits, bool limit_memory,
                      struct err *err)
{
	int r = 0;
	if (d->node->controllers & CG_CPUSET)
		r = limit_cpus(d, limits, err);
	if (r == 0 && (d->node->controllers & CG_MEMORY) && limit_memory && limits->memory)
		r = limit_memory_to(d, limits->memory, !t->no_swap, err);
	if (r == 0 && (d->node->controllers & CG_PIDS) && limits->pids) {
		char text[32];
		snprintf(text, sizeof(text), "%u", limits->pids);
		r = put(d, "pids.max", text, err);
	}
	return r;
}

static int make_dir(struct cgroup *c, const struct cgroup_node *node, const char *name, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/%s", node->parent, name);
	if (mkdir(path, 0755) < 0)
		return err_sysf(err, -errno, "can't make the cgroup %s", path);
	struct cgroup_dir *d = &c->dir[c->n++];
	*d = (struct cgroup_dir){ .node = node, .path = ptr_steal(&path), .fd = -1 };
	if (node->v2 && (d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_sysf(err, -errno, "opening %s", d->path);
	return 0;
}

static int made(struct cgroup *c, int r, struct cgroup **ret)
{
	if (r < 0)
		cgroup_destroy(c);
	else
		*ret = c;
	return r;
}

static bool is_cpuset_alone(const struct cgroup_node *node)
{
	return !node->v2 && node->controllers == CG_CPUSET;
}

int cgroup_create(const struct cgroup_tree *t, const char *name, const struct envelope *limits, bool limit_memory,
                  struct cgroup **ret, struct err *err)
{
	struct cgroup *c = xcalloc(1, sizeof(*c));
	c->cpus = t->cpus;
	int r = 0;
	for (size_t i = 0; i < t->n && r == 0; i++) {
		if (c->cpus && is_cpuset_alone(&t->node[i]))
			continue;
		r = make_dir(c, &t->node[i], name, err);
		if (r == 0)
			r = set_limits(t, &c->dir[c->n - 1], limits, limit_memory, err);
	}
	return made(c, r, ret);
}

int cgroup_share_cpus(struct cgroup_tree *t, const char *name, const struct envelope *limits, struct err *err)
{
	struct cgroup *c = xcalloc(1, sizeof(*c));
	int r = 0;
	for (size_t i = 0; i < t->n && r == 0; i++) {
		if (!is_cpuset_alone(&t->node[i]))
			continue;
		r = make_dir(c, &t->node[i], name, err);
		if (r == 0)
			r = set_limits(t, &c->dir[c->n - 1], limits, false, err);
	}
	return made(c, r, &t->cpus);
}

int cgroup_add(const struct cgroup *c, pid_t pid, struct err *err)
{
	char text[24];
	snprintf(text, sizeof(text), "%d", (int)pid);
	int r = 0;
	for (size_t i = 0; i < c->n && r == 0; i++)
		r = put(&c->dir[i], "cgroup.procs", text, err);
	return r == 0 && c->cpus ? cgroup_add(c->cpus, pid, err) : r;
}

/* v1 moves single threads through `tasks`. */
static bool is_entered(const struct cgroup_dir *d)
{
	return !d->node->v2 && d->node->own && !(d->node->controllers & CG_CPUSET);
}

int cgroup_enter(const struct cgroup *c, struct err *err)
{
	for (size_t i = 0; i < c->n; i++) {
		int r = is_entered(&c->dir[i]) ? put(&c->dir[i], "tasks", "0", err) : 0;
		if (r < 0) {
			cgroup_leave(c);
			return r;
		}
	}
	return 0;
}

void cgroup_leave(const struct cgroup *c)
{
	for (size_t i = 0; i < c->n; i++) {
		cleanup_free char *tasks = xasprintf("%s/tasks", c->dir[i].node->own ? c->dir[i].node->own : "");
		int r = is_entered(&c->dir[i]) ? fs_put(tasks, "0") : 0;
		if (r < 0)
			log_warnf("can't move the harness back into %s: %s", tasks, strerror(-r));
	}
}

static int open_tasks(const struct cgroup_dir *d, size_t *n, int fds[CGROUP_DIRS_MAX], struct err *err)
{
	int fd = open_in(d, "tasks");
	if (fd < 0)
		return err_sysf(err, -errno, "opening %s/tasks", d->path);
	fds[(*n)++] = fd;
	return 0;
}

int cgroup_tasks_open(const struct cgroup *c, bool born_inside, struct cgroup_tasks *ret, struct err *err)
{
	struct cgroup_tasks t = { 0 };
	int r = 0;
	for (size_t i = 0; i < c->n && r == 0; i++) {
		const struct cgroup_dir *d = &c->dir[i];
		bool there = born_inside && (is_entered(d) || is_cpuset_alone(d->node));
		if (!d->node->v2 && !there)
			r = open_tasks(d, &t.n, t.fd, err);
	}
	for (size_t i = 0; c->cpus && i < c->cpus->n && r == 0; i++, t.n_cpus++)
		r = open_tasks(&c->cpus->dir[i], &t.n, t.fd, err);
	if (r < 0)
		cgroup_tasks_close(&t);
	else
		*ret = t;
	return r;
}

void cgroup_tasks_close(struct cgroup_tasks *t)
{
	while (t->n)
		close(t->fd[--t->n]);
}

int cgroup_dir_fd(const struct cgroup *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->dir[i].node->v2)
			return c->dir[i].fd;
	return -1;
}

/* Wait for the end of one process; it may be gone already. */
static void wait_gone(pid_t pid, int64_t deadline_ns)
{
	cleanup(fd_closep) int fd = proc_pidfd(pid);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	while (fd >= 0 && poll(&p, 1, clk_poll_ms(deadline_ns)) < 0 && errno == EINTR)
		;
}

/* Kill what is in the list of pids and wait for it; 0 when the list is empty. */
static int kill_listed(const char *list, int64_t deadline_ns)
{
	int n = 0;
	const pid_t self = getpid();
	struct strv pids = { 0 };
	strv_split(&pids, list, "\n");
	for (size_t i = 0; i < pids.n; i++) {
		pid_t pid = (pid_t)atoi(pids.v[i]);
		/* 0: a process of another pid namespace, out of reach from here. The own one: a thread of it that is ending. */
		if (pid > 0 && pid != self && ++n)
			kill(pid, SIGKILL);
	}
	for (size_t i = 0; i < pids.n && n; i++)
		if (atoi(pids.v[i]) > 0 && atoi(pids.v[i]) != self)
			wait_gone((pid_t)atoi(pids.v[i]), deadline_ns);
	strv_free(&pids);
	return n;
}

static int kill_all(const char *dir, int64_t deadline_ns)
{
	cleanup_free char *path = xasprintf("%s/cgroup.procs", dir);
	while (clk_now() < deadline_ns) {
		cleanup_free char *list = NULL;
		int r = fs_read(path, &list, NULL);
		if (r < 0)
			return r == -ENOENT || r == -ENODEV ? 0 : r;
		if (kill_listed(list, deadline_ns) == 0)
			return 0;
	}
	return -ETIMEDOUT;
}

int cgroup_kill(const struct cgroup *c, struct err *err)
{
	/* Not all hierarchies need hold the same processes (cgroup_enter leaves cpuset out). */
	int64_t deadline = clk_now() + GONE_DEADLINE;
	for (size_t i = 0; i < c->n; i++) {
		int r = kill_all(c->dir[i].path, deadline);
		if (r < 0)
			return err_sysf(err, r, "killing what runs in %s", c->dir[i].path);
	}
	return 0;
}

/* A dying process leaves its cgroup a moment after its parent has seen its end, and v1 tells nobody: try again. */
static int remove_dir(const char *path, int64_t deadline_ns)
{
	while (rmdir(path) < 0) {
		if (errno == ENOENT)
			return 0;
		if (errno != EBUSY || clk_now() >= deadline_ns)
			return -errno;
		poll(NULL, 0, 1);
	}
	return 0;
}

int cgroup_kill_and_remove(const char *path)
{
	int64_t deadline = clk_now() + GONE_DEADLINE;
	int r = remove_dir(path, 0);
	if (r == -EBUSY)
		r = kill_all(path, deadline);
	return r < 0 ? r : remove_dir(path, deadline);
}

void cgroup_destroy(struct cgroup *c)
{
	for (size_t i = 0; c && i < c->n; i++) {
		struct cgroup_dir *d = &c->dir[i];
		fd_closep(&d->fd);
		int r = cgroup_kill_and_remove(d->path);
		if (r < 0)
			log_warnf("can't remove the cgroup %s: %s", d->path, strerror(-r));
		free(d->path);
	}
	free(c);
}

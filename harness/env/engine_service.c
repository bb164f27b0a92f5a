/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engine_service.c - a daemon that an engine needs: started, waited for, ended with all that it started. */
#include "env/engine.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/sig.h"
#include "env/cgroup.h"
#include "env/ns.h"
#include "env/nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>

#define END_DEADLINE (15 * CLK_S)

struct engine_service {
	struct cgroup_tree *tree;
	struct cgroup *cgroup;
	struct ns_report *report;
	char *program;
	pid_t pid;
	int pidfd;
	/* The kernel ends a child whose maker set PR_SET_PDEATHSIG when the thread that made it ends: this one lives on. */
	pthread_t thread;
	bool has_thread;
	sem_t started, over;
};

/* Whether somebody listens there. */
static bool answers(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	cleanup(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	strcpy(a.sun_path, path);
	return fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
}

static int last_words(const struct engine_service *s, const char *log, const char *what, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	if (fs_read(log, &text, &len) < 0)
		len = 0;
	return err_setf(err, -EIO, "%s %s%s%s", s->program, what, len ? ": " : "",
	                len ? str_trim(text + (len > 600 ? len - 600 : 0)) : "");
}

/* The socket appears in its directory a moment before somebody listens on it: that moment has no event. */
#define LISTEN_MS 20

static int wait_for(const struct engine_service *s, const struct engine_service_spec *spec, struct err *err)
{
	cleanup_free char *dir = xstrndup(spec->socket, (size_t)(strrchr(spec->socket, '/') - spec->socket));
	cleanup(fd_closep) int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch < 0 || inotify_add_watch(watch, dir, IN_CREATE | IN_MOVED_TO | IN_ATTRIB) < 0)
		return err_sysf(err, -errno, "watching %s", dir);
	int64_t deadline = clk_now() + (int64_t)(spec->seconds * 1e9);
	while (!answers(spec->socket)) {
		struct pollfd p[3] = { { .fd = watch, .events = POLLIN }, { .fd = s->pidfd, .events = POLLIN },
		                       { .fd = sig_fd(), .events = POLLIN } };
		poll(p, 3, fs_exists(spec->socket) ? LISTEN_MS : clk_poll_ms(deadline));
		char events[4096];
		while (read(watch, events, sizeof(events)) > 0)
			;
		if (p[2].revents)
			return err_setf(err, -EINTR, "interrupted");
		if (p[1].revents)
			return last_words(s, spec->log, "ended at once", err);
		if (clk_now() >= deadline)
			return last_words(s, spec->log, "does not listen", err);
	}
	return 0;
}

static int spawn_it(struct engine_service *s, const struct engine_place *p, const struct engine_service_spec *spec, struct err *err)
{
	cleanup(fd_closep) int log = open(spec->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (log < 0)
		return err_sysf(err, -errno, "can't make %s", spec->log);
	cleanup(strv_free) struct strv files = { 0 };
	ns_candidates(spec->argv->v[0], ENGINE_PATH, &files);
	cleanup(cgroup_tasks_close) struct cgroup_tasks tasks = { 0 };
	int r = s->cgroup ? cgroup_tasks_open(s->cgroup, false, &tasks, err) : 0;
	if (r < 0)
		return r;
	struct ns_child c = { .cgroup_dir = s->cgroup ? cgroup_dir_fd(s->cgroup) : -1, .cgroup_tasks = tasks.fd, .n_cgroup_tasks = tasks.n,
	                      .stdio = { -1, log, log }, .files = files.v, .argv = spec->argv->v, .envp = p->envp };
	sched_getaffinity(0, sizeof(c.cpus), &c.cpus);
	return ns_spawn(&c, s->report, &s->pid, &s->pidfd, err);
}

struct start {
	struct engine_service *s;
	const struct engine_place *place;
	const struct engine_service_spec *spec;
	struct err *err;
	int r;
};

static void *service_main(void *arg)
{
	struct start *start = arg;
	struct engine_service *s = start->s;
	start->r = nursery_enter(start->place->view, start->err);
	if (start->r == 0)
		start->r = spawn_it(s, start->place, start->spec, start->err);
	sem_post(&s->started);          /* from here on *start is gone */
	while (sem_wait(&s->over) < 0)
		;
	return NULL;
}

static int spawn(struct engine_service *s, const struct engine_place *p, const struct engine_service_spec *spec, struct err *err)
{
	struct start start = { .s = s, .place = p, .spec = spec, .err = err };
	int r = -pthread_create(&s->thread, NULL, service_main, &start);
	if (r < 0)
		return err_sysf(err, r, "can't make a thread");
	s->has_thread = true;
	while (sem_wait(&s->started) < 0)
		;
	return start.r;
}

/* The harness's own CPUs: a v1 cpuset takes no process before it has some. Owner frees. */
static char *own_cpus(void)
{
	cpu_set_t set;
	struct str b = { 0 };
	sched_getaffinity(0, sizeof(set), &set);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			str_addf(&b, "%s%d", b.len ? "," : "", i);
	return b.s;
}

int engine_service_start(const struct engine_place *p, const struct engine_service_spec *spec, struct engine_service **ret,
                         struct err *err)
{
	if (strlen(spec->socket) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return err_setf(err, -ENAMETOOLONG, "the path of the socket is too long: %s; set ISOCOST_WORK to a shorter directory",
		                spec->socket);
	int r = engine_find(p, spec->argv->v[0], err);
	if (r < 0)
		return r;
	struct engine_service *s = xcalloc(1, sizeof(*s));
	s->pidfd = -1;
	sem_init(&s->started, 0, 0);
	sem_init(&s->over, 0, 0);
	s->program = xstrdup(spec->argv->v[0]);
	s->report = ns_report_new();
	cleanup_free char *cpus = own_cpus();
	const struct envelope no_limits = { .cpu_list = cpus };
	r = cgroup_tree_open(&s->tree, err);
	if (r == 0)
		r = cgroup_create(s->tree, spec->cgroup, &no_limits, false, &s->cgroup, err);
	if (r == 0)
		r = spawn(s, p, spec, err);
	if (r == 0)
		r = wait_for(s, spec, err);
	if (r < 0)
		engine_service_stop(s);
	else
		*ret = s;
	return r;
}

void engine_service_stop(struct engine_service *s)
{
	if (!s)
		return;
	if (s->pid > 0) {
		struct pollfd p = { .fd = s->pidfd, .events = POLLIN };
		int64_t deadline = clk_now() + END_DEADLINE;
		kill(s->pid, SIGTERM);
		while (poll(&p, 1, clk_poll_ms(deadline)) < 0 && errno == EINTR)
			;
		if (!p.revents)
			log_warnf("%s did not end when it was told to: killed", s->program);
		kill(s->pid, SIGKILL);
		proc_wait(s->pid);
	}
	if (s->has_thread) {
		sem_post(&s->over);
		pthread_join(s->thread, NULL);
	}
	sem_destroy(&s->started);
	sem_destroy(&s->over);
	fd_closep(&s->pidfd);
	cgroup_destroy(s->cgroup);
	cgroup_tree_close(s->tree);
	ns_report_free(s->report);
	free(s->program);
	free(s);
}

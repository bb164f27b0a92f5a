/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child.c - run one planned process to its end. */
#include "env/child.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/log.h"
#include "base/proc.h"
#include "env/pump.h"
#include "env/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

int child_cpus(const char *list, cpu_set_t *ret, struct err *err)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	for (const char *s = list; *s; s += *s == ',') {
		unsigned from, to;
		int n = 0;
		if (sscanf(s, "%u-%u%n", &from, &to, &n) < 2 || !n) {
			if (sscanf(s, "%u%n", &from, &n) < 1)
				return err_setf(err, -EINVAL, "CPUs '%s': expected a list such as 0,2-3", list);
			to = from;
		}
		if (to >= CPU_SETSIZE || from > to || (s[n] && s[n] != ','))
			return err_setf(err, -EINVAL, "CPUs '%s': expected a list such as 0,2-3", list);
		for (unsigned i = from; i <= to; i++)
			CPU_SET(i, &set);
		s += n;
	}
	if (CPU_COUNT(&set) == 0)
		return err_setf(err, -EINVAL, "the list of CPUs is empty");
	*ret = set;
	return 0;
}

/* The command's standard streams, and our ends of them. */
struct streams {
	int child[3];
	int out, errout;                /* pipes to read, or -1 */
	int master;                     /* of the pty, or -1 */
	int owned[4];                   /* the child's ends that we opened, closed once it has them */
	size_t n_owned;
};

static void close_owned(struct streams *s)
{
	while (s->n_owned)
		close(s->owned[--s->n_owned]);
}

static void streams_close(struct streams *s)
{
	close_owned(s);
	fd_closep(&s->out);
	fd_closep(&s->errout);
	fd_closep(&s->master);
}

static int own(struct streams *s, int fd)
{
	s->owned[s->n_owned++] = fd;
	return fd;
}

static int make_pipe(struct streams *s, int i, int *ret_read, struct err *err)
{
	int p[2];
	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sysf(err, -errno, "pipe");
	*ret_read = p[0];
	s->child[i] = own(s, p[1]);
	return 0;
}

static int open_pty(struct streams *s, int in, struct err *err)
{
	int slave;
	int r = tty_make_pty(in, &s->master, &slave, err);
	if (r == 0)
		s->child[0] = s->child[1] = s->child[2] = own(s, slave);
	return r;
}

/* Through a descriptor of the host's /dev/null its mode could be changed: -1 has the child take the one of its own root. */
static int own_null(int fd)
{
	struct stat st;
	return fd < 0 || (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)) ? -1 : fd;
}

static int streams_open(struct streams *s, const struct env_call *call, int in, struct err *err)
{
	*s = (struct streams){ .child = { in, STDOUT_FILENO, STDERR_FILENO }, .out = -1, .errout = -1, .master = -1 };
	if (!call->output && tty_interactive(in, STDOUT_FILENO))
		return open_pty(s, in, err);
	for (int i = 0; i < 3 && !call->output; i++)
		s->child[i] = own_null(s->child[i]);
	if (!call->output)
		return 0;
	s->child[0] = -1;
	int r = make_pipe(s, 1, &s->out, err);
	return r < 0 ? r : make_pipe(s, 2, &s->errout, err);
}

static void resize_pty(void *arg, unsigned short rows, unsigned short cols)
{
	tty_set_size(*(int *)arg, rows, cols);
}

static int relay(struct streams *s, int in, struct pump *p, const struct env_call *call, struct err *err)
{
	fcntl(s->master, F_SETFL, O_RDWR | O_NONBLOCK);
	cleanup(tty_raw_leavep) struct tty_raw *raw = NULL;
	int r = tty_raw_enter(in, &raw, err);
	if (r < 0)
		return r;
	struct tty_relay t = {
		.in = in, .out = STDOUT_FILENO, .peer = s->master, .pidfd = p->pidfd,
		.deadline_ns = call->deadline_ns, .resize = resize_pty, .arg = &s->master,
	};
	r = tty_relay(&t, raw);
	p->exit_ns = t.exit_ns;
	return r < 0 ? pump_stopped(r, err) : 0;
}

static void mark_steps(const struct child_place *place)
{
	for (int i = 0; place->phases && i < NS_STEPS; i++)
		if (place->report->end_ns[i])
			phases_mark(place->phases, ns_step_names[i], place->report->end_ns[i]);
}

static void mark(const struct child_place *place, const char *name, int64_t t_ns)
{
	if (place->phases && t_ns)
		phases_mark(place->phases, name, t_ns);
}

/* Wait for its end, by our hand if it must be. */
static int attend(const struct child_place *place, struct streams *s, pid_t pid, int pidfd, struct env_call *call,
                  struct err *err)
{
	struct pump p = { .out = s->out, .errout = s->errout, .pidfd = pidfd };
	int r = s->master >= 0 ? relay(s, place->stdin_fd, &p, call, err) : pump_run(&p, call, err);
	if (r < 0)
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	/* A PID namespace ends with its first process. Without one, take down what the command left in its process group,
	 * while the dead leader still keeps the number from being used again. */
	if (!(place->plan->namespaces & CLONE_NEWPID))
		kill(-pid, SIGKILL);
	double cpu_s;
	int status = proc_wait_cpu(pid, &cpu_s);
	if (status >= 0 && place->cpu_s)
		*place->cpu_s += cpu_s;
	mark_steps(place);
	mark(place, "exit", p.exit_ns);
	mark(place, "reaped", clk_now());
	if (r < 0)
		return r;
	if (status < 0)
		return err_sysf(err, status, "waiting for process %d", (int)pid);
	call->status = status;
	return 0;
}

int child_run(const struct child_place *place, struct env_call *call, struct err *err)
{
	cleanup(strv_free) struct strv files = { 0 };
	ns_candidates(call->argv[0], place->path, &files);
	cleanup(streams_close) struct streams s;
	int r = streams_open(&s, call, place->stdin_fd, err);
	if (r < 0)
		return r;
	struct ns_child c = *place->plan;
	cleanup(cgroup_tasks_close) struct cgroup_tasks tasks = { 0 };
	r = place->cgroup ? cgroup_tasks_open(place->cgroup, place->born_inside, &tasks, err) : 0;
	if (r < 0)
		return r;
	c.n_cgroup_tasks = tasks.n - tasks.n_cpus;
	c.n_cpus_tasks = tasks.n_cpus;
	c.cgroup_tasks = tasks.fd;
	c.cgroup_dir = place->cgroup ? cgroup_dir_fd(place->cgroup) : -1;
	memcpy(c.stdio, s.child, sizeof(c.stdio));
	c.terminal = s.master >= 0;
	c.files = files.v;
	c.argv = call->argv;
	c.envp = place->envp;
	pid_t pid;
	cleanup(fd_closep) int pidfd = -1;
	r = ns_spawn(&c, place->report, &pid, &pidfd, err);
	if (r < 0)
		return r;
	/* What only the start needed. */
	close_owned(&s);
	cgroup_tasks_close(&tasks);
	if (place->pid)
		*place->pid = pid;
	if (place->spawned)
		place->spawned(place->arg);
	r = attend(place, &s, pid, pidfd, call, err);
	if (r == 0)
		r = ns_report_check(&c, place->report, err);
	if (r == 0 && place->cgroup && cgroup_oom_news(place->cgroup) > 0 && !call->overcommits)
		log_warnf("%s: the kernel killed a process for want of memory: the limit of the envelope was reached", call->argv[0]);
	return r;
}

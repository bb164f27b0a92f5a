/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestvm_qemu.c - a guest's machine, run by QEMU's own command line: libvirt makes it, and has no part in running it. */
#include "env/guestvm.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/sig.h"
#include "env/child.h"
#include "env/guestlink.h"
#include "env/qemuargs.h"
#include "env/qmp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define WORDS_BYTES 600

struct process {
	struct guestvm vm;
	const struct dom_spec *dom;
	struct phases *phases;
	struct qemuargs args;
	cpu_set_t cpus;                 /* of QEMU's own threads */
	char *log;                      /* what it writes to standard output and error */
	int link_listen, marks_listen, qmp_listen;
	struct qmp qmp;
	pid_t pid;                      /* 0: not started, or reaped */
	int pidfd;
	bool asked, let_run;            /* for the vCPUs' threads; told to run */
	char why[WORDS_BYTES + 64];     /* of its end */
};

static struct process *of(struct guestvm *vm)
{
	return (struct process *)vm;
}

static void process_free(struct process *p)
{
	qmp_free(&p->qmp);
	qemuargs_free(&p->args);
	free(p->log);
	int *const fds[] = { &p->link_listen, &p->marks_listen, &p->qmp_listen, &p->pidfd, &p->vm.link_fd, &p->vm.marks_fd };
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		fd_closep(fds[i]);
	free(p);
}

/* ---- its end ---- */

/* The end of what it wrote to standard error, in one line; "" for nothing. */
static void last_words(const struct process *p, char *ret, size_t size)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	*ret = '\0';
	if (fs_read(p->log, &text, &len) < 0)
		return;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ')
			text[i] = ' ';
	const char *words = str_trim(text);
	len = strlen(words);
	snprintf(ret, size, "%s", len > WORDS_BYTES ? words + len - WORDS_BYTES : words);
}

/* How it ended, in words; it may not have been reaped. NULL: it runs. */
static const char *why_ended(struct process *p)
{
	siginfo_t si = { 0 };
	if (*p->why || p->pid <= 0)
		return *p->why ? p->why : NULL;
	if (waitid(P_PIDFD, (id_t)p->pidfd, &si, WEXITED | WNOHANG | WNOWAIT) < 0 || si.si_pid == 0)
		return NULL;
	char words[WORDS_BYTES + 1];
	last_words(p, words, sizeof(words));
	if (si.si_code == CLD_EXITED && si.si_status == 0)
		snprintf(p->why, sizeof(p->why), "%s", p->qmp.shutdown_ns ? "shutdown" : "QEMU ended");
	else
		snprintf(p->why, sizeof(p->why), "QEMU ended %s %d%s%s", si.si_code == CLD_EXITED ? "with status" : "by signal", si.si_status,
		         *words ? ", and said: " : "", words);
	return p->why;
}

static void drain(struct process *p)
{
	if (p->qmp.fd >= 0 && qmp_read(&p->qmp, NULL) < 0)
		close(fd_steal(&p->qmp.fd));
}

/* Dead or alive, nothing of it is left. */
static int64_t end(struct process *p)
{
	if (p->pid <= 0)
		return 0;
	syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0);
	int status = proc_wait(p->pid);
	if (status < 0)
		log_warnf("waiting for QEMU's process %d: %s", (int)p->pid, strerror(-status));
	p->pid = 0;
	return clk_now();
}

static int64_t stop(struct guestvm *vm)
{
	if (!vm)
		return 0;
	int64_t gone = end(of(vm));
	process_free(of(vm));
	return gone;
}

/* ---- before the start ---- */

static int plan_args(struct process *p, const struct guestvm_plan *plan, struct err *err)
{
	cleanup_free char *text = virt_command_line(plan->virt, plan->xml), *qmp = xasprintf("%s/qmp", plan->dir);
	if (!text)
		return err_setf(err, -EIO, "libvirt can't tell QEMU's command line, which via = qemu runs");
	int r = qemuargs_parse(text, &p->args, err);
	if (r == 0)
		r = qemuargs_free_of_libvirt(&p->args, qmp, err);
	if (r == 0)
		r = child_cpus(plan->dom->emulator_list ? plan->dom->emulator_list : plan->dom->cpu_list, &p->cpus, err);
	if (r < 0)
		return r;
	r = guestlink_listen(qmp, err);
	if (r >= 0)
		p->qmp_listen = r;
	return r < 0 ? r : 0;
}

static int prepare(const struct guestvm_plan *plan, struct guestvm **ret, struct err *err)
{
	int64_t begin = clk_now();
	struct process *p = xcalloc(1, sizeof(*p));
	*p = (struct process){
		.vm = { .ops = &guestvm_qemu, .link_fd = -1, .marks_fd = -1 }, .dom = plan->dom, .phases = plan->phases, .log = xasprintf("%s/qemu.log", plan->dir),
		.link_listen = plan->link_listen, .marks_listen = plan->marks_listen, .qmp_listen = -1, .qmp = { .fd = -1 }, .pidfd = -1,
	};
	int r = plan_args(p, plan, err);
	if (r < 0) {
		process_free(p);
		return r;
	}
	/* It is libvirt that makes the command line: no part of a start without it. */
	if (p->phases)
		p->phases->start_ns += clk_now() - begin;
	*ret = &p->vm;
	return 0;
}

/* ---- the start ---- */

static int spawn(struct process *p, struct err *err)
{
	cleanup(fd_closep) int log = open(p->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (log < 0)
		return err_sysf(err, -errno, "can't make %s", p->log);
	char *const files[] = { p->args.argv.v[0], NULL };
	char *const none[] = { NULL };
	struct ns_child c = {
		.cgroup_dir = -1, .cpus = p->cpus, .stdio = { -1, log, log }, .files = files, .argv = p->args.argv.v,
		.envp = p->args.env.n ? p->args.env.v : none,
	};
	struct ns_report *report = ns_report_new();
	int r = ns_spawn(&c, report, &p->pid, &p->pidfd, err);
	if (r == 0)
		r = ns_report_check(&c, report, err);
	ns_report_free(report);
	if (r == 0 && p->phases)
		phases_mark(p->phases, "exec", clk_now());
	return r;
}

static bool take(int *listen_fd, int *ret)
{
	int fd = accept4(*listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return false;
	*ret = fd;
	close(fd_steal(listen_fd));
	return true;
}

/* The vCPUs' threads would run where QEMU's others do; one CPU for all needs nothing. */
static bool wants_pins(const struct process *p)
{
	return p->dom->cpus > 1 || p->dom->emulator_list;
}

static int pin(struct process *p, struct err *err)
{
	unsigned host[CPU_SETSIZE];
	int n = dom_cpu_list(p->dom->cpu_list, host, CPU_SETSIZE);
	for (size_t i = 0; i < p->qmp.n_threads && (int)i < n; i++) {
		cpu_set_t one;
		CPU_ZERO(&one);
		CPU_SET(host[i], &one);
		if (sched_setaffinity(p->qmp.threads[i], sizeof(one), &one) < 0)
			return err_sysf(err, -errno, "can't pin vCPU %zu to CPU %u", i, host[i]);
	}
	return 0;
}

/* Whatever is due between QEMU and its monitor. */
static int speak(struct process *p, struct err *err)
{
	int r = 0;
	if (!p->asked) {
		p->asked = true;
		r = qmp_hello(&p->qmp, wants_pins(p), err);
	}
	if (r == 0)
		r = qmp_read(&p->qmp, err);
	if (r < 0 || p->let_run || (wants_pins(p) && !p->qmp.threads))
		return r;
	p->let_run = true;
	r = pin(p, err);
	return r < 0 ? r : qmp_cont(&p->qmp, err);
}

static void take_calls(struct process *p, const struct pollfd *set)
{
	int64_t now = clk_now();
	if (set[0].revents && take(&p->link_listen, &p->vm.link_fd) && p->phases)
		phases_mark(p->phases, "connect", now);
	if (set[1].revents)
		take(&p->marks_listen, &p->vm.marks_fd);
	if (set[2].revents)
		take(&p->qmp_listen, &p->qmp.fd);
}

static int start_step(struct process *p, int64_t deadline_ns, struct err *err)
{
	struct pollfd set[] = {
		{ .fd = p->link_listen, .events = POLLIN }, { .fd = p->marks_listen, .events = POLLIN },
		{ .fd = p->qmp_listen, .events = POLLIN },  { .fd = p->qmp.fd, .events = POLLIN },
		{ .fd = p->pidfd, .events = POLLIN },       { .fd = sig_fd(), .events = POLLIN },
	};
	int n = poll(set, sizeof(set) / sizeof(*set), clk_poll_ms(deadline_ns));
	if (n < 0)
		return errno == EINTR ? 0 : err_sysf(err, -errno, "poll");
	if (set[5].revents)
		return err_setf(err, -EINTR, "interrupted");
	take_calls(p, set);
	if (set[4].revents) {
		const char *why = why_ended(p);
		return err_setf(err, -EIO, "can't start the guest: %s", why ? why : "QEMU ended");
	}
	int r = p->qmp.fd >= 0 && (!p->asked || set[3].revents) ? speak(p, err) : 0;
	/* It is ending, and its status tells more. */
	if (r == -EPIPE) {
		close(fd_steal(&p->qmp.fd));
		r = 0;
	}
	if (r == 0 && deadline_ns && clk_now() >= deadline_ns)
		r = err_setf(err, -ETIMEDOUT, "QEMU did not get going in time");
	return r;
}

static int start(struct guestvm *vm, int64_t deadline_ns, struct err *err)
{
	struct process *p = of(vm);
	int r = spawn(p, err);
	while (r == 0 && !p->qmp.running_ns)
		r = start_step(p, deadline_ns, err);
	if (r < 0)
		end(p);
	return r;
}

/* ---- the rest ---- */

static struct virt_times times(struct guestvm *vm)
{
	struct process *p = of(vm);
	drain(p);
	return (struct virt_times){ .running_ns = p->qmp.running_ns, .shutdown_ns = p->qmp.shutdown_ns, .why = why_ended(p) };
}

static bool await_end(struct guestvm *vm, int64_t deadline_ns)
{
	struct pollfd w = { .fd = of(vm)->pidfd, .events = POLLIN };
	return poll(&w, 1, clk_poll_ms(deadline_ns)) > 0;
}

/* Its process is a child: /proc tells. */
static int usage(struct guestvm *vm, uint64_t *ret_memory, double *ret_cpu_s)
{
	(void)vm;
	(void)ret_memory;
	(void)ret_cpu_s;
	return -EIO;
}

static int end_fd(const struct guestvm *vm)
{
	return ((const struct process *)vm)->pidfd;
}

const struct guestvm_ops guestvm_qemu = {
	.prepare = prepare, .start = start, .times = times, .await_end = await_end, .usage = usage, .end_fd = end_fd, .stop = stop,
};

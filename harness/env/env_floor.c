/* SPDX-License-Identifier: GPL-3.0-or-later */
/* env_floor.c - the physical limit that a container launcher stands beside: the system calls for the same namespaces, mounts and exec
 * as the container driver's full arm, one after the other, and nothing else. No capabilities are dropped, no filter is loaded, no
 * descriptor is closed, no step is clocked or checked by name, no terminal. Not a sandbox: for measuring only. */
#include "base/cleanup.h"
#include "base/clk.h"
#include "base/proc.h"
#include "env/approot.h"
#include "env/cgroup.h"
#include "env/child.h"
#include "env/clone3.h"
#include "env/drivers.h"
#include "env/instance.h"
#include "env/peer.h"
#include "env/pump.h"
#include "env/rootfs.h"
#include "env/rootplan.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define FAILED 125

struct env_arm {
	const struct env_ctx *ctx;
	char *name;
	struct rootimage image;
	struct cgroup_tree *tree;       /* NULL: cgroup = off */
	uint64_t namespaces;            /* for clone: all but the cgroup namespace, which is unshared where there is a cgroup */
	cpu_set_t cpus;
	unsigned serial;
};

struct env {
	struct env_arm *arm;
	struct instance own;
	struct root_plan mounts;
};

static const struct optdef options[] = {
	{ "cgroup", "on", "on off", "the container's cgroup work too" },
	{ "network", "loopback", "loopback host", "a network namespace with lo up, or none" },
	{ 0 },
};

static void floor_close(struct env_arm *arm)
{
	if (!arm)
		return;
	rootimage_remove(&arm->image);
	cgroup_tree_close(arm->tree);
	free(arm->name);
	free(arm);
}

static int prepare(struct env_arm *arm, const struct kvs *opts, struct env_facts *facts, struct err *err)
{
	const struct env_ctx *ctx = arm->ctx;
	cleanup_free char *file = instance_file_name(arm->name);
	cleanup_free char *cpus = xasprintf("%s.%s-cpus", ctx->id, file);
	if (geteuid() != 0)
		return err_setf(err, -ENOTSUP, "the floor maps no user and needs root");
	arm->namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
	if (strcmp(kvs_get(opts, "network"), "loopback") == 0)
		arm->namespaces |= CLONE_NEWNET;
	int r = child_cpus(ctx->envelope.cpu_list, &arm->cpus, err);
	if (r == 0 && strcmp(kvs_get(opts, "cgroup"), "on") == 0)
		r = cgroup_tree_open(&arm->tree, err);
	if (r == 0 && arm->tree)
		cgroup_skip_cpuacct(arm->tree);
	if (r == 0 && arm->tree)
		r = cgroup_share_cpus(arm->tree, cpus, &ctx->envelope, err);
	if (r < 0)
		return r;
	kvs_set(&facts->facts, "cgroup", arm->tree ? cgroup_tree_mode(arm->tree) : "off", 0);
	return rootimage_make(ctx->work, file, ctx->load_dir, ROOTFS_HOSTNAME, ROOT_BIND, 1, false, true, &arm->image, err);
}

static int floor_open(const struct env_ctx *ctx, const char *arm_name, const struct kvs *opts, struct env_facts *ret_facts,
                      struct env_arm **ret, struct err *err)
{
	struct env_arm *arm = xcalloc(1, sizeof(*arm));
	arm->ctx = ctx;
	arm->name = xstrdup(arm_name);
	ret_facts->label = xstrdup(arm_name);
	int r = prepare(arm, opts, ret_facts, err);
	if (r < 0)
		floor_close(arm);
	else
		*ret = arm;
	return r;
}

static void floor_stop(struct env *env)
{
	if (!env)
		return;
	struct phases *phases = env->own.phases;
	instance_stop(&env->own);
	if (phases)
		phases_mark(phases, "destroyed", clk_now());
	root_plan_free(&env->mounts);
	free(env);
}

#define NO_DISK "the floor is for startup, system calls and the like: it has no disk"
#define NO_PEER "the floor is for startup, system calls and the like: it has no way out"

static int floor_suits(const struct env_arm *arm, const struct workload *w, const struct kvs *params, struct err *err)
{
	(void)arm;
	if (w->needs_scratch)
		return err_setf(err, -ENOTSUP, NO_DISK);
	int r = approot_unfit(w, NO_DISK, err);
	return r < 0 ? r : peer_unfit(w, params, NO_PEER, err);
}

static int floor_start(struct env_arm *arm, const struct env_spec *spec, struct env **ret, struct err *err)
{
	if (spec->scratch || spec->root)
		return err_setf(err, -ENOTSUP, NO_DISK);
	struct env *env = xcalloc(1, sizeof(*env));
	env->arm = arm;
	int r = instance_start(arm->ctx, arm->name, &arm->serial, arm->tree, spec, &env->own, err);
	if (r < 0) {
		free(env);
		return r;
	}
	*ret = env;
	return 0;
}

/* Everything that the child needs; it runs in its parent's memory. */
struct job {
	const struct env *env;
	struct cgroup_tasks tasks;
	int out, errout;
	char *const *files, *const *argv;
	int error;
};

static bool mounts(const struct job *j)
{
	for (size_t i = 0; i < j->env->mounts.n; i++) {
		const struct mount_op *m = &j->env->mounts.v[i];
		struct mount_attr attr = { .attr_set = m->attr };
		if (m->kind == MOUNT_MOVE ? move_mount(m->tree, "", AT_FDCWD, m->target, MOVE_MOUNT_F_EMPTY_PATH) < 0 :
		    mount(m->source, m->target, m->type, m->flags, m->data) < 0 ||
		    (m->attr && mount_setattr(AT_FDCWD, m->target, 0, &attr, sizeof(attr)) < 0))
			return m->optional;
	}
	return true;
}

static void child(void *arg)
{
	struct job *j = arg;
	const struct env_arm *arm = j->env->arm;
	static char *const envp[] = { (char *)"PATH=" ROOTFS_PATH, NULL };
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int s;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	bool ok = sethostname(ROOTFS_HOSTNAME, strlen(ROOTFS_HOSTNAME)) == 0;
	if (ok && (arm->namespaces & CLONE_NEWNET))
		ok = (s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) >= 0 && ioctl(s, SIOCSIFFLAGS, &ifr) == 0;
	for (size_t i = 0; ok && i < j->tasks.n - j->tasks.n_cpus; i++)
		ok = write(j->tasks.fd[i], "0", 1) == 1;
	ok = ok && unshare(CLONE_NEWCGROUP) == 0 &&
	     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mounts(j) && chdir(arm->image.point) == 0 &&
	     syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 && dup2(j->out, 1) == 1 && dup2(j->errout, 2) == 2;
	for (size_t i = j->tasks.n - j->tasks.n_cpus; ok && i < j->tasks.n; i++)
		ok = write(j->tasks.fd[i], "0", 1) == 1;
	ok = ok && sched_setaffinity(0, sizeof(arm->cpus), &arm->cpus) == 0;
	j->error = errno;
	for (char *const *file = j->files; ok && *file; file++)
		execve(*file, j->argv, envp);
	_exit(ok ? 127 : FAILED);
}

static int attend(struct env *env, struct pump *p, pid_t pid, struct env_call *call, struct err *err)
{
	struct phases *phases = instance_phases(&env->own);
	int r = pump_run(p, call, err);
	if (r < 0)
		syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0);
	double cpu_s = 0;
	int status = proc_wait_cpu(pid, &cpu_s);
	env->own.cpu_s += cpu_s;
	if (phases && p->exit_ns)
		phases_mark(phases, "exit", p->exit_ns);
	if (phases)
		phases_mark(phases, "reaped", clk_now());
	call->status = status;
	return r < 0 ? r : status < 0 ? err_sysf(err, status, "waiting for process %d", (int)pid) : 0;
}

static int floor_exec(struct env *env, struct env_call *call, struct err *err)
{
	if (!call->output)
		return err_setf(err, -ENOTSUP, "the floor runs no interactive commands: it exists to be measured");
	struct root_request q = { .image = &env->arm->image, .proc = true, .masks = true };
	if (env->own.cgroup)
		q.memory_dir = cgroup_memory_dir(env->own.cgroup, &q.memory_v2);
	root_plan_free(&env->mounts);
	int r = root_plan_make(&q, &env->mounts, err);
	int out[2] = { -1, -1 }, errout[2] = { -1, -1 };
	if (r == 0 && (pipe2(out, O_CLOEXEC) < 0 || pipe2(errout, O_CLOEXEC) < 0))
		r = err_sysf(err, -errno, "pipe");
	cleanup(fd_closep) int out_r = out[0], out_w = out[1], err_r = errout[0], err_w = errout[1], pidfd = -1;
	if (r < 0)
		return r;
	cleanup(strv_free) struct strv files = { 0 };
	ns_candidates(call->argv[0], ROOTFS_PATH, &files);
	struct job j = { .env = env, .out = out_w, .errout = err_w, .files = files.v, .argv = call->argv };
	r = env->own.cgroup ? cgroup_tasks_open(env->own.cgroup, false, &j.tasks, err) : 0;
	if (r < 0)
		return r;
	long pid = clone3_run(env->arm->namespaces, env->own.cgroup ? cgroup_dir_fd(env->own.cgroup) : -1, &pidfd, child, &j);
	cgroup_tasks_close(&j.tasks);
	root_plan_close(&env->mounts);
	if (pid < 0)
		return err_sysf(err, (int)pid, "clone3");
	env->own.pid = (pid_t)pid;
	close(fd_steal(&out_w));
	close(fd_steal(&err_w));
	struct pump p = { .out = out_r, .errout = err_r, .pidfd = pidfd };
	r = attend(env, &p, (pid_t)pid, call, err);
	if (r == 0 && call->status == FAILED)
		return err_sysf(err, -j.error, "a system call of the floor failed");
	return r;
}

static int floor_body(struct env *env, struct env_body *ret, struct err *err)
{
	(void)err;
	instance_body(&env->own, ret);
	body_add_image(ret, env->arm->image.bytes);
	return 0;
}

static int floor_cpu(struct env *env, double *ret_s, struct err *err)
{
	return instance_cpu(&env->own, ret_s, err);
}

const struct env_ops env_floor = {
	.name = "floor",
	.what = "the bare system calls for the container's namespaces, mounts and exec: the limit of its speed; no sandbox",
	.options = options,
	.own_files = true,
	.open = floor_open,
	.suits = floor_suits,
	.start = floor_start,
	.exec = floor_exec,
	.body = floor_body,
	.cpu = floor_cpu,
	.stop = floor_stop,
	.close = floor_close,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ns.c - what the child does from clone to exec. Below "the child" nothing allocates, locks or formats. */
#include "env/ns.h"

#include "base/clk.h"
#include "env/clone3.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXIT_SETUP 125
#define EXIT_CANNOT_RUN 126
#define EXIT_NOT_FOUND 127

const char *const ns_step_names[NS_STEPS] = {
	"clone", "namespaces", "network", "cgroup", "mounts", "root", "streams", "privileges", "seccomp", "cpu", "exec",
};

struct ns_report *ns_report_new(void)
{
	void *p = mmap(NULL, sizeof(struct ns_report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		abort();
	return p;
}

void ns_report_free(struct ns_report *r)
{
	if (r)
		munmap(r, sizeof(*r));
}

void ns_candidates(const char *program, const char *path, struct strv *ret)
{
	if (strchr(program, '/')) {
		strv_add(ret, program);
		return;
	}
	struct strv dirs = { 0 };
	strv_split(&dirs, path, ":");
	for (size_t i = 0; i < dirs.n; i++)
		strv_addf(ret, "%s/%s", dirs.v[i], program);
	strv_free(&dirs);
}

/* ---- the child ---- */

static void step_done(struct ns_report *r, enum ns_step step)
{
	r->end_ns[step] = clk_now();
}

/* Remember what was being done, and what came of it. */
static bool failed(struct ns_report *r, const char *what, long result)
{
	if (result >= 0)
		return false;
	r->error = errno;
	r->what = what;
	return true;
}

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = write(fd, text, strlen(text));
	int saved = errno;
	close(fd);
	errno = saved;
	return n < 0 ? -1 : 0;
}

int ns_loopback_up(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int r = ioctl(fd, SIOCSIFFLAGS, &ifr);
	int saved = errno;
	close(fd);
	errno = saved;
	return r;
}

static bool set_up_network(const struct ns_child *c, struct ns_report *r)
{
	(void)c;
	return !failed(r, "bringing the loopback interface up", ns_loopback_up());
}

static bool enter_namespaces(const struct ns_child *c, struct ns_report *r)
{
	if (c->uid_map) {
		/* A user may map groups only once nobody can drop one any more. */
		if (failed(r, "denying setgroups", put("/proc/self/setgroups", "deny")) ||
		    failed(r, "mapping the user", put("/proc/self/uid_map", c->uid_map)) ||
		    failed(r, "mapping the group", put("/proc/self/gid_map", c->gid_map)))
			return false;
	}
	/* After the ids: a change of credentials would clear it. */
	if (failed(r, "tying its life to the harness's", prctl(PR_SET_PDEATHSIG, SIGKILL)))
		return false;
	return !c->hostname || !failed(r, "setting the host name", sethostname(c->hostname, strlen(c->hostname)));
}

static bool join_cgroup(const struct ns_child *c, struct ns_report *r)
{
	for (size_t i = 0; i < c->n_cgroup_tasks; i++)
		if (failed(r, "joining its cgroup", write(c->cgroup_tasks[i], "0", 1)))
			return false;
	/* Only now: the root of a cgroup namespace is where its maker stands. */
	return !(c->namespaces & CLONE_NEWCGROUP) || !failed(r, "unsharing the cgroup namespace", unshare(CLONE_NEWCGROUP));
}

/* Late: what was done until here is done where the harness's caches are warm, and the move is made once. */
static bool move_to_cpus(const struct ns_child *c, struct ns_report *r)
{
	for (size_t i = 0; i < c->n_cpus_tasks; i++)
		if (failed(r, "joining its cpuset", write(c->cgroup_tasks[c->n_cgroup_tasks + i], "0", 1)))
			return false;
	return !failed(r, "setting the CPU affinity", sched_setaffinity(0, sizeof(c->cpus), &c->cpus));
}

static int mount_one(const struct mount_op *m)
{
	if (m->kind == MOUNT_MOVE)
		return move_mount(m->tree, "", AT_FDCWD, m->target, MOVE_MOUNT_F_EMPTY_PATH);
	if (m->kind == MOUNT_DIR)
		return mkdir(m->target, 0755);
	if (mount(m->source, m->target, m->type, m->flags, m->data) < 0)
		return -1;
	struct mount_attr attr = { .attr_set = m->attr };
	return m->attr ? mount_setattr(AT_FDCWD, m->target, 0, &attr, sizeof(attr)) : 0;
}

static bool make_mounts(const struct ns_child *c, struct ns_report *r)
{
	/* Nothing that is mounted here may reach the host. */
	if (failed(r, "making the mounts private", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)))
		return false;
	if (c->mounts_dir && failed(r, "entering the directory of the layers", chdir(c->mounts_dir)))
		return false;
	r->mounting = true;
	for (size_t i = 0; i < c->n_mounts; i++) {
		r->mount = i;
		int n = c->mounts[i].kind == MOUNT_NET ? netahead_join(c->door) : mount_one(&c->mounts[i]);
		if (c->mounts[i].kind == MOUNT_NET)
			step_done(r, NS_NETWORK);
		if (n < 0 && c->mounts[i].optional && i < 64)
			r->skipped |= UINT64_C(1) << i;
		else if (failed(r, "mounting", n))
			return false;
	}
	r->mounting = false;
	return true;
}

static bool change_root(const struct ns_child *c, struct ns_report *r)
{
	if (failed(r, "entering the new root", chdir(c->root)))
		return false;
	if (c->enter == NS_CHROOT)
		return !failed(r, "chroot", chroot("."));
	/* The old root is put on top of the new one and taken off from there: no directory is needed for it. */
	return !failed(r, "pivot_root", syscall(SYS_pivot_root, ".", ".")) &&
	       !failed(r, "detaching the old root", umount2(".", MNT_DETACH));
}

static int stream(int fd)
{
	return fd < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : fd;
}

/* Standard streams, a session of its own, signals as a fresh program has them, no other descriptor. */
static bool set_up_process(const struct ns_child *c, struct ns_report *r)
{
	if ((!c->root && failed(r, "changing to /", chdir("/"))) || failed(r, "setsid", setsid()))
		return false;
	for (int i = 0; i < 3; i++)
		if (failed(r, "connecting the standard streams", dup2(stream(c->stdio[i]), i)))
			return false;
	if (c->terminal && failed(r, "taking the terminal", ioctl(0, TIOCSCTTY, 0)))
		return false;
	/* What the harness was itself started with may lack close-on-exec. */
	if (!c->inherit && failed(r, "closing descriptors", (int)syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC)))
		return false;
	umask(022);
	for (int sig = 1; sig < 64; sig++)
		if (c->ignored >> sig & 1 && failed(r, "resetting a signal", signal(sig, SIG_DFL) == SIG_ERR ? -1 : 0))
			return false;
	sigset_t none;
	sigemptyset(&none);
	return !failed(r, "clearing the signal mask", sigprocmask(SIG_SETMASK, &none, NULL));
}

static bool drop_privileges(const struct ns_child *c, struct ns_report *r)
{
	/* Not by the C library, which would ask all threads of the harness. */
	if (c->drop_groups && failed(r, "dropping the supplementary groups", syscall(SYS_setgroups, 0, NULL)))
		return false;
	/* ENOSYS: a kernel without keys. EDQUOT: an ordinary user has few, and the kernel is slow to take them back; the filter holds
	 * what this is to hold, too. */
	if (c->keyring && syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS && errno != EDQUOT &&
	    failed(r, "joining a session keyring of its own", -1))
		return false;
	if (c->no_new_privs && failed(r, "setting no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)))
		return false;
	int n = c->caps ? caps_apply(c->caps) : 0;
	errno = -n;
	return !failed(r, "dropping capabilities", n);
}

static bool load_filter(const struct ns_child *c, struct ns_report *r)
{
	return !failed(r, "loading the system-call filter", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, c->filter));
}

static void say(const char *text)
{
	if (text && write(2, text, strlen(text)) < 0) {
		/* Nowhere left to say it; the exit status tells. */
	}
}

static _Noreturn void exec_first(const struct ns_child *c, struct ns_report *r)
{
	int why = ENOENT;
	step_done(r, NS_EXEC);
	for (char *const *file = c->files; *file; file++) {
		execve(*file, c->argv, c->envp);
		if (errno != ENOENT && errno != ENOTDIR)
			why = errno;
	}
	say("isocost: can't run ");
	say(c->argv[0]);
	say(": ");
	say(why == ENOENT ? "not found in this environment" : strerrordesc_np(why));
	say("\n");
	_exit(why == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}

struct job {
	const struct ns_child *c;
	struct ns_report *r;
};

/* One step, when there is something to do in it. */
static void step(const struct job *j, bool wanted, enum ns_step name, bool (*fn)(const struct ns_child *, struct ns_report *))
{
	if (!wanted)
		return;
	if (!fn(j->c, j->r))
		_exit(EXIT_SETUP);
	step_done(j->r, name);
}

static void child(void *arg)
{
	const struct job *j = arg;
	const struct ns_child *c = j->c;
	step_done(j->r, NS_CLONE);
	step(j, true, NS_NAMESPACES, enter_namespaces);
	step(j, c->loopback, NS_NETWORK, set_up_network);
	step(j, true, NS_CGROUP, join_cgroup);
	step(j, c->namespaces & CLONE_NEWNS, NS_MOUNTS, make_mounts);
	step(j, c->root, NS_ROOT, change_root);
	step(j, true, NS_STREAMS, set_up_process);
	step(j, c->drop_groups || c->keyring || c->no_new_privs || c->caps, NS_PRIVILEGES, drop_privileges);
	step(j, c->filter, NS_SECCOMP, load_filter);
	step(j, true, NS_CPU, move_to_cpus);
	exec_first(c, j->r);
}

/* ---- the parent ---- */

/* The clone resets what is handled, and leaves what is ignored: SIGPIPE by the harness, SIGINT in a shell's background, SIGHUP by
 * nohup. Asked once, behind sig_catch. */
static uint64_t ignored_signals(void)
{
	static uint64_t mask;
	struct sigaction sa;
	for (int sig = 1; !mask && sig < 64; sig++)
		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
			mask |= UINT64_C(1) << sig;
	return mask;
}

int ns_spawn(const struct ns_child *plan, struct ns_report *report, pid_t *ret_pid, int *ret_pidfd, struct err *err)
{
	memset(report, 0, sizeof(*report));
	struct ns_child c = *plan;
	c.ignored = ignored_signals();
	struct job j = { &c, report };
	long pid = clone3_run(c.namespaces & ~(uint64_t)CLONE_NEWCGROUP, c.cgroup_dir, ret_pidfd, child, &j);
	if (pid < 0)
		return err_sysf(err, (int)pid, "clone3");
	*ret_pid = (pid_t)pid;
	return 0;
}

int ns_report_check(const struct ns_child *c, const struct ns_report *report, struct err *err)
{
	if (!report->error)
		return 0;
	if (report->mounting && report->mount < c->n_mounts) {
		const struct mount_op *m = &c->mounts[report->mount];
		if (m->kind == MOUNT_NET)
			return err_sysf(err, -report->error, "joining the network namespace");
		return err_sysf(err, -report->error, "mounting %s on %s", m->source ? m->source : m->type, m->target);
	}
	return err_sysf(err, -report->error, "%s", report->what);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeline.c - tie everything the harness starts to the harness's own life. */
#include "base/lifeline.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static pid_t inner, owner;

/* Exit as the child did; a signal is passed on as the shell's 128 + number. */
static void exit_like(int status)
{
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void forward(int sig)
{
	if (inner > 0)
		kill(inner, sig);
}

/* The terminal sends SIGINT to the whole foreground group; a signal sent to this process alone must reach the harness. */
static void forward_signals(void)
{
	struct sigaction sa = { .sa_handler = forward, .sa_flags = SA_RESTART };
	const int sigs[] = { SIGTERM, SIGHUP, SIGINT };
	for (size_t i = 0; i < sizeof(sigs) / sizeof(*sigs); i++)
		sigaction(sigs[i], &sa, NULL);
}

/* Die with the parent, also when it died before this line: lifeline is the read end of a pipe that the parent holds. */
static void die_with_parent(int lifeline)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	struct pollfd p = { .fd = lifeline, .events = POLLIN };
	if (poll(&p, 1, 0) == 1)
		_exit(1);
}

/* PID 1 of the namespace: reap everything, and end with the harness. When it ends, so does all that is left. */
static void be_init(void)
{
	forward_signals();
	prctl(PR_SET_NAME, "isocost-init");
	for (;;) {
		int status;
		pid_t pid = wait(&status);
		if (pid == inner)
			exit_like(status);
		if (pid < 0 && errno != EINTR)
			_exit(1);
	}
}

static int mount_proc(struct err *err)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sysf(err, -errno, "making the mounts private%s", fs_is_mount("/") ? "" : " (nothing is mounted on /, as after a chroot)");
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return err_sysf(err, -errno, "mounting /proc");
	return 0;
}

/* The user keeps their own ids: only capabilities over the new namespaces are gained. */
static int map_user(uid_t uid, gid_t gid)
{
	cleanup_free char *uids = xasprintf("%u %u 1", uid, uid), *gids = xasprintf("%u %u 1", gid, gid);
	int r = fs_put("/proc/self/setgroups", "deny");
	if (r == 0 || r == -ENOENT)
		r = fs_put("/proc/self/uid_map", uids);
	return r < 0 ? r : fs_put("/proc/self/gid_map", gids);
}

static int unshare_all(struct err *err)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	if (unshare(CLONE_NEWPID | CLONE_NEWNS) == 0)
		return 0;
	if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) < 0)
		return err_sysf(err, -errno, "new PID and mount namespaces");
	int r = map_user(uid, gid);
	return r < 0 ? err_sysf(err, r, "mapping the user") : 0;
}

/* In a trial child: would it work? unshare() can't be undone, and a failure halfway must change nothing. */
static int trial(struct err *err)
{
	int p[2];
	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sysf(err, -errno, "pipe");
	cleanup(fd_closep) int r_end = p[0], w_end = p[1];
	pid_t pid = fork();
	if (pid < 0)
		return err_sysf(err, -errno, "fork");
	if (pid == 0) {
		struct err e = { 0 };
		if (unshare_all(&e) == 0) {
			pid_t child = fork();
			if (child == 0) {
				mount_proc(&e);
				_exit(e.code ? (fs_write_all(w_end, &e, sizeof(e)), 1) : 0);
			}
			waitpid(child, NULL, 0);
		} else {
			fs_write_all(w_end, &e, sizeof(e));
		}
		_exit(0);
	}
	close(fd_steal(&w_end));
	struct err e = { 0 };
	ssize_t n = read(r_end, &e, sizeof(e));
	waitpid(pid, NULL, 0);
	if (n != 0) {
		if (err)
			*err = e;
		return e.code ? e.code : -EIO;
	}
	return 0;
}

bool lifeline_is_held(void)
{
	return owner != 0;
}

pid_t lifeline_owner(void)
{
	return owner ? owner : getpid();
}

int lifeline_enter(struct err *err)
{
	int r = trial(err), p[2];
	if (r < 0)
		return r;
	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sysf(err, -errno, "pipe");
	owner = getpid();
	r = unshare_all(err);
	if (r < 0)
		return r;
	pid_t init = fork();
	if (init < 0)
		return err_sysf(err, -errno, "fork");
	if (init > 0) {
		/* The outer process: it keeps the pipe's write end open for as long as it lives. */
		inner = init;
		forward_signals();
		int status;
		while (waitpid(init, &status, 0) < 0)
			if (errno != EINTR)
				_exit(1);
		exit_like(status);
	}
	close(p[1]);
	die_with_parent(p[0]);
	r = mount_proc(err);
	if (r < 0)
		_exit(1);       /* the trial did the same a moment ago */
	inner = fork();
	if (inner < 0)
		_exit(1);
	if (inner > 0)
		be_init();
	/* PID 1's death kills this process by the kernel's rule; no signal is needed. */
	close(p[0]);
	return 0;
}

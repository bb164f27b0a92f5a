/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape_processes.c - attempts at processes outside, their namespaces, and more privilege for this one. */
#include "escape_try.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The victim, or a number that no process has: then the system call itself is what is tried. */
static pid_t victim_or_none(const struct escape_facts *f)
{
	pid_t pid = escape_victim(f);
	return pid ? pid : 0x3fffffff;
}

static int proc_visible(const struct escape_facts *f)
{
	pid_t pid = escape_victim(f);
	return pid ? escape_got("it is process %d here", (int)pid) : -ESRCH;
}

static int ptrace_outside(const struct escape_facts *f)
{
	return escape_call(ptrace(PTRACE_SEIZE, victim_or_none(f), NULL, NULL));        /* ends with this process */
}

static int signal_outside(const struct escape_facts *f)
{
	return escape_call(kill(victim_or_none(f), 0));
}

/* Where its memory begins, for which its maps must be readable; without that an address that has nothing: the right is
 * looked at first. */
static int vm_readv(const struct escape_facts *f)
{
	pid_t pid = victim_or_none(f);
	char path[64], head[64] = "", byte;
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	escape_read(path, head, sizeof(head));
	struct iovec to = { &byte, 1 }, from = { (void *)strtoul(head, NULL, 16), 1 };
	int r = escape_call(syscall(SYS_process_vm_readv, pid, &to, 1UL, &from, 1UL, 0UL));
	return r == -EFAULT ? escape_got("permitted, though nothing lies at the address") : r;
}

static int pidfd_getfd_outside(const struct escape_facts *f)
{
	int pidfd = (int)syscall(SYS_pidfd_open, victim_or_none(f), 0);
	if (pidfd < 0 && errno != EINVAL)
		return -errno;
	return pidfd < 0 ? -ESRCH : escape_call(syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}

static int kcmp_outside(const struct escape_facts *f)
{
	return escape_call(syscall(SYS_kcmp, getpid(), victim_or_none(f), KCMP_VM, 0, 0));
}

/* Any process's root or working directory that leads outside. */
static int proc_links(const struct escape_facts *f)
{
	static const char *const links[] = { "root", "cwd/../../../../../../.." };
	char path[1024];
	int why = -ENOENT;
	DIR *d = opendir("/proc");
	for (struct dirent *e; d && (e = readdir(d));)
		for (size_t i = 0; i < 2 && atoi(e->d_name) > 0; i++) {
			snprintf(path, sizeof(path), "/proc/%s/%s%s", e->d_name, links[i], f->marker);
			if (escape_has_token(f, open(path, O_RDONLY | O_CLOEXEC)))
				return escape_got("read %s", path);
			why = -errno;
		}
	return d ? why : -errno;
}

static int setns_outside(const struct escape_facts *f)
{
	pid_t pid = escape_victim(f);
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid ? (int)pid : 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (setns(fd, CLONE_NEWNS) < 0)
		return -errno;
	if (escape_has_token(f, open(f->marker, O_RDONLY | O_CLOEXEC)))
		return escape_got("entered %s and read %s", path, f->marker);
	return escape_kept("only its own namespace can be reached");
}

static int unshare_user(const struct escape_facts *f)
{
	(void)f;
	return escape_call(unshare(CLONE_NEWUSER));
}

static int unshare_mount(const struct escape_facts *f)
{
	(void)f;
	return escape_call(unshare(CLONE_NEWNS));
}

/* The child of a raw clone or clone3 only ends. */
static int child_of(long pid)
{
	if (pid == 0)
		_exit(0);
	int r = escape_call(pid);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return r;
}

static int clone_user(const struct escape_facts *f)
{
	(void)f;
	return child_of(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

static int clone3_user(const struct escape_facts *f)
{
	uint64_t args[8] = { CLONE_NEWUSER, 0, 0, 0, SIGCHLD };
	(void)f;
	return child_of(syscall(SYS_clone3, args, sizeof(args)));
}

/* Capabilities back by exec as uid 0, from what the bounding set has left. */
static int exec_gain(const struct escape_facts *f)
{
	(void)f;
	int r = escape_drop_caps();
	if (r < 0)
		return r;
	r = escape_again(NULL, "capable");
	if (r < 0)
		return r;
	return r == 0 ? escape_got("exec gave capabilities back") : escape_kept("exec as uid %d gave none", (int)getuid());
}

/* A copy of this program in a place that can be written to, where set-user-ID works if that can be had. */
static int copy_self(char *path, size_t size)
{
	snprintf(path, size, "%s/isocost-escape-XXXXXX", getenv("ISOCOST_SCRATCH") ? getenv("ISOCOST_SCRATCH") : escape_place());
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to = mkostemp(path, O_CLOEXEC), r = 0;
	char buf[65536];
	if (from < 0 || to < 0)
		return -errno;
	for (ssize_t n; r == 0 && (n = read(from, buf, sizeof(buf))) != 0;)
		if (n < 0 || write(to, buf, (size_t)n) != n)
			r = errno ? -errno : -EIO;
	if (r < 0)
		unlink(path);
	close(from);
	close(to);
	return r;
}

static int setuid_gain(const struct escape_facts *f)
{
	char path[256];
	(void)f;
	int r = copy_self(path, sizeof(path));
	if (r < 0)
		return r;
	if (chown(path, 1, (gid_t)-1) < 0 || chmod(path, 04755) < 0)
		r = -errno;
	if (r == 0)
		r = escape_again(path, "other-user");
	unlink(path);
	if (r < 0)
		return r;
	return r == 0 ? escape_got("ran as uid 1") : escape_kept("exec of a set-user-ID file changed nothing");
}

static int file_caps(const struct escape_facts *f)
{
	struct vfs_cap_data data = { .magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
	                             .data[0].permitted = 1u << CAP_SYS_ADMIN % 32 };
	char path[256];
	(void)f;
	int r = copy_self(path, sizeof(path));
	if (r < 0)
		return r;
	r = escape_call(setxattr(path, "security.capability", &data, sizeof(data), 0));
	unlink(path);
	return r == -ENOTSUP ? escape_na("the file system of %s has no security attributes", path) : r;
}

static int raise_priority(const struct escape_facts *f)
{
	(void)f;
	return escape_call(setpriority(PRIO_PROCESS, 0, -5));
}

static int realtime(const struct escape_facts *f)
{
	struct sched_param p = { .sched_priority = 1 };
	(void)f;
	return escape_call(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p));
}

static int realtime_io(const struct escape_facts *f)
{
	(void)f;
	return escape_call(syscall(SYS_ioprio_set, 1 /* a process */, 0, 1 << 13 /* class: realtime */));
}

static int raise_rlimit(const struct escape_facts *f)
{
	struct rlimit l;
	(void)f;
	if (getrlimit(RLIMIT_RTPRIO, &l) < 0)
		return -errno;
	if (l.rlim_max == RLIM_INFINITY)
		return escape_got("it is unlimited");
	l.rlim_max++;
	return escape_call(setrlimit(RLIMIT_RTPRIO, &l));
}

const struct escape escape_processes[] = {
	{ "proc-visible", "see a process outside in /proc", "pid namespace", ESCAPE_OUTSIDE, { ESRCH }, .run = proc_visible },
	{ "ptrace", "trace a process outside", "filter, pid namespace", ESCAPE_OUTSIDE, { EPERM, ESRCH }, .run = ptrace_outside },
	{ "signal", "signal a process outside", "pid namespace", ESCAPE_OUTSIDE, { ESRCH }, .run = signal_outside },
	{ "vm-readv", "read the memory of a process outside", "filter, pid namespace", ESCAPE_OUTSIDE, { EPERM, ESRCH }, .run = vm_readv },
	{ "pidfd-getfd", "take a descriptor of a process outside", "filter, pid namespace", ESCAPE_OUTSIDE, { EPERM, ESRCH },
	  .run = pidfd_getfd_outside },
	{ "kcmp", "compare the memory of a process outside with its own", "filter, pid namespace", ESCAPE_OUTSIDE, { EPERM, ESRCH },
	  .run = kcmp_outside },
	{ "proc-root", "read a file outside through /proc/PID/root and cwd", "pid namespace", ESCAPE_OUTSIDE, { ENOENT, EACCES },
	  .run = proc_links },
	{ "setns", "enter the mount namespace of a process outside", "filter, pid namespace, capability", ESCAPE_OUTSIDE,
	  { EPERM, EACCES }, .run = setns_outside },
	{ "unshare-user", "become root of a new user namespace", "filter", ESCAPE_KERNEL, { EPERM }, .run = unshare_user },
	{ "unshare-mount", "make a mount namespace", "filter, capability", ESCAPE_KERNEL, { EPERM }, .run = unshare_mount },
	{ "clone-user", "make a user namespace with clone", "filter", ESCAPE_KERNEL, { EPERM }, .run = clone_user },
	{ "clone3-user", "make a user namespace with clone3, whose flags a filter can't see", "filter", ESCAPE_KERNEL,
	  { ENOSYS, EPERM }, .run = clone3_user },
	{ "exec-gain", "get capabilities back by exec as uid 0", "bounding set, no_new_privs", ESCAPE_KERNEL, { 0 }, .run = exec_gain },
	{ "setuid-file", "change user by a set-user-ID file", "capability, nosuid, no_new_privs", ESCAPE_KERNEL, { EPERM, EINVAL },
	  .run = setuid_gain },
	{ "file-caps", "give a file capabilities", "capability", ESCAPE_KERNEL, { EPERM }, .run = file_caps },
	{ "priority", "raise its priority", "capability", ESCAPE_KERNEL, { EACCES, EPERM }, .cap = CAP_SYS_NICE, .run = raise_priority },
	{ "realtime", "become a realtime process", "capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_SYS_NICE, .run = realtime },
	{ "realtime-io", "take the realtime class of I/O", "capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_SYS_NICE, .run = realtime_io },
	{ "rlimit", "raise a hard resource limit", "capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_SYS_RESOURCE, .run = raise_rlimit },
	{ 0 },
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape_limits.c - attempts to take more than the envelope gives, and to change it. Bombs end themselves a little above
 * their limit. */
#include "escape_try.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int umount2(const char *target, int flags);

#define MiB (UINT64_C(1) << 20)
#define BEYOND_PIDS 64
#define BEYOND_MEMORY (64 * MiB)
#define MORE_THAN_TMP (96 * MiB)        /* the container's file systems in memory hold 64 MiB */

/* The children are of this attempt's process group, with which they end. */
static int fork_bomb(const struct escape_facts *f)
{
	uint64_t n = 0, most = f->pids + BEYOND_PIDS;
	if (!f->pids)
		return escape_na("the limit is not known");
	for (; n < most; n++) {
		pid_t pid = fork();
		if (pid < 0)
			break;
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
	return n < most ? -errno : escape_got("%llu processes where %llu are the limit", (unsigned long long)n, (unsigned long long)f->pids);
}

/* If somebody must be killed for want of memory, it shall be this process: by its own wish where /proc takes one, and by
 * being the largest. */
static void be_first_to_go(void)
{
	size_t size = 16 * MiB;
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "1000", 4) < 0) {
		/* Being the largest must do. */
	}
	if (fd >= 0)
		close(fd);
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; p != MAP_FAILED && i < size; i += 4096)
		*(volatile char *)(p + i) = 1;
}

static int memory_hog(const struct escape_facts *f)
{
	if (!f->memory)
		return escape_na("the limit is not known");
	size_t size = f->memory + BEYOND_MEMORY;
	be_first_to_go();
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	for (size_t i = 0; i < size; i += 4096)
		*(volatile char *)(p + i) = 1;
	return escape_got("%zu MiB where %llu are the limit", size / MiB, (unsigned long long)(f->memory / MiB));
}

/* The file has no name: it is gone with this process, however that ends. */
static int fill(const char *dir)
{
	be_first_to_go();
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	int r = escape_call(fallocate(fd, 0, 0, (off_t)MORE_THAN_TMP));
	return r == 0 ? escape_got("%llu MiB in %s", (unsigned long long)(MORE_THAN_TMP / MiB), dir) : r;
}

static int fill_tmp(const struct escape_facts *f)
{
	(void)f;
	return fill("/tmp");
}

static int fill_shm(const struct escape_facts *f)
{
	(void)f;
	return fill("/dev/shm");
}

static int fill_root(const struct escape_facts *f)
{
	(void)f;
	return fill("/");
}

static int all_cpus(const struct escape_facts *f)
{
	cpu_set_t all;
	if (!f->cpus)
		return escape_na("the number of CPUs that it may use is not known");
	memset(&all, 0xff, sizeof(all));
	if (sched_setaffinity(0, sizeof(all), &all) < 0 || sched_getaffinity(0, sizeof(all), &all) < 0)
		return -errno;
	int n = CPU_COUNT(&all);
	return (uint64_t)n > f->cpus ? escape_got("%d CPUs where %llu are the limit", n, (unsigned long long)f->cpus) :
	       escape_kept("it keeps %d", n);
}

/* The directory of this process's own cgroup of a v1 controller, or of v2 ("" and "0"). */
static bool own_cgroup(const char *controller, char *path, size_t size)
{
	char line[1024], *names, *where;
	bool found = false;
	FILE *list = fopen("/proc/self/cgroup", "re");
	while (list && !found && fgets(line, sizeof(line), list)) {
		names = strchr(line, ':');
		where = names ? strchr(names + 1, ':') : NULL;
		if (!where)
			continue;
		*where++ = '\0';
		where[strcspn(where, "\n")] = '\0';
		names++;
		found = strcmp(names, controller) == 0;
		if (found)
			snprintf(path, size, "/sys/fs/cgroup%s%s%s", *controller ? "/" : "", controller, strcmp(where, "/") ? where : "");
	}
	if (list)
		fclose(list);
	return found;
}

/* One file of its own cgroup, on v1 or v2, rewritten with what it holds. */
static int rewrite_own(const char *controller, const char *v1, const char *v2)
{
	char dir[1024], path[1100];
	int r = -ENOENT;
	if (v1 && own_cgroup(controller, dir, sizeof(dir))) {
		snprintf(path, sizeof(path), "%s/%s", dir, v1);
		r = escape_rewrite(path);
	}
	if (r == -ENOENT && v2 && own_cgroup("", dir, sizeof(dir))) {
		snprintf(path, sizeof(path), "%s/%s", dir, v2);
		r = escape_rewrite(path);
	}
	return r;
}

static int raise_limit(const struct escape_facts *f)
{
	(void)f;
	return rewrite_own("memory", "memory.limit_in_bytes", "memory.max");
}

static int notify_on_release(const struct escape_facts *f)
{
	(void)f;
	return rewrite_own("memory", "notify_on_release", NULL);
}

/* The program that the kernel runs as root when a v1 cgroup empties: at the root of a hierarchy that is there, or of one
 * that is mounted for it. */
static int release_agent(const struct escape_facts *f)
{
	char path[512];
	int r = -ENOENT;
	(void)f;
	DIR *d = opendir("/sys/fs/cgroup");
	for (struct dirent *e; r != 0 && d && (e = readdir(d));) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/release_agent", e->d_name);
		int n = e->d_name[0] == '.' ? -ENOENT : escape_rewrite(path);
		r = n == -ENOENT || n == -ENOTDIR ? r : n;
	}
	if (d)
		closedir(d);
	if (r != -ENOENT)
		return r == 0 ? escape_got("%s was written", path) : r;
	escape_own_mounts();
	if (mount("cgroup", escape_place(), "cgroup", 0, "memory") < 0)
		return errno == ENODEV || errno == EINVAL || errno == EBUSY ? escape_na("this kernel has no v1 hierarchy for it") : -errno;
	snprintf(path, sizeof(path), "%s/release_agent", escape_place());
	r = escape_rewrite(path);
	umount2(escape_place(), 2);
	return r == 0 ? escape_got("written in a hierarchy that was mounted for it") : r;
}

const struct escape escape_limits[] = {
	{ "fork-bomb", "start more processes than its limit", "cgroup", ESCAPE_KERNEL, { EAGAIN }, .run = fork_bomb },
	{ "memory-hog", "use more memory than its limit", "cgroup", ESCAPE_KERNEL, { -SIGKILL, ENOMEM }, .run = memory_hog },
	{ "fill-tmp", "put more than its quota in /tmp", "size of the tmpfs", ESCAPE_KERNEL, { ENOSPC, ENOMEM, -SIGKILL }, .run = fill_tmp },
	{ "fill-shm", "put more than its quota in /dev/shm", "size of the tmpfs", ESCAPE_KERNEL, { ENOSPC, ENOMEM, -SIGKILL, ENOENT },
	  .run = fill_shm },
	{ "fill-root", "fill the root file system", "read-only root", ESCAPE_KERNEL, { EROFS, EACCES, ENOSPC, ENOMEM, -SIGKILL },
	  .run = fill_root },
	{ "all-cpus", "run on CPUs that it was not given", "cgroup (cpuset)", ESCAPE_KERNEL, { EINVAL }, .run = all_cpus },
	{ "cgroup-limit", "set its own memory limit (to what it is)", "read-only cgroup", ESCAPE_KERNEL, { EROFS, EACCES, ENOENT },
	  .run = raise_limit },
	{ "notify-on-release", "ask for a call when its cgroup empties", "read-only cgroup", ESCAPE_KERNEL, { EROFS, EACCES, ENOENT },
	  .run = notify_on_release },
	{ "release-agent", "name the program that the kernel runs as root when a cgroup empties", "filter, capability, cgroup namespace",
	  ESCAPE_KERNEL, { EPERM, EACCES, EROFS }, .run = release_agent },
	{ 0 },
};

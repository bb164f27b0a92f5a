/* SPDX-License-Identifier: GPL-3.0-or-later */
/* density_limits.c - what many instances at once take, and the limits that they meet. */
#include "run/density_limits.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/resource.h>

/* Besides what instances hold: those of one start or end in flight, and the harness's own. */
#define SPARE_DESCRIPTORS 128

void density_limits_raise(void)
{
	struct rlimit l;
	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
	/* Threads that wait have no use for heaps of their own. */
	mallopt(M_ARENA_MAX, 1);
}

static unsigned long long soft_limit(int which)
{
	struct rlimit l;
	return getrlimit(which, &l) < 0 || l.rlim_cur == RLIM_INFINITY ? ~0ULL : (unsigned long long)l.rlim_cur;
}

int density_limits_check(int descriptors_each, unsigned n, struct err *err)
{
	unsigned long long limit = soft_limit(RLIMIT_NOFILE);
	unsigned long long wanted = (unsigned long long)descriptors_each * n + (unsigned)density_descriptors() + SPARE_DESCRIPTORS;
	if (descriptors_each <= 0 || wanted <= limit)
		return 0;
	return err_setf(err, -EMFILE, "%u instances hold %d descriptors each, some %llu in all, and this process may have %llu: raise the "
	                "hard limit of open files (RLIMIT_NOFILE, `ulimit -Hn`) or ask for fewer with -n", n, descriptors_each, wanted, limit);
}

void density_limits_hint(int code, struct err *err)
{
	cleanup_free char *threads = fs_read_line("/proc/sys/kernel/threads-max");
	if (code == -EMFILE)
		err_addf(err, " (this process may have %llu open files: RLIMIT_NOFILE, `ulimit -Hn`)", soft_limit(RLIMIT_NOFILE));
	else if (code == -ENFILE)
		err_addf(err, " (the host's limit of open files, fs.file-max)");
	else if (code == -EAGAIN)
		err_addf(err, " (the limit of tasks: RLIMIT_NPROC %lld here, kernel.threads-max %s, or pids.max of the control group that "
		         "isocost runs in)", (long long)soft_limit(RLIMIT_NPROC), threads ? threads : "unknown");
	else if (code == -ENOSPC)
		err_addf(err, " (the sysctls user.max_…_namespaces limit how many namespaces there may be)");
}

int density_descriptors(void)
{
	cleanup(dir_closep) DIR *d = opendir("/proc/self/fd");
	int n = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		n += *e->d_name != '.';
	return n;
}

/* The value of "KEY:   123 kB" in a text of such lines. */
static uint64_t kib(const char *text, const char *key)
{
	size_t len = strlen(key);
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == ':')
			return strtoull(line + len + 1, NULL, 10) << 10;
	}
	return 0;
}

void density_read_memory(uint64_t *ret_rss, uint64_t *ret_used, uint64_t *ret_slab)
{
	cleanup_free char *own = NULL, *host = NULL;
	/* Not statm: its counts lag behind by some pages a thread. */
	if (fs_read("/proc/self/smaps_rollup", &own, NULL) < 0)
		own = NULL;
	if (fs_read("/proc/meminfo", &host, NULL) < 0)
		host = NULL;
	*ret_rss = kib(own, "Rss");
	*ret_used = kib(host, "MemTotal") - kib(host, "MemAvailable");
	*ret_slab = kib(host, "Slab");
}

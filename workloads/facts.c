/* SPDX-License-Identifier: GPL-3.0-or-later */
/* facts.c - find out what is seen from inside, with nothing taken for granted: no /proc, no /sys, no environment. */
#include "facts.h"
#include "scratch.h"
#include "sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

/* What a small file holds, without its last newline; "" when it can't be read. */
static void read_text(const char *path, char *buf, size_t size)
{
	size_t len = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	for (ssize_t n; fd >= 0 && len < size - 1; len += (size_t)n)
		if ((n = read(fd, buf + len, size - 1 - len)) <= 0)
			break;
	if (fd >= 0)
		close(fd);
	if (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
}

/* The lowest limit in root + mount + path and all directories above it, up to the mount. */
static uint64_t lowest_limit(const char *root, const char *mount, const char *path, const char *file)
{
	uint64_t lowest = UINT64_MAX;
	char dir[4096];
	snprintf(dir, sizeof(dir), "%s", path);
	for (;;) {
		char full[8192], text[32];
		snprintf(full, sizeof(full), "%s%s%s/%s", root, mount, dir, file);
		read_text(full, text, sizeof(text));
		char *end;
		uint64_t limit = strtoull(text, &end, 10);      /* v2's "max" is no number */
		if (end != text && limit < lowest)
			lowest = limit;
		char *slash = strrchr(dir, '/');
		if (!slash)
			return lowest;
		*slash = '\0';
	}
}

static bool names_memory(const char *controllers)
{
	for (; *controllers; controllers += *controllers == ',') {
		size_t n = strcspn(controllers, ",");
		if (n == strlen("memory") && strncmp(controllers, "memory", n) == 0)
			return true;
		controllers += n;
	}
	return false;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t load_cgroup_memory(const char *root, const char *proc_self_cgroup)
{
	uint64_t lowest = UINT64_MAX;
	char text[8192], *save = NULL;
	snprintf(text, sizeof(text), "%s", proc_self_cgroup);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		/* hierarchy:controllers:path; v2 is 0::path, and the path may hold colons. */
		char *controllers = strchr(line, ':'), *path = controllers ? strchr(++controllers, ':') : NULL;
		if (!path)
			continue;
		*path++ = '\0';
		if (*controllers == '\0') {
			lowest = min_u64(lowest, lowest_limit(root, "", path, "memory.max"));
			lowest = min_u64(lowest, lowest_limit(root, "/unified", path, "memory.max"));
		} else if (names_memory(controllers)) {
			lowest = min_u64(lowest, lowest_limit(root, "/memory", path, "memory.limit_in_bytes"));
		}
	}
	return lowest;
}

static uint64_t memory(void)
{
	char cgroup[8192];
	struct sysinfo info;
	read_text("/proc/self/cgroup", cgroup, sizeof(cgroup));
	/* Without /proc nobody can say which cgroup this is; the top of a mounted tree may still be ours. */
	uint64_t limit = load_cgroup_memory("/sys/fs/cgroup", *cgroup ? cgroup : "0::/\n1:memory:/");
	uint64_t ram = sysinfo(&info) == 0 ? (uint64_t)info.totalram * info.mem_unit : UINT64_MAX;
	return min_u64(limit, ram);
}

static int cpus(void)
{
	for (int max = 1024; max <= 1 << 20; max *= 4) {
		cpu_set_t *set = CPU_ALLOC((size_t)max);
		size_t size = CPU_ALLOC_SIZE((size_t)max);
		int n = set && sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : -1;
		CPU_FREE(set);
		if (n > 0 || errno != EINVAL)   /* EINVAL: the kernel's mask is longer */
			return n;
	}
	return -1;
}

/* The running program's digest; through the path it was started by where there is no /proc. */
static void own_sha256(char ret[SHA256_HEX])
{
	*ret = '\0';
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const char *path = (const char *)getauxval(AT_EXECFN);
	if (fd < 0 && path)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (sha256_fd(fd, ret) < 0)
		*ret = '\0';
	close(fd);
}

void load_fs_type(const char *path, char *buf, size_t size)
{
	static const struct { unsigned long magic; const char *name; } types[] = {
		{ EXT4_SUPER_MAGIC, "ext4" }, { XFS_SUPER_MAGIC, "xfs" }, { BTRFS_SUPER_MAGIC, "btrfs" },
		{ F2FS_SUPER_MAGIC, "f2fs" }, { TMPFS_MAGIC, "tmpfs" }, { RAMFS_MAGIC, "ramfs" },
		{ OVERLAYFS_SUPER_MAGIC, "overlay" }, { FUSE_SUPER_MAGIC, "fuse" }, { V9FS_MAGIC, "9p" },
		{ NFS_SUPER_MAGIC, "nfs" }, { SQUASHFS_MAGIC, "squashfs" }, { MSDOS_SUPER_MAGIC, "vfat" },
		{ 0x2fc12fc1, "zfs" },
	};
	struct statfs st;
	*buf = '\0';
	if (statfs(path, &st) < 0)
		return;
	snprintf(buf, size, "%#lx", (unsigned long)st.f_type);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i].magic == (unsigned long)st.f_type)
			snprintf(buf, size, "%s", types[i].name);
}

static void write_place(const struct workload *w, struct load_out *out)
{
	char text[SHA256_HEX];
	struct utsname uts;
	load_out_env(out, "kernel", uname(&uts) == 0 ? uts.release : "");
	read_text("/proc/sys/kernel/random/boot_id", text, sizeof(text));
	load_out_env(out, "boot_id", text);
	own_sha256(text);
	load_out_env(out, "sha256", text);
	read_text("/sys/devices/system/clocksource/clocksource0/current_clocksource", text, sizeof(text));
	load_out_env(out, "clocksource", text);
	if (w->needs_scratch || getenv("ISOCOST_SCRATCH")) {
		load_fs_type(load_scratch_dir(), text, sizeof(text));
		load_out_env(out, "scratch", text);
	}
}

void load_facts_write(const struct workload *w, const struct load_timer *timer, struct load_out *out)
{
	int n = cpus();
	uint64_t bytes = memory();
	char text[32] = "";
	if (n > 0)
		snprintf(text, sizeof(text), "%d", n);
	load_out_env(out, "cpus", text);
	*text = '\0';
	if (bytes != UINT64_MAX)
		snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
	load_out_env(out, "memory", text);
	write_place(w, out);
	load_out_line(out, "env timer_resolution=%.9g", timer->resolution);
	load_out_line(out, "env timer_cost=%.9g", timer->cost);
	load_out_line(out, "env uid=%lu", (unsigned long)getuid());
}

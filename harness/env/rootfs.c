/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rootfs.c - make the container's root tree, and plan the mounts of a launch. */
#include "env/rootfs.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/proc.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static const char *const directories[] = {
	"bin", "dev", "dev/pts", "dev/shm", "etc", "proc", "root", "scratch", "sys", "sys/fs", "sys/fs/cgroup", "tmp", "var",
	"var/empty", NULL,
};

/* The only device nodes. They are bound from the host, since a user can't make any; read-only, which does not bind what is
 * written to a device, but keeps the container's root from changing mode and times of the host's nodes. */
static const char *const devices[] = { "null", "zero", "full", "random", "urandom", "tty", NULL };

static const struct {
	const char *path, *to;
} links[] = {
	{ "dev/fd", "/proc/self/fd" },       { "dev/stdin", "/proc/self/fd/0" }, { "dev/stdout", "/proc/self/fd/1" },
	{ "dev/stderr", "/proc/self/fd/2" }, { "dev/ptmx", "pts/ptmx" },         { "var/run", "/tmp" },
};

/* What container runtimes hide: keys, kernel memory, timers, hardware. Those that this kernel lacks are left out. */
static const char *const masked[] = {
	"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
	"/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/firmware", "/sys/devices/virtual/powercap", NULL,
};

/* A program that needs no interpreter needs no library in the root. */
static bool is_static(const char *path)
{
	cleanup(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf64_Ehdr head;
	if (fd < 0 || read(fd, &head, sizeof(head)) != (ssize_t)sizeof(head) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
		return false;
	for (unsigned i = 0; i < head.e_phnum; i++) {
		Elf64_Phdr p;
		if (pread(fd, &p, sizeof(p), (off_t)(head.e_phoff + i * sizeof(p))) != (ssize_t)sizeof(p) || p.p_type == PT_INTERP)
			return false;
	}
	return true;
}

char *rootfs_busybox(struct err *err)
{
	cleanup_free char *path = fs_which("busybox");
	if (path && is_static(path))
		return ptr_steal(&path);
	err_setf(err, -ENOTSUP, path ? "%s is not static: install the package busybox-static" :
	         "there is no busybox in PATH: install the package busybox-static", path);
	return NULL;
}

static int add_links(const char *root, const char *busybox, struct err *err)
{
	cleanup(proc_out_free) struct proc_out o = { 0 };
	int r = proc_run((char *[]){ (char *)busybox, (char *)"--list", NULL }, NULL, &o, err);
	if (r < 0)
		return r;
	struct strv names = { 0 };
	strv_split(&names, o.out, "\n");
	for (size_t i = 0; i < names.n && r == 0; i++) {
		cleanup_free char *link = xasprintf("%s/bin/%s", root, names.v[i]);
		if (strcmp(names.v[i], "busybox") != 0 && symlink("busybox", link) < 0 && errno != EEXIST)
			r = err_sysf(err, -errno, "can't make %s", link);
	}
	strv_free(&names);
	return r;
}

static int add_programs(const char *root, const char *load_dir, struct err *err)
{
	cleanup_free char *isoload = xasprintf("%s/isoload", load_dir);
	if (!fs_is_executable(isoload))
		return err_setf(err, -ENOENT, "there is no program %s: run make", isoload);
	cleanup_free char *busybox = rootfs_busybox(err);
	if (!busybox)
		return -ENOTSUP;
	cleanup_free char *to_isoload = xasprintf("%s/bin/isoload", root);
	cleanup_free char *to_busybox = xasprintf("%s/bin/busybox", root);
	int r = fs_copy(isoload, to_isoload, 0755);
	if (r == 0)
		r = fs_copy(busybox, to_busybox, 0755);
	if (r < 0)
		return err_sysf(err, r, "copying programs to %s/bin", root);
	return add_links(root, busybox, err);
}

static int add_file(const char *root, const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("%s/%s", root, name);
	return fs_write(path, text, strlen(text), 0644);
}

static int add_etc(const char *root, const char *hostname)
{
	cleanup_free char *host = xasprintf("%s\n", hostname);
	int r = add_file(root, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n");
	if (r == 0)
		r = add_file(root, "etc/group", "root:x:0:\nnogroup:x:65534:\n");
	if (r == 0)
		r = add_file(root, "etc/hosts", "127.0.0.1 localhost\n::1 localhost\n");
	return r < 0 ? r : add_file(root, "etc/hostname", host);
}

int rootfs_make(const char *root, const char *load_dir, const char *hostname, struct err *err)
{
	int r = fs_mkdirs(root, 0755);
	/* v1 shows its controllers as directories below one that sysfs does not have. */
	cleanup_free char *v1 = xasprintf("%s.cgroup/memory", root);
	if (r == 0)
		r = fs_mkdirs(v1, 0755);
	for (size_t i = 0; r == 0 && directories[i]; i++) {
		cleanup_free char *path = xasprintf("%s/%s", root, directories[i]);
		r = fs_mkdirs(path, 0755);
	}
	for (size_t i = 0; r == 0 && devices[i]; i++) {
		cleanup_free char *name = xasprintf("dev/%s", devices[i]);
		r = add_file(root, name, "");
	}
	for (size_t i = 0; r == 0 && i < sizeof(links) / sizeof(*links); i++) {
		cleanup_free char *path = xasprintf("%s/%s", root, links[i].path);
		if (symlink(links[i].to, path) < 0)
			r = -errno;
	}
	if (r == 0)
		r = add_etc(root, hostname);
	if (r < 0)
		return err_sysf(err, r, "making the root tree %s", root);
	return add_programs(root, load_dir, err);
}

/* ---- the plan ---- */

/* Takes over source and target. */
static struct mount_op *add(struct rootfs_plan *p, char *source, char *target, const char *type, unsigned long flags)
{
	p->v = xrealloc(p->v, p->n + 1, sizeof(*p->v));
	struct mount_op *m = &p->v[p->n++];
	*m = (struct mount_op){ .source = source, .target = target, .type = xstrdup(type), .flags = flags };
	return m;
}

static struct mount_op *add_fs(struct rootfs_plan *p, const char *type, char *target, unsigned long flags, const char *data)
{
	struct mount_op *m = add(p, xstrdup(type), target, type, flags);
	m->data = xstrdup(data);
	return m;
}

static struct mount_op *add_bind(struct rootfs_plan *p, char *source, char *target, uint64_t attr)
{
	struct mount_op *m = add(p, source, target, NULL, MS_BIND);
	m->attr = attr;
	return m;
}

#define NODE_ATTR (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)

static void plan_masks(struct rootfs_plan *p, const char *root)
{
	for (size_t i = 0; masked[i]; i++) {
		struct stat st;
		if (stat(masked[i], &st) < 0)
			continue;
		char *target = xasprintf("%s%s", root, masked[i]);
		bool dir = S_ISDIR(st.st_mode);
		/* Binds of the root inherit that it is read-only. */
		char *source = dir ? xasprintf("%s/var/empty", root) : xstrdup("/dev/null");
		/* Without a sysfs there is nothing to hide in it. */
		add_bind(p, source, target, dir ? 0 : NODE_ATTR)->optional = strncmp(masked[i], "/sys", 4) == 0;
	}
}

static void plan_dev(struct rootfs_plan *p, const char *root, bool terminal)
{
	for (size_t i = 0; devices[i]; i++)
		add_bind(p, xasprintf("/dev/%s", devices[i]), xasprintf("%s/dev/%s", root, devices[i]), NODE_ATTR);
	add_fs(p, "tmpfs", xasprintf("%s/dev/shm", root), MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=64m");
	if (terminal)
		add_fs(p, "devpts", xasprintf("%s/dev/pts", root), MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620");
}

static void plan_sys(struct rootfs_plan *p, const struct rootfs_request *q)
{
	unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY;
	uint64_t attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	/* The kernel gives it to the owner of the network namespace only. */
	add_fs(p, "sysfs", xasprintf("%s/sys", q->root), safe, NULL)->optional = true;
	if (!q->memory_dir)
		return;
	char *point = xasprintf("%s/sys/fs/cgroup", q->root);
	if (q->memory_v2) {
		add_bind(p, xstrdup(q->memory_dir), point, attr);
		return;
	}
	add_bind(p, xasprintf("%s.cgroup", q->root), point, attr);
	add_bind(p, xstrdup(q->memory_dir), xasprintf("%s/sys/fs/cgroup/memory", q->root), attr);
}

void rootfs_plan(const struct rootfs_request *q, struct rootfs_plan *ret)
{
	struct rootfs_plan p = { 0 };
	uint64_t inert = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	add_bind(&p, xstrdup(q->root), xstrdup(q->root), inert | MOUNT_ATTR_RDONLY);
	/* Read-only as a whole: stricter than the list of paths that runtimes protect, and one mount in place of many. */
	add_fs(&p, "proc", xasprintf("%s/proc", q->root), MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL);
	plan_sys(&p, q);
	plan_masks(&p, q->root);
	plan_dev(&p, q->root, q->terminal);
	add_fs(&p, "tmpfs", xasprintf("%s/tmp", q->root), MS_NOSUID | MS_NODEV, "mode=1777,size=64m");
	if (q->scratch)
		add_bind(&p, xstrdup(q->scratch), xasprintf("%s" ROOTFS_SCRATCH, q->root), inert);
	*ret = p;
}

void rootfs_plan_free(struct rootfs_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].source);
		free(p->v[i].target);
		free(p->v[i].type);
		free(p->v[i].data);
	}
	free(p->v);
	*p = (struct rootfs_plan){ 0 };
}

static void add_flags(struct str *b, const struct mount_op *m)
{
	static const struct {
		unsigned long flag;
		uint64_t attr;
		const char *name;
	} names[] = {
		{ MS_RDONLY, MOUNT_ATTR_RDONLY, "ro" },
		{ MS_NOSUID, MOUNT_ATTR_NOSUID, "nosuid" },
		{ MS_NODEV, MOUNT_ATTR_NODEV, "nodev" },
		{ MS_NOEXEC, MOUNT_ATTR_NOEXEC, "noexec" },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if ((m->flags & names[i].flag) || (m->attr & names[i].attr))
			str_addf(b, ",%s", names[i].name);
	if (m->data)
		str_addf(b, ",%s", m->data);
}

char *rootfs_plan_text(const struct rootfs_plan *p)
{
	struct str b = { 0 };
	for (size_t i = 0; i < p->n; i++) {
		const struct mount_op *m = &p->v[i];
		str_addf(&b, "mount %s on %s type %s", m->source, m->target, m->type ? m->type : "bind");
		add_flags(&b, m);
		str_addf(&b, "%s\n", m->optional ? " (where permitted)" : "");
	}
	return b.s ? b.s : xstrdup("");
}

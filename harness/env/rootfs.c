/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rootfs.c - make the container's root tree. */
#include "env/rootfs.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/proc.h"
#include "base/str.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const char *const directories[] = {
	"app", "bin", "dev", "dev/pts", "dev/shm", "etc", "proc", "root", "scratch", "sys", "sys/fs", "sys/fs/cgroup", "tmp", "var",
	"var/empty", NULL,
};

/* The only device nodes. They are bound from the host, since a user can't make any; read-only, which does not bind what is
 * written to a device, but keeps the container's root from changing mode and times of the host's nodes. */
const char *const rootfs_devices[] = { "null", "zero", "full", "random", "urandom", "tty", NULL };

static const struct {
	const char *path, *to;
} links[] = {
	{ "dev/fd", "/proc/self/fd" },       { "dev/stdin", "/proc/self/fd/0" }, { "dev/stdout", "/proc/self/fd/1" },
	{ "dev/stderr", "/proc/self/fd/2" }, { "dev/ptmx", "pts/ptmx" },         { "var/run", "/tmp" },
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
	cleanup_free char *isoapp = xasprintf("%s/isoapp", load_dir), *to_isoapp = xasprintf("%s/bin/isoapp", root);
	/* Without it the applications say that it is missing; nothing else does. */
	if (r == 0 && fs_exists(isoapp))
		r = fs_copy(isoapp, to_isoapp, 0755);
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
	for (size_t i = 0; r == 0 && rootfs_devices[i]; i++) {
		cleanup_free char *name = xasprintf("dev/%s", rootfs_devices[i]);
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

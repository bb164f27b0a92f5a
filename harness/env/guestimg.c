/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestimg.c - the guest's files: initramfs and scratch disk. */
#include "env/guestimg.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/proc.h"
#include "base/str.h"
#include "guestproto.h"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

static const char *const dirs[] = {
	"bin", "dev", "dev/pts", "etc", "lib", "lib/modules", "proc", "root", "sbin", "sys", "tmp", "usr", "usr/bin", "usr/sbin", "var", NULL,
};

#define FULL_BYTES (8u << 20)           /* a file system with less to give counts as full */

static void writer_freep(struct archive **a)
{
	if (*a)
		archive_write_free(*a);
}

static int failed(struct archive *a, const char *name, struct err *err)
{
	return err_setf(err, -EIO, "can't write %s into the initramfs: %s", name, archive_error_string(a));
}

/* An entry of any type; data or link may be NULL. */
static int add(struct archive *a, const char *name, mode_t mode, const void *data, size_t len, const char *link, struct err *err)
{
	struct archive_entry *e = archive_entry_new();
	archive_entry_set_pathname(e, name);
	archive_entry_set_mode(e, mode);
	archive_entry_set_nlink(e, 1);
	archive_entry_set_mtime(e, 0, 0);
	archive_entry_set_size(e, (la_int64_t)len);
	if (link)
		archive_entry_set_symlink(e, link);
	if (S_ISCHR(mode))
		archive_entry_set_rdev(e, makedev(5, 1));
	int r = archive_write_header(a, e) != ARCHIVE_OK || (len && archive_write_data(a, data, len) != (la_ssize_t)len) ? failed(a, name, err) : 0;
	archive_entry_free(e);
	return r;
}

static int add_text(struct archive *a, const char *name, const char *text, struct err *err)
{
	return add(a, name, S_IFREG | 0644, text, strlen(text), NULL, err);
}

static int add_file(struct archive *a, const char *name, mode_t mode, const char *from, struct err *err)
{
	cleanup_free char *data = NULL;
	size_t len;
	int r = fs_read(from, &data, &len);
	return r < 0 ? err_sysf(err, r, "can't read %s", from) : add(a, name, S_IFREG | mode, data, len, NULL, err);
}

static int add_tree(struct archive *a, const struct guest_image *g, struct err *err)
{
	int r = 0;
	for (size_t i = 0; dirs[i] && r == 0; i++)
		r = add(a, dirs[i], S_IFDIR | 0755, NULL, 0, NULL, err);
	if (r == 0 && g->scratch)
		r = add(a, &GUEST_SCRATCH[1], S_IFDIR | 0755, NULL, 0, NULL, err);
	if (r == 0 && g->root)
		r = add(a, &GUEST_ROOT[1], S_IFDIR | 0755, NULL, 0, NULL, err);
	/* The kernel opens it for init before /dev is mounted. */
	if (r == 0)
		r = add(a, "dev/console", S_IFCHR | 0600, NULL, 0, NULL, err);
	if (r == 0)
		r = add_text(a, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n", err);
	if (r == 0)
		r = add_text(a, "etc/group", "root:x:0:\nnogroup:x:65534:\n", err);
	if (r == 0)
		r = add_text(a, "etc/hostname", "guest\n", err);
	return r;
}

/* Modules are kept uncompressed, under their names, with a list for isoinit. */
static int add_modules(struct archive *a, const struct strv *modules, struct err *err)
{
	cleanup(str_free) struct str list = { 0 };
	int r = 0;
	for (size_t i = 0; i < modules->n && r == 0; i++) {
		cleanup_free char *data = NULL;
		size_t len;
		r = fs_read(modules->v[i], &data, &len);
		if (r < 0)
			return err_sysf(err, r, "can't read %s", modules->v[i]);
		cleanup(str_free) struct str elf = { 0 };
		if (len < SELFMAG || memcmp(data, ELFMAG, SELFMAG) != 0)
			r = guest_unpack(data, len, &elf, err);
		else
			str_add(&elf, data, len);
		const char *base = strrchr(modules->v[i], '/') + 1;
		cleanup_free char *name = xasprintf("lib/modules/%.*s.ko", (int)(strstr(base, ".ko") - base), base);
		str_addf(&list, "/%s\n", name);
		if (r == 0)
			r = add(a, name, S_IFREG | 0644, elf.s, elf.len, NULL, err);
	}
	return r < 0 ? r : add_text(a, &GUEST_MODULES[1], str_get(&list), err);
}

static int add_busybox(struct archive *a, const char *busybox, struct err *err)
{
	char *const argv[] = { (char *)busybox, (char *)"--list", NULL };
	cleanup(proc_out_free) struct proc_out o = { 0 };
	int r = proc_run(argv, NULL, &o, err);
	if (r == 0)
		r = add_file(a, "bin/busybox", 0755, busybox, err);
	cleanup(strv_free) struct strv applets = { 0 };
	if (r == 0)
		strv_split(&applets, o.out, "\n");
	for (size_t i = 0; i < applets.n && r == 0; i++) {
		if (strcmp(applets.v[i], "busybox") == 0)
			continue;
		cleanup_free char *name = xasprintf("bin/%s", applets.v[i]);
		r = add(a, name, S_IFLNK | 0777, NULL, 0, "busybox", err);
	}
	return r;
}

int guest_initramfs(const struct guest_image *g, const char *path, struct err *err)
{
	cleanup(writer_freep) struct archive *a = archive_write_new();
	archive_write_set_format_cpio_newc(a);
	archive_write_add_filter_none(a);
	if (archive_write_open_filename(a, path) != ARCHIVE_OK)
		return err_setf(err, -EIO, "can't write %s: %s", path, archive_error_string(a));
	int r = add_tree(a, g, err);
	if (r == 0)
		r = add_file(a, "init", 0755, g->isoinit, err);
	if (r == 0 && g->isoload)
		r = add_file(a, "bin/isoload", 0755, g->isoload, err);
	/* The applications need a scratch directory, and lie in it: a program so large would be unpacked by every guest. */
	if (r == 0 && g->scratch)
		r = add(a, "bin/isoapp", S_IFLNK | 0777, NULL, 0, GUEST_SCRATCH "/" GUEST_APP, err);
	if (r == 0 && g->busybox)
		r = add_busybox(a, g->busybox, err);
	if (r == 0)
		r = add_modules(a, g->modules, err);
	if (r == 0 && archive_write_close(a) != ARCHIVE_OK)
		r = failed(a, "the end", err);
	if (r < 0)
		unlink(path);
	return r;
}

/* Whether the ELF file asks for no dynamic linker. */
static bool is_static(const char *path)
{
	cleanup(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf64_Ehdr eh;
	if (fd < 0 || pread(fd, &eh, sizeof(eh), 0) != sizeof(eh) || memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 || eh.e_machine != EM_X86_64)
		return false;
	for (unsigned i = 0; i < eh.e_phnum; i++) {
		Elf64_Phdr ph;
		if (pread(fd, &ph, sizeof(ph), (off_t)(eh.e_phoff + i * sizeof(ph))) != sizeof(ph) || ph.p_type == PT_INTERP)
			return false;
	}
	return true;
}

int guest_busybox(char **ret, struct err *err)
{
	cleanup_free char *path = fs_which("busybox");
	if (!path || !is_static(path))
		return err_setf(err, -ENOENT, "%s: install the package busybox-static", path ? "busybox is not a static x86-64 program" : "there is no busybox");
	*ret = ptr_steal(&path);
	return 0;
}

int guest_disk(const char *path, uint64_t size, const char *content, struct err *err)
{
	cleanup(fd_closep) int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sysf(err, -errno, "can't make %s", path);
	if (ftruncate(fd, (off_t)size) < 0)
		return err_sysf(err, -errno, "can't make %s", path);
	cleanup_free char *mkfs = fs_which("mkfs.ext4");
	if (!mkfs)
		return err_setf(err, -ENOENT, "there is no mkfs.ext4: install the package e2fsprogs");
	/* Nothing is left for the guest's kernel to do in the background while a workload is timed. */
	char *argv[] = { mkfs, (char *)"-q", (char *)"-F", (char *)"-m", (char *)"0", (char *)"-E",
	                       (char *)"lazy_itable_init=0,lazy_journal_init=0,nodiscard", (char *)path,
	                       NULL, NULL, NULL };
	if (content) {
		size_t n = sizeof(argv) / sizeof(*argv);
		argv[n - 4] = (char *)"-d";
		argv[n - 3] = (char *)content;
		argv[n - 2] = (char *)path;
	}
	return proc_check(argv, NULL, err);
}

void guest_say_full(const char *dir, struct err *err)
{
	struct statvfs v;
	if (err && (err->code == -ENOSPC || (statvfs(dir, &v) == 0 && (uint64_t)v.f_bavail * v.f_frsize < FULL_BYTES)))
		err_addf(err, "; the file system of %s is full: make room, or name a directory elsewhere with ISOCOST_WORK", dir);
}

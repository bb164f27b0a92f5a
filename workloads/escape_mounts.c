/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape_mounts.c - attempts at mounts, the root and what lies outside of it. */
#include "escape_try.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <sys/mount.h> and <linux/mount.h> don't get along. */
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int umount2(const char *target, int flags);
#define DETACH 2

static int try_mount(const char *type)
{
	escape_own_mounts();
	const char *place = escape_place();
	if (mount("none", place, type, MS_NOSUID | MS_NODEV, NULL) < 0)
		return -errno;
	umount2(place, DETACH);
	return escape_got("%s mounted on %s", type, place);
}

static int mount_tmpfs(const struct escape_facts *f)
{
	(void)f;
	return try_mount("tmpfs");
}

static int mount_proc(const struct escape_facts *f)
{
	(void)f;
	return try_mount("proc");
}

static int remount(const char *path)
{
	escape_own_mounts();
	struct statvfs v;
	if (mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV, NULL) < 0)
		return -errno;
	/* The mount is not read-only any more; the file system may still be. */
	if (statvfs(path, &v) == 0 && (v.f_flag & ST_RDONLY))
		mount(NULL, path, NULL, MS_REMOUNT | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (statvfs(path, &v) < 0 || (v.f_flag & ST_RDONLY))
		return escape_kept("%s is still read-only", path);
	return escape_got("%s is writable", path);
}

static int remount_root(const struct escape_facts *f)
{
	(void)f;
	return remount("/");
}

static int remount_proc(const struct escape_facts *f)
{
	(void)f;
	return remount("/proc");
}

/* The first mount below /proc or /sys that hides something. */
static bool find_mask(char *path, size_t size)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[4096], *at;
	bool found = false;
	while (mounts && !found && fgets(line, sizeof(line), mounts)) {
		for (int field = 0; (at = strtok(field ? NULL : line, " ")) && field < 4; field++)
			;
		found = at && (strncmp(at, "/proc/", 6) == 0 || strncmp(at, "/sys/firmware", 13) == 0);
		if (found)
			snprintf(path, size, "%s", at);
	}
	if (mounts)
		fclose(mounts);
	return found;
}

static int umount_mask(const struct escape_facts *f)
{
	char path[512];
	(void)f;
	if (!find_mask(path, sizeof(path)))
		return escape_na("nothing in /proc and /sys is masked");
	escape_own_mounts();
	if (umount2(path, DETACH) < 0)
		return -errno;
	return escape_got("%s is uncovered", path);
}

static int pivot_root_again(const struct escape_facts *f)
{
	(void)f;
	escape_own_mounts();
	const char *place = escape_place();
	if (mount("none", place, "tmpfs", 0, "size=64k") < 0)
		return -errno;
	int r = escape_call(syscall(SYS_pivot_root, place, place));
	if (r < 0)
		umount2(place, DETACH);
	return r == -EINVAL ? escape_got("pivot_root is permitted, though this root can't be put aside") : r;
}

/* The classic: stand outside of a root that was changed, walk up, and make that the root. */
static int chroot_out(const struct escape_facts *f)
{
	char dir[256];
	snprintf(dir, sizeof(dir), "%s/isocost-escape-XXXXXX", escape_place());
	int old = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int place = open(escape_place(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (old < 0 || place < 0 || !mkdtemp(dir))
		return -errno;
	int r = escape_call(chroot(dir));
	unlinkat(place, strrchr(dir, '/') + 1, AT_REMOVEDIR);
	if (r < 0)
		return r;
	if (fchdir(old) < 0)
		return -errno;
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			return -errno;
	if (chroot(".") < 0)
		return -errno;
	if (escape_has_token(f, open(f->marker, O_RDONLY | O_CLOEXEC)))
		return escape_got("read %s", f->marker);
	return escape_kept("chroot is permitted, but nothing lies above the root");
}

static int dotdot(const struct escape_facts *f)
{
	char path[1024], link[256];
	snprintf(path, sizeof(path), "../../../../../../../../../../../../%s", f->marker);
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (escape_has_token(f, openat(root, path, O_RDONLY | O_CLOEXEC)))
		return escape_got("read %s", f->marker);
	int r = -errno;
	/* The same through a symlink, which is resolved by the kernel at open. */
	snprintf(link, sizeof(link), "%s/isocost-escape-%d", escape_place(), (int)getpid());
	if (symlink(path, link) == 0) {
		bool got = escape_has_token(f, open(link, O_RDONLY | O_CLOEXEC));
		r = -errno;
		unlink(link);
		if (got)
			return escape_got("read %s through a symlink", f->marker);
	}
	return r;
}

static int fsopen_tmpfs(const struct escape_facts *f)
{
	(void)f;
	return escape_call(syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC));
}

static int open_tree_clone(const struct escape_facts *f)
{
	(void)f;
	return escape_call(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | O_CLOEXEC));
}

/* Without anything to move: the right to is asked for first. */
static int move_mount_nothing(const struct escape_facts *f)
{
	(void)f;
	int r = escape_call(syscall(SYS_move_mount, -1, "", AT_FDCWD, escape_place(), MOVE_MOUNT_F_EMPTY_PATH));
	return r == -EBADF ? escape_got("move_mount is permitted") : r;
}

static int mount_setattr_root(const struct escape_facts *f)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };
	(void)f;
	escape_own_mounts();
	int r = escape_call(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attr, sizeof(attr)));
	return r == -EINVAL ? escape_got("mount_setattr is permitted, though / is no mount point") : r;
}

/* An inode by its number, whatever the path: reaches all of the file system that a bind mount shows a part of. */
static int open_by_handle(const struct escape_facts *f)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} h = { .head.handle_bytes = MAX_HANDLE_SZ };
	int id, root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)f;
	if (root < 0)
		return -errno;
	if (name_to_handle_at(AT_FDCWD, "/", &h.head, &id, 0) < 0) {
		/* As on ext4: the root directory is number 2. */
		h.head.handle_bytes = 8;
		h.head.handle_type = 1;
		memcpy(h.bytes, &(uint32_t){ 2 }, 4);
		memset(h.bytes + 4, 0, 4);
	}
	int r = escape_call(open_by_handle_at(root, &h.head, O_RDONLY | O_CLOEXEC));
	return r == -ESTALE || r == -EOPNOTSUPP ? escape_got("open_by_handle_at is permitted") : r;
}

static int write_root(const struct escape_facts *f)
{
	char path[64];
	(void)f;
	snprintf(path, sizeof(path), "/.isocost-escape-%d", (int)getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	unlink(path);
	return escape_got("a file was made in /");
}

/* The mode that it has already, set again: nothing changes, but it needs the right to change the file. */
static int exe_overwrite(const struct escape_facts *f)
{
	struct stat st;
	(void)f;
	if (stat("/proc/self/exe", &st) < 0)
		return -errno;
	return escape_call(chmod("/proc/self/exe", st.st_mode & 07777));
}

const struct escape escape_mounts[] = {
	{ "mount-tmpfs", "mount a tmpfs", "filter, capability", ESCAPE_KERNEL, { EPERM }, .run = mount_tmpfs },
	{ "mount-proc", "mount a fresh /proc without masks", "filter, capability", ESCAPE_KERNEL, { EPERM }, .run = mount_proc },
	{ "remount-root", "make the root writable by a remount", "filter, capability", ESCAPE_KERNEL, { EPERM }, .run = remount_root },
	{ "remount-proc", "make /proc writable by a remount", "filter, capability", ESCAPE_KERNEL, { EPERM }, .run = remount_proc },
	{ "umount-mask", "take a mask off /proc or /sys", "filter, capability", ESCAPE_KERNEL, { EPERM }, .run = umount_mask },
	{ "pivot-root", "change the root again with pivot_root", "filter, capability", ESCAPE_KERNEL, { EPERM }, .run = pivot_root_again },
	{ "chroot-out", "leave the root by the classic double chroot", "filter, capability, pivoted root", ESCAPE_OUTSIDE,
	  { EPERM }, .run = chroot_out },
	{ "dotdot", "read a file outside by ../ and by a symlink", "pivoted root", ESCAPE_OUTSIDE, { ENOENT, EACCES }, .run = dotdot },
	{ "fsopen", "make a file system with the new mount interface", "filter, capability", ESCAPE_KERNEL, { EPERM }, .run = fsopen_tmpfs },
	{ "open-tree", "clone the mount tree with open_tree", "filter, capability", ESCAPE_KERNEL, { EPERM }, .run = open_tree_clone },
	{ "move-mount", "attach a mount with move_mount", "filter, capability", ESCAPE_KERNEL, { EPERM }, .run = move_mount_nothing },
	{ "mount-setattr", "clear read-only with mount_setattr", "filter, capability", ESCAPE_KERNEL, { EPERM }, .run = mount_setattr_root },
	{ "open-by-handle", "open an inode by number, past the root", "filter, capability", ESCAPE_KERNEL, { EPERM },
	  .cap = 2 /* CAP_DAC_READ_SEARCH */, .run = open_by_handle },
	{ "write-root", "make a file in /", "read-only root", ESCAPE_KERNEL, { EROFS, EACCES }, .run = write_root },
	{ "exe-overwrite", "change the program that other launches run too, through /proc/self/exe", "read-only root",
	  ESCAPE_KERNEL, { EROFS, EPERM }, .run = exe_overwrite },
	{ 0 },
};

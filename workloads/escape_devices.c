/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape_devices.c - attempts at devices. */
#include "escape_try.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/tiocl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* A block device of a number that is kept for local use: it leads nowhere. */
static int make_disk(const struct escape_facts *f)
{
	char path[256];
	(void)f;
	snprintf(path, sizeof(path), "%s/isocost-escape-%d", escape_place(), (int)getpid());
	int r = escape_call(mknod(path, S_IFBLK | 0600, makedev(60, 0)));
	if (r == 0)
		unlink(path);
	return r;
}

/* One that leads to the null device, opened: a node that can be made is worth nothing where the mount has nodev. */
static int use_node(const struct escape_facts *f)
{
	char path[256];
	(void)f;
	snprintf(path, sizeof(path), "%s/isocost-escape-%d", escape_place(), (int)getpid());
	int r = escape_call(mknod(path, S_IFCHR | 0600, makedev(1, 3)));
	if (r < 0)
		return r;
	r = escape_open(path, O_RDONLY);
	unlink(path);
	return r;
}

/* The host's first disk, opened for reading; not read. */
static int open_disk(const struct escape_facts *f)
{
	char line[256], name[64], path[128];
	int why = 0;
	(void)f;
	FILE *disks = fopen("/proc/partitions", "re");
	while (disks && fgets(line, sizeof(line), disks)) {
		if (sscanf(line, "%*u %*u %*u %63s", name) != 1 || strncmp(name, "loop", 4) == 0 || strncmp(name, "ram", 3) == 0)
			continue;
		snprintf(path, sizeof(path), "/dev/%s", name);
		int r = escape_open(path, O_RDONLY | O_NONBLOCK);
		if (r == 0) {
			fclose(disks);
			return escape_got("opened %s", path);
		}
		why = why ? why : r;
	}
	if (disks)
		fclose(disks);
	return why ? why : escape_na("this kernel has no disk");
}

static int dev_mem(const struct escape_facts *f)
{
	(void)f;
	return escape_open("/dev/mem", O_RDONLY);
}

static int dev_kmsg(const struct escape_facts *f)
{
	(void)f;
	return escape_open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
}

static int dev_kvm(const struct escape_facts *f)
{
	(void)f;
	return escape_open("/dev/kvm", O_RDWR);
}

static int dev_fuse(const struct escape_facts *f)
{
	(void)f;
	return escape_open("/dev/fuse", O_RDWR);
}

/* Devices beside the six that a container has, and a terminal's. */
static int other_devices(const struct escape_facts *f)
{
	static const char *const known = " null zero full random urandom tty console ptmx ";
	char first[300] = "", word[300];
	int n = 0;
	(void)f;
	DIR *d = opendir("/dev");
	if (!d)
		return -errno;
	for (struct dirent *e; (e = readdir(d));) {
		struct stat st;
		snprintf(word, sizeof(word), " %s ", e->d_name);
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !(S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) ||
		    strstr(known, word))
			continue;
		if (!n++)
			snprintf(first, sizeof(first), "%s", e->d_name);
	}
	closedir(d);
	return n ? escape_got("%d more, such as %s", n, first) : escape_kept("none but those a container has");
}

/* The mode that it has already. */
static int device_chmod(const struct escape_facts *f)
{
	struct stat st;
	if (stat("/dev/null", &st) < 0 || chmod("/dev/null", st.st_mode & 07777) < 0)
		return -errno;
	return st.st_dev == f->null_dev && st.st_ino == f->null_ino ? 0 : escape_kept("only the mode of a node of its own");
}

/* Type into a terminal that somebody else reads. */
static int type_in(const struct escape_facts *f)
{
	if (f->tty < 0)
		return escape_na("there is no terminal to be laid out");
	if (!isatty(f->tty))
		return -EBADF;
	int r = escape_call(ioctl(f->tty, TIOCSTI, "x"));
	return r == -EIO ? escape_na("this kernel types for nobody (the sysctl dev.tty.legacy_tiocsti is 0)") : r;
}

/* Ask for the state of the shift keys, where selecting and pasting is done too. */
static int console(const struct escape_facts *f)
{
	(void)f;
	int fd = open("/dev/tty0", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return escape_call(ioctl(fd, TIOCLINUX, (char[]){ TIOCL_GETSHIFTSTATE }));
}

const struct escape escape_devices[] = {
	{ "mknod", "make the node of a disk (of an unused number)", "capability", ESCAPE_KERNEL, { EPERM }, .cap = CAP_MKNOD, .run = make_disk },
	{ "mknod-open", "make the node of a device and open it (the null device's)", "capability, nodev", ESCAPE_KERNEL, { EPERM, EACCES },
	  .cap = CAP_MKNOD, .run = use_node },
	{ "open-disk", "open the disk of the host", "no such node in /dev", ESCAPE_KERNEL, { ENOENT, EACCES },
	  .cap = CAP_DAC_OVERRIDE, .run = open_disk },
	{ "dev-mem", "open /dev/mem", "no such node in /dev", ESCAPE_KERNEL, { ENOENT, EACCES }, .cap = CAP_SYS_RAWIO,
	  .path = "/dev/mem", .run = dev_mem },
	{ "dev-kmsg", "open the kernel's log /dev/kmsg", "no such node in /dev", ESCAPE_KERNEL, { ENOENT, EPERM }, .path = "/dev/kmsg",
	  .run = dev_kmsg },
	{ "dev-kvm", "open /dev/kvm", "no such node in /dev", ESCAPE_KERNEL, { ENOENT, EACCES }, .path = "/dev/kvm", .run = dev_kvm },
	{ "dev-fuse", "open /dev/fuse", "no such node in /dev", ESCAPE_KERNEL, { ENOENT, EACCES }, .path = "/dev/fuse", .run = dev_fuse },
	{ "other-devices", "find more devices than a container needs", "minimal /dev", ESCAPE_KERNEL, { 0 }, .run = other_devices },
	{ "device-chmod", "set the mode of the host's /dev/null (to what it is)", "read-only nodes", ESCAPE_KERNEL, { EROFS, EPERM },
	  .run = device_chmod },
	{ "tiocsti", "type into a terminal outside", "closed descriptors", ESCAPE_OUTSIDE, { EBADF, EPERM }, .run = type_in },
	{ "console", "reach the virtual console with TIOCLINUX", "no such node in /dev", ESCAPE_KERNEL, { ENOENT, EACCES, EPERM },
	  .path = "/dev/tty0", .run = console },
	{ 0 },
};

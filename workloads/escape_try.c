/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape_try.c - what several attempts of the battery do. */
#include "escape_try.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* <sys/mount.h> and <linux/mount.h> don't get along. */
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);

const char *escape_place(void)
{
	static const char *const places[] = { "/tmp", "/dev/shm", "/run" };
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (access(places[i], W_OK) == 0)
			return places[i];
	return "/";
}

void escape_own_mounts(void)
{
	if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		/* The root is no mount point (chroot): its mounts are as private as the harness made them. */
	}
}

int escape_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

int escape_read(const char *path, char *buf, size_t size)
{
	buf[0] = '\0';
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, buf, size - 1);
	int why = errno;
	close(fd);
	if (n < 0)
		return -why;
	buf[n] = '\0';
	return (int)n;
}

int escape_rewrite(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, sizeof(text));
	/* Empty is written as a line without text: no byte would be no write. */
	if (n == 0)
		text[n++] = '\n';
	int r = n < 0 || pwrite(fd, text, (size_t)n, 0) < 0 ? -errno : 0;
	close(fd);
	return r;
}

bool escape_has_token(const struct escape_facts *f, int fd)
{
	char text[256];
	size_t len = strlen(f->token);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof(text));
	int why = n < 0 ? errno : ENOENT;
	close(fd);
	errno = why;
	return len && n >= (ssize_t)len && memcmp(text, f->token, len) == 0;
}

pid_t escape_victim(const struct escape_facts *f)
{
	char path[300], name[64];
	pid_t found = 0;
	DIR *d = opendir("/proc");
	for (struct dirent *e; d && !found && (e = readdir(d));) {
		snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
		if (atoi(e->d_name) <= 0 || escape_read(path, name, sizeof(name)) <= 0)
			continue;
		name[strcspn(name, "\n")] = '\0';
		if (*f->victim && strcmp(name, f->victim) == 0)
			found = (pid_t)atoi(e->d_name);
	}
	if (d)
		closedir(d);
	return found;
}

bool escape_in_namespace(const char *kind, uint64_t inode)
{
	char path[64];
	struct stat st;
	snprintf(path, sizeof(path), "/proc/self/ns/%s", kind);
	return stat(path, &st) == 0 && st.st_ino == inode;
}

int escape_again(const char *path, const char *what)
{
	char *const argv[] = { (char *)"isoload", (char *)"escape", (char *)"is", (char *)what, NULL };
	int status;
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		execve(path ? path : "/proc/self/exe", argv, (char *const[]){ NULL });
		_exit(255);
	}
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return !WIFEXITED(status) || WEXITSTATUS(status) == 255 ? -ENOEXEC : WEXITSTATUS(status);
}

uint64_t escape_caps(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { 0 };
	if (syscall(SYS_capget, &head, data) < 0)
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

int escape_drop_caps(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { 0 };
	return escape_call(syscall(SYS_capset, &head, data));
}

uint64_t escape_btime(void)
{
	char line[256];
	unsigned long long seconds = 0;
	FILE *stat = fopen("/proc/stat", "re");
	while (stat && fgets(line, sizeof(line), stat) && sscanf(line, "btime %llu", &seconds) != 1)
		;
	if (stat)
		fclose(stat);
	return seconds;
}

bool escape_other_kernel(const char *release, uint64_t btime, const char *other_release, uint64_t other_btime)
{
	/* Setting the clock moves the time of boot a little. */
	uint64_t apart = btime > other_btime ? btime - other_btime : other_btime - btime;
	return strcmp(release, other_release) != 0 || (btime && other_btime && apart > 3);
}

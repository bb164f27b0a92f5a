/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape_leaks.c - attempts to find what came in by accident: descriptors, environment, groups. */
#include "escape_try.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

/* Beside the three standard streams. */
static int descriptors(const struct escape_facts *f)
{
	char link[64], to[256];
	int n = 0, first = 0;
	for (int fd = 3; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0 && !n++)
			first = fd;
	if (n == 0)
		return escape_kept("none but the standard streams");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", first);
	ssize_t len = readlink(link, to, sizeof(to) - 1);
	to[len < 0 ? 0 : len] = '\0';
	(void)f;
	return escape_got("%d, such as %d: %s", n, first, to);
}

static int read_descriptor(const struct escape_facts *f)
{
	char path[64];
	int why = -EBADF;
	for (int fd = 3; fd < 4096; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			continue;
		/* Opened again: what is written there is not taken away from others. */
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		struct stat st;
		if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		if (escape_has_token(f, open(path, O_RDONLY | O_CLOEXEC)))
			return escape_got("descriptor %d leads to the file outside", fd);
		why = -errno;
	}
	return why;
}

/* A directory outside, and from there anywhere. */
static int directory_descriptor(const struct escape_facts *f)
{
	char path[1024];
	snprintf(path, sizeof(path), "../../../../../../../../../../../../%s", f->marker);
	for (int fd = 0; fd < 4096; fd++)
		if (escape_has_token(f, openat(fd, path, O_RDONLY | O_CLOEXEC)))
			return escape_got("read %s from descriptor %d", f->marker, fd);
	return -EBADF;
}

static int environment(const struct escape_facts *f)
{
	static const char *const known = " PATH HOME TERM ISOCOST_SCRATCH ISOCOST_PEER ";
	char word[64];
	int n = 0;
	for (char **e = environ; *e; e++) {
		if (strstr(*e, f->token))
			return escape_got("the harness's own: %.*s", (int)strcspn(*e, "="), *e);
		snprintf(word, sizeof(word), " %.*s ", (int)strcspn(*e, "="), *e);
		n += !strstr(known, word);
	}
	return n ? escape_got("%d variables more than it was given", n) : escape_kept("only what it was given");
}

/* The groups of whoever started the harness. One that has no name in a user namespace can't be used to gain, and can't be
 * dropped by an ordinary user. */
static int groups(const struct escape_facts *f)
{
	gid_t list[NGROUPS_MAX > 1024 ? 1024 : NGROUPS_MAX];
	int n = getgroups((int)(sizeof(list) / sizeof(*list)), list), more = 0;
	(void)f;
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++)
		more += list[i] != getgid() && list[i] != 65534;
	return more ? escape_got("%d supplementary groups", more) : escape_kept("no supplementary group with a name");
}

const struct escape escape_leaks[] = {
	{ "descriptors", "find open descriptors", "closed descriptors", ESCAPE_OUTSIDE, { 0 }, .run = descriptors },
	{ "read-descriptor", "read a file outside through a descriptor", "closed descriptors", ESCAPE_OUTSIDE, { EBADF, ENOENT, EACCES },
	  .run = read_descriptor },
	{ "directory-descriptor", "walk out from the directory of a descriptor", "closed descriptors", ESCAPE_OUTSIDE, { EBADF },
	  .run = directory_descriptor },
	{ "environment", "find the harness's environment", "clean environment", ESCAPE_OUTSIDE, { 0 }, .run = environment },
	{ "groups", "keep the groups of whoever started the harness", "dropped groups", ESCAPE_OUTSIDE, { 0 }, .run = groups },
	{ 0 },
};

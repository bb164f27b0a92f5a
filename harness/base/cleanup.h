/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cleanup.h - scope cleanup: declared and assigned together, released at the end of the scope. */
#ifndef ISOCOST_CLEANUP_H
#define ISOCOST_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* "unused": clang does not count the release as a use. */
#define cleanup(fn) __attribute__((cleanup(fn), unused))
#define cleanup_free cleanup(freep)

static inline void freep(void *p)
{
	free(*(void **)p);
}

static inline void fd_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void dir_closep(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* Take what a cleanup variable owns out of it. */
static inline int fd_steal(int *fd)
{
	int v = *fd;
	*fd = -1;
	return v;
}

static inline void *ptr_steal(void *pp)
{
	void *v = *(void **)pp;
	*(void **)pp = NULL;
	return v;
}

#endif

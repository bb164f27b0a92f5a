/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape_try.h - what the attempts of the battery are written with. */
#ifndef ISOCOST_ESCAPE_TRY_H
#define ISOCOST_ESCAPE_TRY_H

#include "escape.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

/* The topics, one file escape_<topic>.c each. Tables end at name == NULL. */
extern const struct escape escape_mounts[], escape_processes[], escape_kernel[], escape_syscalls[], escape_devices[],
	escape_network[], escape_limits[], escape_leaks[];

/* Results beside 0 and -errno; each with a text. */
int escape_na(const char *fmt, ...) __attribute__((format(printf, 1, 2)));      /* can't be tried here */
int escape_kept(const char *fmt, ...) __attribute__((format(printf, 1, 2)));    /* nothing refused it, and it got nothing: held */
int escape_got(const char *fmt, ...) __attribute__((format(printf, 1, 2)));     /* 0, with what it got */

static inline int escape_call(long r)
{
	return r < 0 ? -errno : 0;
}

/* A directory that can be written to, if there is one. */
const char *escape_place(void);
/* Mounts of this attempt stay its own where that is permitted. */
void escape_own_mounts(void);

int escape_open(const char *path, int flags);           /* 0 when it could be opened; closed again */
int escape_read(const char *path, char *buf, size_t size);      /* NUL-terminated; length, or -errno */
int escape_rewrite(const char *path);                   /* write into it what it holds already */
bool escape_has_token(const struct escape_facts *f, int fd);    /* what can be read from fd begins with the token; closes fd */
/* The pid of the victim as it is seen from here, or 0. */
pid_t escape_victim(const struct escape_facts *f);
/* This process is in the namespace of that inode. */
bool escape_in_namespace(const char *kind, uint64_t inode);
/* Run this very program again with `escape is WHAT` and tell its exit status; path NULL: itself. -errno when it can't be. */
int escape_again(const char *path, const char *what);
/* Effective capabilities. */
uint64_t escape_caps(void);
int escape_drop_caps(void);

#endif

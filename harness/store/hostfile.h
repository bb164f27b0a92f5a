/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hostfile.h - reading what /proc, /sys and /etc say. Every path is taken below root: "" is this host, a test gives a made-up tree.
 * What is returned is the caller's; NULL when the file or the key is not there. */
#ifndef ISOCOST_HOSTFILE_H
#define ISOCOST_HOSTFILE_H

#include "base/str.h"

char *hostfile_line(const char *root, const char *path);        /* the first line, trimmed */
char *hostfile_text(const char *root, const char *path);        /* all of it */
bool hostfile_exists(const char *root, const char *path);

/* The value of the first line "key : value" or "key=value", without quotes. */
char *hostfile_key(const char *root, const char *path, const char *key);

/* Set a fact when there is something to set. */
void hostfile_line_fact(const char *root, struct kvs *ret, const char *name, const char *path);
void hostfile_key_fact(const char *root, struct kvs *ret, const char *name, const char *path, const char *key);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gathered_parts.h - what gathering and pooling share. */
#ifndef ISOCOST_STORE_GATHERED_PARTS_H
#define ISOCOST_STORE_GATHERED_PARTS_H

#include "store/gathered.h"

#include <jansson.h>

/* Make the directory that becomes to: *ret_tmp, the caller's to free. */
int gathered_begin(const char *to, char **ret_tmp, struct err *err);
/* Rename it, or after a failure (r below 0) remove it. Returns r, or what renaming came to. */
int gathered_end(int r, const char *tmp, const char *to, struct err *err);

/* Copy a directory of files and directories, without those that begin with a dot; and without journals, unless they are wanted. */
int gathered_copy(const char *from, const char *to, bool journal, struct err *err);
int gathered_put_json(json_t *o, const char *path, struct err *err);

#endif

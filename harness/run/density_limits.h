/* SPDX-License-Identifier: GPL-3.0-or-later */
/* density_limits.h - what many instances at once take of this process and this host, and the limits that they meet. */
#ifndef ISOCOST_DENSITY_LIMITS_H
#define ISOCOST_DENSITY_LIMITS_H

#include "base/err.h"

#include <stdint.h>

/* As many open files as this process may have, one heap for all threads. What is started later inherits the first. */
void density_limits_raise(void);
/* Would n instances that hold so many descriptors each fit? -EMFILE names the limit. */
int density_limits_check(int descriptors_each, unsigned n, struct err *err);
/* Add to err which limit an error of this code may come from. */
void density_limits_hint(int code, struct err *err);

int density_descriptors(void);          /* how many are open */
/* Bytes; 0 where it can't be read: resident memory of this process, what the host uses, its slab. */
void density_read_memory(uint64_t *ret_rss, uint64_t *ret_used, uint64_t *ret_slab);

#endif

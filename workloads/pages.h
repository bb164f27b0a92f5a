/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages.h - memory on small pages or on huge ones, with the promise kept: never a mix, never the other kind. */
#ifndef ISOCOST_PAGES_H
#define ISOCOST_PAGES_H

#include "load.h"

#define PAGES_PARAM \
	{ "pages", PARAM_CHOICE, "small", "small huge", "small: 4 KiB each; huge: 2 MiB, can't run where the kernel gives none" }

/* How large a page is that `pages` asks for. */
size_t pages_size(const struct load *l);

/* Fresh memory of at least size bytes, beginning with a page, that the kernel was told how to back. NULL, with the reason
 * said, when there is none. munmap(p, pages_round(l, size)) gives it back. */
void *pages_map(struct load *l, size_t size);
size_t pages_round(const struct load *l, size_t size);

/* Once all of it was touched: load_cannotf(), with the reason said, when it is not wholly in huge pages as was asked for. */
int pages_check(struct load *l, const void *p, size_t size);

#endif

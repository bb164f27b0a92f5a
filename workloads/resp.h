/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resp.h - Redis' protocol, version 2, as far as a client of simple commands needs it: commands out, replies in. Pure. */
#ifndef ISOCOST_RESP_H
#define ISOCOST_RESP_H

#include <stddef.h>

#define RESP_LINE_MAX 512               /* of a type and what is in its line */

struct resp {
	char type;                      /* '+' a word, '-' an error, ':' a number, '$' bytes, '0' nil */
	const char *data;               /* into what was parsed, without its line end; of '0' NULL */
	size_t len;
};

/* The reply at the start of buf. Returns how many bytes it has; 0: it is not whole yet; -EPROTO: it is none that is known here
 * (arrays are not). *ret changes on success only. */
long resp_parse(const char *buf, size_t len, struct resp *ret);

struct resp_word {
	const char *data;
	size_t len;
};

/* Write a command of n words. Returns its length, or 0 when size is too small. */
size_t resp_command(char *buf, size_t size, const struct resp_word *words, size_t n);

/* The room that a command of n words with that many bytes in them takes at most. */
#define RESP_ROOM(n, bytes) (16 + (n) * 32 + (bytes))

#endif

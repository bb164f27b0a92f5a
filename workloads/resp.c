/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resp.c - Redis' protocol. */
#include "resp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BULK_MAX (512L << 20)           /* Redis' own limit */

/* Where the line end is, or -1: not there yet, -EPROTO: there can't be one. */
static long line_end(const char *buf, size_t len)
{
	const char *cr = memchr(buf, '\r', len < RESP_LINE_MAX ? len : RESP_LINE_MAX);
	if (!cr)
		return len < RESP_LINE_MAX ? -1 : -EPROTO;
	size_t at = (size_t)(cr - buf);
	if (at + 1 == len)
		return -1;
	return buf[at + 1] == '\n' ? (long)at : -EPROTO;
}

/* A length, from digits alone; -EPROTO. */
static long number(const char *s, size_t len)
{
	long n = 0;
	if (len == 0)
		return -EPROTO;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || n > BULK_MAX)
			return -EPROTO;
		n = n * 10 + (s[i] - '0');
	}
	return n <= BULK_MAX ? n : -EPROTO;
}

static long parse_bulk(const char *buf, size_t len, long end, struct resp *ret)
{
	const char *digits = buf + 1;
	size_t n_digits = (size_t)end - 1, head = (size_t)end + 2;
	if (n_digits == 2 && memcmp(digits, "-1", 2) == 0) {
		*ret = (struct resp){ .type = '0' };
		return (long)head;
	}
	long n = number(digits, n_digits);
	if (n < 0)
		return n;
	if (len < head + (size_t)n + 2)
		return 0;
	if (memcmp(buf + head + n, "\r\n", 2) != 0)
		return -EPROTO;
	*ret = (struct resp){ '$', buf + head, (size_t)n };
	return (long)head + n + 2;
}

long resp_parse(const char *buf, size_t len, struct resp *ret)
{
	if (len == 0)
		return 0;
	if (!strchr("+-:$", buf[0]) || buf[0] == '\0')
		return -EPROTO;
	long end = line_end(buf, len);
	if (end < 0)
		return end == -1 ? 0 : end;
	if (buf[0] == '$')
		return parse_bulk(buf, len, end, ret);
	*ret = (struct resp){ buf[0], buf + 1, (size_t)end - 1 };
	return end + 2;
}

size_t resp_command(char *buf, size_t size, const struct resp_word *words, size_t n)
{
	int head = snprintf(buf, size, "*%zu\r\n", n);
	size_t at = (size_t)head;
	for (size_t i = 0; i < n; i++) {
		if (at >= size)
			return 0;
		at += (size_t)snprintf(buf + at, size - at, "$%zu\r\n", words[i].len);
		if (at + words[i].len + 2 > size)
			return 0;
		memcpy(buf + at, words[i].data, words[i].len);
		memcpy(buf + at + words[i].len, "\r\n", 2);
		at += words[i].len + 2;
	}
	return at <= size ? at : 0;
}

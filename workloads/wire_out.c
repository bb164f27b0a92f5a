/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire_out.c - write records, whole, to a pipe, a file or a character device. */
#include "wire_out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int load_out_open(struct load_out *o, const char *where)
{
	o->fd = STDOUT_FILENO;
	o->error = 0;
	o->len = 0;
	if (!where)
		return 0;
	if (*where && strspn(where, "0123456789") == strlen(where)) {
		o->fd = atoi(where);
		return fcntl(o->fd, F_GETFD) < 0 ? -errno : 0;
	}
	int fd = open(where, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	o->fd = fd;
	return 0;
}

int load_out_flush(struct load_out *o)
{
	size_t at = 0;
	while (at < o->len && !o->error) {
		ssize_t n = write(o->fd, o->buf + at, o->len - at);
		if (n > 0)
			at += (size_t)n;
		else if (n < 0 && errno == EAGAIN)      /* the other side made it non-blocking */
			poll(&(struct pollfd){ .fd = o->fd, .events = POLLOUT }, 1, -1);
		else if (n == 0 || errno != EINTR)
			o->error = n == 0 ? -EIO : -errno;
	}
	o->len = 0;
	return o->error;
}

void load_out_line(struct load_out *o, const char *fmt, ...)
{
	if (sizeof(o->buf) - o->len < WIRE_LINE_MAX)
		load_out_flush(o);
	char *line = o->buf + o->len;
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(line, WIRE_LINE_MAX, fmt, ap);
	va_end(ap);
	size_t len = n < 0 ? 0 : (size_t)n;
	if (len > WIRE_LINE_MAX - 2)            /* with its newline and the reader's NUL */
		len = WIRE_LINE_MAX - 2;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '_';
	line[len] = '\n';
	o->len += len + 1;
}

void load_out_word(char *s)
{
	for (; *s; s++)
		if (*s == ' ' || *s == '\t')
			*s = '_';
}

void load_out_env(struct load_out *o, const char *key, const char *value)
{
	char word[WIRE_LINE_MAX];
	snprintf(word, sizeof(word), "%s", *value ? value : "unknown");
	load_out_word(word);
	load_out_line(o, "env %s=%s", key, word);
}

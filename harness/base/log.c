/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log.c - diagnostics and the progress line. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static enum log_level shown = LOG_INFO;
static bool line_drawn;

static bool terminal(int fd)
{
	const char *term = getenv("TERM");
	return isatty(fd) && !(term && strcmp(term, "dumb") == 0);
}

bool log_has_colour(int fd)
{
	const char *no = getenv("NO_COLOR");
	return terminal(fd) && !(no && *no);
}

bool log_has_progress(void)
{
	return terminal(STDERR_FILENO);
}

void log_level(enum log_level level)
{
	shown = level;
}

void log_progress_end(void)
{
	if (!line_drawn)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	line_drawn = false;
}

static void logv(enum log_level level, const char *tag, const char *fmt, va_list ap) __attribute__((format(printf, 3, 0)));

static void logv(enum log_level level, const char *tag, const char *fmt, va_list ap)
{
	if (level > shown)
		return;
	log_progress_end();
	fputs("isocost: ", stderr);
	fputs(tag, stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

#define LOG_FN(name, level, tag)                 \
	void name(const char *fmt, ...)          \
	{                                        \
		va_list ap;                      \
		va_start(ap, fmt);               \
		logv(level, tag, fmt, ap);       \
		va_end(ap);                      \
	}

LOG_FN(log_errorf, LOG_ERROR, "")
LOG_FN(log_warnf, LOG_WARN, "warning: ")
LOG_FN(log_infof, LOG_INFO, "")
LOG_FN(log_debugf, LOG_DEBUG, "debug: ")

void log_progressf(const char *fmt, ...)
{
	if (!log_has_progress())
		return;
	struct winsize ws = { 0 };
	int cols = ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 1 ? ws.ws_col - 1 : 79;
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "\r\033[K%.*s", cols, text);
	fflush(stderr);
	line_drawn = true;
}

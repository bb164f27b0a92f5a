/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log.h - diagnostics and the progress line, both on standard error. Standard output is data and never written here. */
#ifndef ISOCOST_LOG_H
#define ISOCOST_LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* The least urgent level that is shown; LOG_INFO unless set. */
void log_level(enum log_level level);

void log_errorf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_infof(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debugf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Whether a progress line is drawn: standard error is a terminal and TERM is not "dumb". */
bool log_has_progress(void);

/* Draw the progress line in place; without a terminal a no-op. log_progress_end() takes the line away. */
void log_progressf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_progress_end(void);

/* Whether colour may be used on the descriptor: a terminal, NO_COLOR unset, TERM not "dumb". */
bool log_has_colour(int fd);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* err.h - an error with its context, for the person at the terminal.
 *
 * A function that can fail returns 0 or -errno and, when its caller passed a struct err, says there what failed, on
 * what, and what to do about it. err may be NULL everywhere. */
#ifndef ISOCOST_ERR_H
#define ISOCOST_ERR_H

struct err {
	int code;               /* 0, or the -errno that was returned */
	char msg[2048];         /* one or more lines without a trailing newline; cut when longer */
};

/* Set *err and return code (negative). */
int err_setf(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_setf, with ": " and the text of -code behind the message. */
int err_sysf(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Put context and ": " before the message that is there; returns the code that is there. */
int err_wrapf(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Add text behind the message that is there. */
void err_addf(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qemuargs.h - QEMU's command line as libvirt prints it, and what is changed in it to run it without libvirt. Pure. */
#ifndef ISOCOST_QEMUARGS_H
#define ISOCOST_QEMUARGS_H

#include "base/err.h"
#include "base/str.h"

struct qemuargs {
	struct strv env;                /* "NAME=value" */
	struct strv argv;
};
void qemuargs_free(struct qemuargs *q);

/* Take apart what virConnectDomainXMLToNative gives: variables, program, arguments, quoted for a shell. -EINVAL: a quote is
 * not closed, or there is no program. */
int qemuargs_parse(const char *text, struct qemuargs *ret, struct err *err);

/* Change what is for libvirt's control only; qmp is the socket to which QEMU's monitor connects. -EPROTO: the command line has not
 * the options that are to be changed, so that nobody knows how this libvirt would control it. */
int qemuargs_free_of_libvirt(struct qemuargs *q, const char *qmp, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qemutrace.h - QEMU's own trace of the calls that its monitor gets: who takes how long, libvirt or QEMU? Pure. */
#ifndef ISOCOST_QEMUTRACE_H
#define ISOCOST_QEMUTRACE_H

#include "base/err.h"
#include "model/launch.h"

/* The trace events that the parser needs, NULL-terminated; QEMU writes them into its log with stamps in microseconds. */
extern const char *const qemutrace_events[];

/* Make the list of calls until the vCPUs run (the call `cont`), one row for each name, in the order of their first calls. A call
 * takes QEMU's time from its receipt to the reply, and libvirt's from the reply to the next call; the last one none of libvirt's.
 * -EPROTO: the text is no such trace, or ends before the vCPUs run. *ret changes only on success. */
int qemutrace_parse(const char *text, struct calls *ret, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* beacon.h - tell everybody on this host that a session lives, by a name that the kernel takes back at its end, however it ends.
 *
 * An abstract UNIX socket that is only bound. Seen by every user and from every work directory, within one network namespace. */
#ifndef ISOCOST_BEACON_H
#define ISOCOST_BEACON_H

#include <stdbool.h>

/* Light it: a descriptor, close-on-exec, that holds it until it is closed; -EADDRINUSE when it is lit already, or -errno. */
int beacon_light(const char *name);
bool beacon_is_lit(const char *name);

#endif

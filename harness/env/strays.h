/* SPDX-License-Identifier: GPL-3.0-or-later */
/* strays.h - control groups that engines made and left: in any hierarchy, below others, with more below them. */
#ifndef ISOCOST_STRAYS_H
#define ISOCOST_STRAYS_H

#include "base/err.h"

/* Kill what runs in, and remove, every cgroup of this host whose name is the given one or begins with it and a dot, and all
 * below it. inside: only what is below such a one, which itself is somebody's to remove. Looked for in the upper levels of
 * every mounted hierarchy, where engines put them. Returns how many were removed (one in many hierarchies counts once). */
int strays_remove(const char *name, struct err *err);
int strays_remove_inside(const char *name, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* places.h - the directories of a session as ${WORK}, ${CACHE} and ${BUILD}: what a run keeps is for others to read, and
 * says nothing of where it was made. */
#ifndef ISOCOST_PLACES_H
#define ISOCOST_PLACES_H

#include "env/env.h"

/* A copy of text with the session's directories replaced by their names. Owner frees. */
char *places_hide(const struct env_ctx *ctx, const char *text);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* attempts.h - what came of escape attempts, as JSON: what `isocost isolation --json` writes, and isolation.json beside a run. */
#ifndef ISOCOST_STORE_ATTEMPTS_H
#define ISOCOST_STORE_ATTEMPTS_H

#include "base/err.h"
#include "model/attempts.h"

#include <stdio.h>

#define ATTEMPTS_SCHEMA 2
#define ATTEMPTS_FILE "isolation.json"

int attempts_write(const struct attempts *a, FILE *to);         /* 0 or -errno */
/* Replace isolation.json in the directory of a run. */
int attempts_put(const struct attempts *a, const char *dir, struct err *err);
/* *ret is the caller's attempts_free, or NULL: the directory has no such file. -EINVAL names the file and what is wrong with it. */
int attempts_load(const char *dir, struct attempts **ret, struct err *err);

#endif

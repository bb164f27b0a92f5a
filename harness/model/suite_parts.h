/* SPDX-License-Identifier: GPL-3.0-or-later */
/* suite_parts.h - what the files of the suite reader share. */
#ifndef ISOCOST_SUITE_PARTS_H
#define ISOCOST_SUITE_PARTS_H

#include "model/suite.h"

/* Check the parameters that were given and fill in the defaults, in the registry's order. -EINVAL: "FILE:LINE: …". */
int suite_resolve_params(struct suite_workload *w, const char *file, struct err *err);

/* Keep the named ones only, in the order of the names; each name must be there. */
void suite_keep_arms(struct suite *s, const struct strv *names);
void suite_keep_workloads(struct suite *s, const struct strv *names);

#endif

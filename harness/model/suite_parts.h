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
/* Of s->aa, those that are arms. */
void suite_keep_aa(struct suite *s);

/* Split a list of names of arms. -ENOENT names the one that the suite has not, and those it has. *ret is the caller's strv_free. */
int suite_arm_names(const struct suite *s, const char *list, struct strv *ret, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* params.h - key=value as given to a workload, checked against its row of the registry before anything runs. */
#ifndef ISOCOST_PARAMS_H
#define ISOCOST_PARAMS_H

#include "registry.h"

#include <stdint.h>

struct load_value {
	const char *text;               /* as written; points into argv or the registry */
	uint64_t number;                /* PARAM_SIZE: bytes; PARAM_COUNT */
	double seconds;                 /* PARAM_SECONDS */
};

/* Read one value. Sizes: 4096, 4KiB, 64MiB, also K M G T (binary); kB MB GB are decimal. Durations: 0.5, 10s, 250ms, 5m.
 * 0, or -EINVAL / -ERANGE with *ret untouched. */
int load_param_parse(const struct param *p, const char *text, struct load_value *ret);

/* What a value of this parameter looks like, for messages. */
void load_param_expected(const struct param *p, char *buf, size_t size);

/* Fill ret, in the registry's order, with what args (key=value) say and defaults for the rest. -EINVAL: an unknown key,
 * one given twice, or a bad value; msg says what was expected. */
int load_params(const struct workload *w, const char *const *args, size_t n, struct load_value ret[PARAMS_MAX], char *msg,
                size_t size);

#endif

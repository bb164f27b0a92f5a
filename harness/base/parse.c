/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse.c - numbers with units as people write them. */
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	double factor;
};

static int unit_factor(const struct unit *units, const char *s, double *ret)
{
	while (isspace((unsigned char)*s))
		s++;
	for (; units->name; units++)
		if (strcmp(units->name, s) == 0) {
			*ret = units->factor;
			return 0;
		}
	return -EINVAL;
}

int parse_u64(const char *s, uint64_t *ret)
{
	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	char *end;
	errno = 0;
	unsigned long long v = strtoull(s, &end, 10);
	if (errno)
		return -errno;
	if (*end)
		return -EINVAL;
	*ret = v;
	return 0;
}

int parse_size(const char *s, uint64_t *ret)
{
	static const struct unit units[] = {
		{ "", 1 },        { "B", 1 },
		{ "K", 0x1p10 },  { "KiB", 0x1p10 }, { "M", 0x1p20 },  { "MiB", 0x1p20 },
		{ "G", 0x1p30 },  { "GiB", 0x1p30 }, { "T", 0x1p40 },  { "TiB", 0x1p40 },
		{ "kB", 1e3 },    { "MB", 1e6 },     { "GB", 1e9 },    { NULL, 0 },
	};
	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	char *end;
	errno = 0;
	unsigned long long v = strtoull(s, &end, 10);
	double factor;
	if (errno)
		return -errno;
	if (unit_factor(units, end, &factor) < 0)
		return -EINVAL;
	if ((double)v * factor >= 0x1p63)
		return -ERANGE;
	*ret = v * (uint64_t)factor;
	return 0;
}

int parse_duration(const char *s, double *ret)
{
	static const struct unit units[] = {
		{ "", 1 }, { "s", 1 }, { "ms", 1e-3 }, { "us", 1e-6 }, { "m", 60 }, { "min", 60 }, { "h", 3600 }, { NULL, 0 },
	};
	if (!isdigit((unsigned char)*s) && *s != '.')
		return -EINVAL;
	char *end;
	double v = strtod(s, &end), factor;
	if (end == s || !isfinite(v) || unit_factor(units, end, &factor) < 0)
		return -EINVAL;
	if (!isfinite(v * factor))
		return -ERANGE;
	*ret = v * factor;
	return 0;
}

int parse_bool(const char *s, bool *ret)
{
	static const char *const yes[] = { "on", "yes", "true", "1" }, *const no[] = { "off", "no", "false", "0" };
	for (size_t i = 0; i < 4; i++) {
		if (strcasecmp(s, yes[i]) == 0) {
			*ret = true;
			return 0;
		}
		if (strcasecmp(s, no[i]) == 0) {
			*ret = false;
			return 0;
		}
	}
	return -EINVAL;
}

int parse_percent(const char *s, double *ret)
{
	char *end;
	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	double v = strtod(s, &end);
	if (strcmp(end, "%") != 0 || !isfinite(v))
		return -EINVAL;
	*ret = v / 100;
	return 0;
}

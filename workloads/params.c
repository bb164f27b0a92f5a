/* SPDX-License-Identifier: GPL-3.0-or-later */
/* params.c - read and check the parameters of a workload. */
#include "params.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	double factor;
};

static const struct unit size_units[] = {
	{ "", 1 },       { "B", 1 },
	{ "K", 0x1p10 }, { "KiB", 0x1p10 }, { "M", 0x1p20 }, { "MiB", 0x1p20 },
	{ "G", 0x1p30 }, { "GiB", 0x1p30 }, { "T", 0x1p40 }, { "TiB", 0x1p40 },
	{ "kB", 1e3 },   { "MB", 1e6 },     { "GB", 1e9 },   { NULL, 0 },
};

static const struct unit second_units[] = {
	{ "", 1 }, { "s", 1 }, { "ms", 1e-3 }, { "us", 1e-6 }, { "m", 60 }, { "min", 60 }, { "h", 3600 }, { NULL, 0 },
};

static const struct unit count_units[] = { { "", 1 }, { NULL, 0 } };

static double unit_factor(const struct unit *units, const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	for (; units->name; units++)
		if (strcmp(units->name, s) == 0)
			return units->factor;
	return 0;
}

static int parse_number(const struct unit *units, const char *text, uint64_t *ret)
{
	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	char *end;
	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);
	if (errno)
		return -errno;
	double factor = unit_factor(units, end);
	if (factor == 0)
		return -EINVAL;
	if ((double)v * factor >= 0x1p63)
		return -ERANGE;
	*ret = v * (uint64_t)factor;
	return 0;
}

static int parse_seconds(const char *text, double *ret)
{
	if (!isdigit((unsigned char)*text) && *text != '.')
		return -EINVAL;
	char *end;
	double v = strtod(text, &end), factor = unit_factor(second_units, end);
	if (end == text || !isfinite(v) || factor == 0)
		return -EINVAL;
	*ret = v * factor;
	return 0;
}

static int parse_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);
	for (const char *s = choices; len && *s; s += *s == ' ') {
		size_t n = strcspn(s, " ");
		if (n == len && strncmp(s, text, n) == 0)
			return 0;
		s += n;
	}
	return -EINVAL;
}

int load_param_parse(const struct param *p, const char *text, struct load_value *ret)
{
	struct load_value v = { .text = text };
	int r = -EINVAL;
	switch (p->type) {
	case PARAM_SIZE:
		r = parse_number(size_units, text, &v.number);
		break;
	case PARAM_COUNT:
		r = parse_number(count_units, text, &v.number);
		break;
	case PARAM_SECONDS:
		r = parse_seconds(text, &v.seconds);
		break;
	case PARAM_CHOICE:
		r = parse_choice(p->choices, text);
		break;
	}
	if (r == 0 && (p->type == PARAM_SIZE || p->type == PARAM_COUNT) && !param_allows(p, v.number))
		r = -ERANGE;
	if (r == 0)
		*ret = v;
	return r;
}

void load_param_expected(const struct param *p, char *buf, size_t size)
{
	static const char *const forms[] = {
		[PARAM_SIZE] = "a size such as 4096, 4KiB or 64MiB",
		[PARAM_COUNT] = "a whole number",
		[PARAM_SECONDS] = "a duration such as 0.5, 300ms or 2s",
		[PARAM_CHOICE] = "one of:",
	};
	char limits[128];
	param_limits(p, limits, sizeof(limits));
	snprintf(buf, size, "%s%s%s%s", forms[p->type], limits, p->choices ? " " : "", p->choices ? p->choices : "");
}

static int unknown_key(const struct workload *w, const char *key, size_t len, char *msg, size_t size)
{
	int n = snprintf(msg, size, "workload %s has no parameter '%.*s'; ", w->name, (int)len, key);
	size_t at = n < 0 ? 0 : (size_t)n;
	if (at < size)
		at += (size_t)snprintf(msg + at, size - at, w->params[0].name ? "it has:" : "it has none");
	for (const struct param *p = w->params; p->name && at < size; p++)
		at += (size_t)snprintf(msg + at, size - at, " %s", p->name);
	return -EINVAL;
}

static int take(const struct workload *w, const char *arg, struct load_value ret[PARAMS_MAX], char *msg, size_t size)
{
	size_t len = strcspn(arg, "=");
	const struct param *p = w->params;
	while (p->name && (strncmp(p->name, arg, len) != 0 || p->name[len]))
		p++;
	if (!p->name)
		return unknown_key(w, arg, len, msg, size);
	struct load_value *v = &ret[p - w->params];
	if (v->text) {
		snprintf(msg, size, "parameter '%s' is given twice", p->name);
		return -EINVAL;
	}
	if (arg[len] != '=' || load_param_parse(p, arg + len + 1, v) < 0) {
		char expected[256];
		load_param_expected(p, expected, sizeof(expected));
		snprintf(msg, size, "'%s': expected %s=VALUE where VALUE is %s", arg, p->name, expected);
		return -EINVAL;
	}
	return 0;
}

int load_params(const struct workload *w, const char *const *args, size_t n, struct load_value ret[PARAMS_MAX], char *msg,
                size_t size)
{
	struct load_value values[PARAMS_MAX] = { { 0 } };
	for (size_t i = 0; i < n; i++)
		if (take(w, args[i], values, msg, size) < 0)
			return -EINVAL;
	for (const struct param *p = w->params; p->name; p++)
		if (!values[p - w->params].text && load_param_parse(p, p->def, &values[p - w->params]) < 0) {
			snprintf(msg, size, "the default of '%s' is bad: '%s'", p->name, p->def);
			return -EINVAL;
		}
	memcpy(ret, values, sizeof(values));
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* suite.c - a suite file. libinih reads the INI; here its keys get their meaning. */
#include "model/suite.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "model/suite_parts.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parse {
	struct suite *s;
	const char *file;
	const char *text;                       /* what is not yet read */
	int line;                               /* the line that was read last */
	bool indented;                          /* it begins with a blank */
	struct kvs given;                       /* "[section] key" and its line, to find one that is given twice */
	struct strv arms, workloads, ladder;    /* the lists of [suite]; empty until given */
	int arms_line, workloads_line, ladder_line, aa_line;
	struct err err;
};

static int complain(struct parse *p, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int complain(struct parse *p, int line, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!p->err.code)
		err_setf(&p->err, -EINVAL, "%s:%d: %s", p->file, line, text);
	return 0;       /* tells libinih to stop */
}

static struct suite_arm *arm_of(struct parse *p, const char *name, int line)
{
	struct suite *s = p->s;
	for (size_t i = 0; i < s->n_arms; i++)
		if (strcmp(s->arms[i].name, name) == 0)
			return &s->arms[i];
	s->arms = xrealloc(s->arms, s->n_arms + 1, sizeof(*s->arms));
	s->arms[s->n_arms] = (struct suite_arm){ .name = xstrdup(name), .driver = xstrdup(name), .line = line };
	return &s->arms[s->n_arms++];
}

static struct suite_workload *workload_of(struct parse *p, const char *name, int line)
{
	struct suite *s = p->s;
	for (size_t i = 0; i < s->n_workloads; i++)
		if (strcmp(s->workloads[i].name, name) == 0)
			return &s->workloads[i];
	s->workloads = xrealloc(s->workloads, s->n_workloads + 1, sizeof(*s->workloads));
	s->workloads[s->n_workloads] =
		(struct suite_workload){ .name = xstrdup(name), .workload = registry_find(name), .line = line };
	return &s->workloads[s->n_workloads++];
}

static bool good_name(const char *s)
{
	return *s && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == strlen(s);
}

/* A name stands in a list once: what is listed twice would run once. */
static int list_key(struct parse *p, int line, const char *key, const char *val, struct strv *ret)
{
	strv_split(ret, val, ",");
	if (!ret->n)
		return complain(p, line, "%s = : expected names with commas between them", key);
	for (size_t i = 0; i < ret->n; i++) {
		if (!good_name(ret->v[i]))
			return complain(p, line, "%s: '%s': expected names of letters, digits, '-' and '_' with commas between them",
			                key, ret->v[i]);
		for (size_t k = 0; k < i; k++)
			if (strcmp(ret->v[i], ret->v[k]) == 0)
				return complain(p, line, "%s: '%s' is listed twice; to run it as two, give the second a name and a "
				                "section of its own", key, ret->v[i]);
	}
	return 1;
}

static int count_key(struct parse *p, int line, const char *key, const char *val, unsigned max, unsigned *ret)
{
	uint64_t v;
	if (parse_u64(val, &v) < 0 || v == 0 || v > max)
		return complain(p, line, "%s = %s: expected a whole number from 1 to %u", key, val, max);
	*ret = (unsigned)v;
	return 1;
}

static int percent_key(struct parse *p, int line, const char *key, const char *val, double *ret)
{
	char *end;
	double v = strtod(val, &end);
	if (end == val || strcmp(str_trim(end), "%") != 0 || !(v > 0 && v < 100))
		return complain(p, line, "%s = %s: expected a percentage such as 2%%", key, val);
	*ret = v / 100;
	return 1;
}

/* How launches are spent. -1: it is another key. */
static int adaptive_key(struct parse *p, int line, const char *key, const char *val)
{
	struct suite *s = p->s;
	if (strcmp(key, "adaptive") == 0)
		return parse_bool(val, &s->adaptive.on) < 0 ? complain(p, line, "adaptive = %s: expected on or off", val) : 1;
	if (strcmp(key, "half_width") == 0)
		return percent_key(p, line, key, val, &s->adaptive.half_width);
	if (strcmp(key, "max_launches") == 0) {
		s->max_line = line;
		return count_key(p, line, key, val, ADAPTIVE_MOST, &s->max_launches);
	}
	if (strcmp(key, "min_launches") != 0)
		return -1;
	if (!count_key(p, line, key, val, ADAPTIVE_MOST, &s->adaptive.min_launches))
		return 0;
	if (s->adaptive.min_launches < ADAPTIVE_MIN)
		return complain(p, line, "min_launches = %s: expected at least %d: fewer give no interval", val, ADAPTIVE_MIN);
	return 1;
}

static int suite_key(struct parse *p, int line, const char *key, const char *val)
{
	struct suite *s = p->s;
	int r = adaptive_key(p, line, key, val);
	if (r >= 0)
		return r;
	if (strcmp(key, "name") == 0) {
		if (!good_name(val))
			return complain(p, line, "name = %s: expected letters, digits, '-' and '_'", val);
		free(s->name);
		s->name = xstrdup(val);
	} else if (strcmp(key, "description") == 0) {
		free(s->description);
		s->description = xstrdup(val);
	} else if (strcmp(key, "arms") == 0) {
		p->arms_line = line;
		return list_key(p, line, key, val, &p->arms);
	} else if (strcmp(key, "workloads") == 0) {
		p->workloads_line = line;
		return list_key(p, line, key, val, &p->workloads);
	} else if (strcmp(key, "ladder") == 0) {
		p->ladder_line = line;
		return list_key(p, line, key, val, &p->ladder);
	} else if (strcmp(key, "aa") == 0) {
		p->aa_line = line;
		return list_key(p, line, key, val, &s->aa);
	} else if (strcmp(key, "launches") == 0) {
		return count_key(p, line, key, val, 10000, &s->launches);
	} else if (strcmp(key, "cpus") == 0) {
		s->cpus_line = line;
		return count_key(p, line, key, val, 1024, &s->cpus);
	} else if (strcmp(key, "pids") == 0) {
		return count_key(p, line, key, val, 1000000, &s->pids);
	} else if (strcmp(key, "memory") == 0) {
		s->memory_line = line;
		if (parse_size(val, &s->memory) < 0 || s->memory < (64u << 20))
			return complain(p, line, "memory = %s: expected a size of at least 64MiB, such as 512MiB", val);
	} else if (strcmp(key, "deadline") == 0) {
		if (parse_duration(val, &s->deadline_s) < 0 || s->deadline_s < 1)
			return complain(p, line, "deadline = %s: expected a duration of at least 1s, such as 60s", val);
	} else if (strcmp(key, "margin") == 0) {
		return percent_key(p, line, key, val, &s->margin);
	} else {
		return complain(p, line, "unknown key '%s' in [suite]; expected one of: name description arms workloads "
		                "ladder aa launches cpus memory pids deadline margin adaptive half_width min_launches max_launches", key);
	}
	return 1;
}

static int arm_key(struct parse *p, int line, const char *name, const char *key, const char *val)
{
	struct suite_arm *a = arm_of(p, name, line);
	if (strcmp(key, "driver") == 0) {
		free(a->driver);
		a->driver = xstrdup(val);
	} else if (strcmp(key, "adds") == 0) {
		if (!*val)
			return complain(p, line, "adds = : expected what this rung adds to the one below it, in a few words");
		free(a->adds);
		a->adds = xstrdup(val);
		a->adds_line = line;
	} else {
		kvs_set(&a->options, key, val, line);
	}
	return 1;
}

/* A driver's option may go on in indented lines, as long command lines do; but not in one that looks like an option itself:
 * that is a slip. libinih calls the handler again, for the same key. */
static bool goes_on(struct parse *p, const char *section, const char *key, const char *val)
{
	size_t len = strspn(val, "abcdefghijklmnopqrstuvwxyz_-");
	bool option = len && val[0] != '-' && val[len + strspn(val + len, " ")] == '=';
	return p->indented && !option && strncmp(section, "arm ", 4) == 0 &&
	       kvs_get(&arm_of(p, section + 4, p->line)->options, key);
}

static int more_of_arm_key(struct parse *p, const char *name, const char *key, const char *val)
{
	struct kvs *options = &arm_of(p, name, p->line)->options;
	for (size_t i = 0; i < options->n; i++) {
		if (strcmp(options->v[i].key, key) != 0)
			continue;
		cleanup_free char *joined = xasprintf("%s %s", options->v[i].val, val);
		kvs_set(options, key, joined, options->v[i].line);
	}
	return 1;
}

static int workload_key(struct parse *p, int line, const char *name, const char *key, const char *val)
{
	struct suite_workload *w = workload_of(p, name, line);
	if (strcmp(key, "launches") == 0)
		return count_key(p, line, key, val, 10000, &w->launches);
	if (strcmp(key, "workload") == 0) {
		w->workload = registry_find(val);
		if (!w->workload)
			return complain(p, line, "workload = %s: no such workload; `isocost list workloads` shows them", val);
	} else {
		kvs_set(&w->params, key, val, line);
	}
	return 1;
}

/* Hands libinih a line at a time, as fgets does: Debian's build of it does not tell the handler where it is. */
static char *next_line(char *buf, int size, void *user)
{
	struct parse *p = user;
	size_t len = strcspn(p->text, "\n");
	len += p->text[len] == '\n';
	if (!len || p->err.code)
		return NULL;
	p->line++;
	p->indented = *p->text == ' ' || *p->text == '\t';
	if (len >= (size_t)size) {
		complain(p, p->line, "the line is longer than %d characters", size - 2);
		return NULL;
	}
	memcpy(buf, p->text, len);
	buf[len] = '\0';
	p->text += len;
	return buf;
}

/* libinih joins an indented line to the value before it and calls the handler again for the same key. */
static int check_once(struct parse *p, const char *section, const char *key)
{
	cleanup_free char *id = xasprintf("[%s] %s", section, key);
	for (size_t i = 0; i < p->given.n; i++)
		if (strcmp(p->given.v[i].key, id) == 0)
			return complain(p, p->line, p->indented ? "an indented line goes on with the '%s' of line %d; expected 'key = value' "
			                "at the line's beginning" : "'%s' is given twice, first in line %d", key, p->given.v[i].line);
	kvs_set(&p->given, id, "", p->line);
	return 1;
}

static int on_key(void *user, const char *section, const char *key, const char *val)
{
	struct parse *p = user;
	int line = p->line;
	if (!val)
		return complain(p, line, "expected 'key = value' after '%s'", key);
	if (goes_on(p, section, key, val))
		return more_of_arm_key(p, section + 4, key, val);
	if (!check_once(p, section, key))
		return 0;
	if (strcmp(section, "suite") == 0)
		return suite_key(p, line, key, val);
	if (strncmp(section, "arm ", 4) == 0 && section[4])
		return arm_key(p, line, section + 4, key, val);
	if (strncmp(section, "workload ", 9) == 0 && section[9])
		return workload_key(p, line, section + 9, key, val);
	return complain(p, line, "in section [%s]: expected [suite], [arm NAME] or [workload NAME]", section);
}

static void defaults(struct parse *p)
{
	if (!p->arms.n) {
		strv_split(&p->arms, "host, container, vm", ",");
		p->arms_line = 1;
	}
	if (p->workloads.n)
		return;
	/* No list: the sections in their order, or else everything there is. */
	for (size_t i = 0; i < p->s->n_workloads; i++)
		strv_add(&p->workloads, p->s->workloads[i].name);
	for (size_t i = 0; !p->s->n_workloads && registry[i]; i++)
		strv_add(&p->workloads, registry[i]->name);
}

static int check(struct parse *p)
{
	struct suite *s = p->s;
	if (!s->name) {
		complain(p, 1, "no name: expected 'name = …' in [suite]");
		return -EINVAL;
	}
	if (s->max_launches && s->max_launches < s->adaptive.min_launches) {
		complain(p, s->max_line, "max_launches = %u: expected at least the %u of the pilot (min_launches)", s->max_launches,
		         s->adaptive.min_launches);
		return -EINVAL;
	}
	for (size_t i = 0; i < s->n_workloads; i++) {
		struct suite_workload *w = &s->workloads[i];
		if (!w->workload) {
			complain(p, w->line, "no workload '%s'; `isocost list workloads` shows those there are", w->name);
			return -EINVAL;
		}
		if (suite_resolve_params(w, p->file, &p->err) < 0)
			return -EINVAL;
		if (!w->launches)
			w->launches = s->launches;
	}
	return 0;
}

/* The lists of [suite] say what runs, in their order. A section that they leave out would be ignored: a slip. */
static int check_lists(struct parse *p)
{
	for (size_t i = 0; i < p->s->n_arms; i++)
		if (!strv_has(&p->arms, p->s->arms[i].name))
			complain(p, p->s->arms[i].line, "arm %s is not in the list 'arms' of [suite]", p->s->arms[i].name);
	for (size_t i = 0; i < p->s->n_workloads; i++)
		if (!strv_has(&p->workloads, p->s->workloads[i].name))
			complain(p, p->s->workloads[i].line, "workload %s is not in the list 'workloads' of [suite]",
			         p->s->workloads[i].name);
	for (size_t i = 0; i < p->s->aa.n; i++)
		if (!strv_has(&p->arms, p->s->aa.v[i]))
			complain(p, p->aa_line, "aa: '%s' is no arm of this suite; expected names of the list 'arms'", p->s->aa.v[i]);
	for (size_t i = 0; i < p->arms.n; i++)
		arm_of(p, p->arms.v[i], p->arms_line);
	for (size_t i = 0; i < p->workloads.n; i++)
		workload_of(p, p->workloads.v[i], p->workloads_line);
	return p->err.code;
}

/* Rungs are arms, and what is said of a rung is said of one that there is. */
static int make_ladder(struct parse *p)
{
	struct suite *s = p->s;
	if (p->ladder.n && p->ladder.n < LADDER_RUNGS_MIN)
		complain(p, p->ladder_line, "ladder = %s: expected at least %d arms, from the fewest layers to the most",
		         p->ladder.v[0], LADDER_RUNGS_MIN);
	for (size_t i = 0; i < p->ladder.n; i++)
		if (!strv_has(&p->arms, p->ladder.v[i]))
			complain(p, p->ladder_line, "ladder: '%s' is no arm of this suite; expected names of the list 'arms'",
			         p->ladder.v[i]);
	for (size_t i = 0; i < s->n_arms; i++) {
		const struct suite_arm *a = &s->arms[i];
		if (a->adds && !strv_has(&p->ladder, a->name))
			complain(p, a->adds_line, "adds: arm %s is no rung of a ladder; expected it in 'ladder' of [suite]", a->name);
		else if (a->adds && strcmp(p->ladder.v[0], a->name) == 0)
			complain(p, a->adds_line, "adds: arm %s is the first rung of the ladder: there is none below it to add to",
			         a->name);
	}
	for (size_t i = 0; i < p->ladder.n && !p->err.code; i++)
		ladder_add(&s->ladder, p->ladder.v[i], arm_of(p, p->ladder.v[i], p->ladder_line)->adds);
	return p->err.code;
}

/* Section lines without keys never reach the handler: look for them here, so that a misspelt one is an error too. */
static int check_sections(struct parse *p, const char *text)
{
	int line = 1;
	for (const char *s = text; *s; line++) {
		size_t len = strcspn(s, "\n");
		if (*s == '[') {
			const char *end = memchr(s, ']', len);
			if (!end)
				return complain(p, line, "expected ']' at the end of a section's name");
			cleanup_free char *name = xstrndup(s + 1, (size_t)(end - s - 1));
			const char *own = strchr(name, ' ');
			if (own && !good_name(own + 1))
				return complain(p, line, "in section [%s]: expected a name of letters, digits, '-' and '_'", name);
			if (strncmp(name, "workload ", 9) == 0 && name[9])
				workload_of(p, name + 9, line);
			else if (strncmp(name, "arm ", 4) == 0 && name[4])
				arm_of(p, name + 4, line);
			else if (strcmp(name, "suite") != 0)
				return complain(p, line, "in section [%s]: expected [suite], [arm NAME] or [workload NAME]", name);
		}
		s += len + (s[len] == '\n');
	}
	return 1;
}

int suite_parse(const char *file, const char *text, struct suite **ret, struct err *err)
{
	struct suite *s = xcalloc(1, sizeof(*s));
	*s = (struct suite){ .file = xstrdup(file), .launches = 10, .cpus = 1, .memory = 512u << 20, .pids = 256,
	                     .deadline_s = 120, .margin = 0.02,
	                     .adaptive = { .half_width = ADAPTIVE_HALF_WIDTH, .min_launches = ADAPTIVE_PILOT } };
	struct parse p = { .s = s, .file = file, .text = text };
	int r = -EINVAL, bad = 0;
	if (check_sections(&p, text)) {
		bad = ini_parse_stream(next_line, &p, on_key, &p);
		if (bad && !p.err.code)
			complain(&p, bad, "expected 'key = value' or a [section]");
	}
	if (!p.err.code) {
		defaults(&p);
		r = check_lists(&p);
		r = r < 0 ? r : make_ladder(&p);
		suite_keep_arms(s, &p.arms);
		suite_keep_workloads(s, &p.workloads);
		r = r < 0 ? r : check(&p);
	}
	strv_free(&p.arms);
	strv_free(&p.workloads);
	strv_free(&p.ladder);
	kvs_free(&p.given);
	if (r < 0) {
		suite_free(s);
		if (err)
			*err = p.err;
		return -EINVAL;
	}
	*ret = s;
	return 0;
}

int suite_read(const char *file, char **ret, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	int r = fs_read(file, &text, &len);
	if (r < 0)
		return err_sysf(err, r, "suite %s", file);
	if (strlen(text) != len)
		return err_setf(err, -EINVAL, "suite %s: expected text, found a zero byte at offset %zu", file, strlen(text));
	*ret = ptr_steal(&text);
	return 0;
}

int suite_load(const char *file, struct suite **ret, struct err *err)
{
	cleanup_free char *text = NULL;
	int r = suite_read(file, &text, err);
	return r < 0 ? r : suite_parse(file, text, ret, err);
}

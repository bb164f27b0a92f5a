/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples.c - what a line of the journal is mostly made of, read without a tree: samples, phases, names with values. */
#include "store/samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t' || *s == '\r')
		s++;
	return s;
}

static void add(struct samples *s, double v)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 4096;
		s->v = xrealloc(s->v, s->cap, sizeof(*s->v));
	}
	s->v[s->n++] = v;
}

/* What is behind '['. Returns what is behind ']', or NULL. */
static const char *take_array(struct samples *s, const char *p)
{
	p = skip_blanks(p);
	if (*p == ']')
		return p + 1;
	for (;; p++) {
		double v = NAN;
		p = skip_blanks(p);
		if (!samples_number(p, &p, &v)) {
			if (strncmp(p, "null", 4) != 0)
				return NULL;
			p += 4;
		}
		add(s, v);
		p = skip_blanks(p);
		if (*p == ']')
			return p + 1;
		if (*p != ',')
			return NULL;
	}
}

/* Behind a character that must be there, blanks before and after it aside; NULL: it is not. */
static const char *expect(const char *p, char c)
{
	p = p ? skip_blanks(p) : NULL;
	return p && *p == c ? skip_blanks(p + 1) : NULL;
}

/* A string of printable ASCII without an escape: nothing that wants to be checked or changed. */
static const char *take_text(const char *p, struct samples_text *ret)
{
	if (!p || *p != '"')
		return NULL;
	ret->s = ++p;
	while (*p >= ' ' && *p < 127 && *p != '"' && *p != '\\')
		p++;
	ret->len = (size_t)(p - ret->s);
	return *p == '"' ? p + 1 : NULL;
}

static const char *take_key(const char *p, const char *key)
{
	struct samples_text t;
	p = take_text(p, &t);
	return p && strlen(key) == t.len && memcmp(key, t.s, t.len) == 0 ? expect(p, ':') : NULL;
}

/* {"name": …, "end_s": …}, as store.c writes it. Returns what is behind it, or NULL. */
static const char *take_phase(struct samples *s, const char *p)
{
	if (s->n_phases == SAMPLES_PHASES)
		return NULL;
	size_t i = s->n_phases++;
	p = take_key(expect(p, '{'), "name");
	p = take_key(expect(take_text(p, &s->phase[i].name), ','), "end_s");
	return p && samples_number(p, &p, &s->phase[i].end_s) ? expect(p, '}') : NULL;
}

static const char *take_phases(struct samples *s, const char *p)
{
	for (;; p++) {
		p = take_phase(s, p);
		if (!p || *p != ',')
			return p && *p == ']' ? p + 1 : NULL;
	}
}

/* "key": "value", … */
static const char *take_pairs(struct samples_pairs *pairs, const char *p)
{
	for (;; p++) {
		struct samples_text key;
		p = expect(take_text(skip_blanks(p), &key), ':');
		if (!p || pairs->n == SAMPLES_PAIRS)
			return NULL;
		pairs->key[pairs->n] = key;
		p = take_text(p, &pairs->val[pairs->n++]);
		p = p ? skip_blanks(p) : NULL;
		if (!p || *p != ',')
			return p && *p == '}' ? p + 1 : NULL;
	}
}

enum { SAMPLES, WARMUP, PHASES, SEEN, PARAMS, NAMES };
static const struct {
	const char *name;
	size_t len;
	char open, close;
} names[NAMES] = { { "\"samples\"", 9, '[', ']' }, { "\"warmup\"", 8, '[', ']' }, { "\"phases\"", 8, '[', ']' }, { "\"seen\"", 6, '{', '}' },
	           { "\"params\"", 8, '{', '}' } };

/* What is behind the next opening bracket, and whose it is; NULL: there is none more. A quotation mark within a string has a backslash
 * before it, so that a name with two bare ones is one. */
static const char *next_open(const char *p, int *ret_name)
{
	for (; (p = strchr(p, '"')); p++)
		for (int i = 0; i < NAMES; i++) {
			if (p[1] != names[i].name[1] || strncmp(p, names[i].name, names[i].len) != 0)
				continue;
			const char *open = expect(p + names[i].len, ':');
			*ret_name = i;
			if (open && *open == names[i].open)
				return open + 1;
		}
	return NULL;
}

static const char *replace_array(struct samples *s, const char *from, const char *open)
{
	if (s->n_arrays == SAMPLES_ARRAYS)
		return NULL;
	s->array[s->n_arrays].at = s->n;
	str_addf(&s->rest, "%.*s%zu]", (int)(open - from), from, s->n_arrays);
	const char *end = take_array(s, open);
	s->array[s->n_arrays].n = s->n - s->array[s->n_arrays].at;
	s->n_arrays++;
	return end;
}

/* What is not as usual stays in the text. NULL: it is there already, in a field that this version does not know, or this is in one. */
static const char *replace_once(struct samples *s, int name, const char *from, const char *open)
{
	if (s->met & (1u << name))
		return NULL;
	s->met |= 1u << name;
	struct samples_pairs *pairs = name == SEEN ? &s->seen : &s->params;
	const char *end = name == PHASES ? take_phases(s, open) : take_pairs(pairs, open);
	str_add(&s->rest, from, (size_t)(open - from));
	if (end)
		str_add(&s->rest, &names[name].close, 1);
	else if (name == PHASES)
		s->n_phases = 0;
	else
		pairs->n = 0;
	return end ? end : open;
}

bool samples_take(struct samples *s, const char *line, size_t len)
{
	s->rest.len = s->n = s->n_arrays = s->n_phases = s->seen.n = s->params.n = 0;
	s->met = 0;
	/* A name may be written with escapes: nothing may be found in the tree that was not found here. */
	if (strlen(line) != len || strstr(line, "\\u"))
		return false;
	const char *from = line;
	int name;
	for (const char *open; (open = next_open(from, &name));) {
		from = name == SAMPLES || name == WARMUP ? replace_array(s, from, open) : replace_once(s, name, from, open);
		if (!from)
			return false;
	}
	str_add(&s->rest, from, len - (size_t)(from - line));
	return true;
}

void samples_free(struct samples *s)
{
	str_free(&s->rest);
	free(s->v);
	*s = (struct samples){ 0 };
}

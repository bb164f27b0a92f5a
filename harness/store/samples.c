/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples.c - samples and phases of a line of the journal, read without a tree. */
#include "store/samples.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t' || *s == '\r')
		s++;
	return s;
}

#define POWERS 28                       /* 10^27 is the last that the 64 bits of a long double hold */

/* digits times 10^exponent, rounded once to 64 bits and then to 53; false where the second rounding might differ from rounding the true
 * value: it would have to lie halfway between two doubles, as far as 64 bits tell. */
static bool scaled(uint64_t digits, long exponent, double *ret)
{
#if LDBL_MANT_DIG == 64
	static const long double power[POWERS] = { 1e0L, 1e1L, 1e2L, 1e3L, 1e4L, 1e5L, 1e6L, 1e7L, 1e8L, 1e9L, 1e10L, 1e11L, 1e12L, 1e13L,
		                                   1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L,
		                                   1e26L, 1e27L };
	if (exponent <= -POWERS || exponent >= POWERS)
		return false;
	long double v = (long double)digits;
	v = exponent < 0 ? v / power[-exponent] : v * power[exponent];
	uint64_t mantissa;
	memcpy(&mantissa, &v, sizeof(mantissa));
	*ret = (double)v;
	return (mantissa & 0x7ff) != 0x400;
#else
	(void)digits, (void)exponent, (void)ret;
	return false;
#endif
}

/* Adds digits to *value. More than 19, but for zeros before them, don't fit: the caller counts. */
static const char *take_digits(const char *s, uint64_t *value)
{
	for (; is_digit(*s); s++)
		*value = *value * 10 + (uint64_t)(*s - '0');
	return s;
}

static const char *take_exponent(const char *s, long *ret)
{
	bool minus = *++s == '-';
	uint64_t v = 0;
	s += *s == '-' || *s == '+';
	const char *end = take_digits(s, &v);
	if (end == s || end - s > 4)
		return NULL;
	*ret = minus ? -(long)v : (long)v;
	return end;
}

bool samples_number(const char *text, const char **end, double *ret)
{
	const char *s = text + (*text == '-'), *first = s;
	uint64_t digits = 0;
	long behind = 0, exponent = 0;
	s = take_digits(s, &digits);
	if (s == first || (*first == '0' && s - first > 1))
		return false;
	long significant = *first == '0' ? 0 : s - first;
	if (*s == '.') {
		const char *point = s++;
		s = take_digits(s, &digits);
		behind = s - point - 1;
		significant += behind - (significant ? 0 : (long)strspn(point + 1, "0"));
		if (!behind)
			return false;
	}
	if ((*s | 0x20) == 'e' && !(s = take_exponent(s, &exponent)))
		return false;
	*end = s;
	if (significant > 19 || !scaled(digits, exponent - behind, ret)) {
		*ret = strtod(text, NULL);
		return isfinite(*ret);
	}
	*ret = *text == '-' ? -*ret : *ret;
	return true;
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
		if (strncmp(p, "null", 4) == 0)
			p += 4;
		else if (!samples_number(p, &p, &v))
			return NULL;
		add(s, v);
		p = skip_blanks(p);
		if (*p == ']')
			return p + 1;
		if (*p != ',')
			return NULL;
	}
}

/* Behind a text that must be there, blanks before and after it aside; NULL: it is not. */
static const char *expect(const char *p, const char *text)
{
	size_t n = strlen(text);
	p = p ? skip_blanks(p) : NULL;
	return p && strncmp(p, text, n) == 0 ? skip_blanks(p + n) : NULL;
}

/* The length of a string's plain part: bytes that stand for themselves, and are UTF-8 whatever comes next to them. */
static size_t plain(const char *s)
{
	size_t n = 0;
	while (s[n] >= ' ' && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

/* {"name": …, "end_s": …}, as store.c writes it. Returns what is behind it, or NULL. */
static const char *take_phase(struct samples *s, const char *p)
{
	p = expect(expect(expect(p, "{"), "\"name\""), ":");
	if (!p || *p != '"' || s->n_phases == SAMPLES_PHASES)
		return NULL;
	size_t i = s->n_phases++, len = plain(p + 1);
	s->phase[i].name = p + 1;
	s->phase[i].len = len;
	p = expect(expect(expect(expect(p + 1 + len, "\""), ","), "\"end_s\""), ":");
	if (!p || !samples_number(p, &p, &s->phase[i].end_s))
		return NULL;
	return expect(p, "}");
}

static const char *take_phases(struct samples *s, const char *p)
{
	for (;; p++) {
		p = take_phase(s, p);
		if (!p || *p != ',')
			return p && *p == ']' ? p + 1 : NULL;
	}
}

static const char *const names[] = { "\"samples\"", "\"warmup\"", "\"phases\"" };
#define PHASES 2

/* Where the next array's '[' is, and which one it is; NULL: there is none more. A quotation mark within a string has a backslash before
 * it, so that a name with two bare ones is one. */
static const char *next_array(const char *p, int *ret_name)
{
	for (; (p = strchr(p, '"')); p++)
		for (int i = 0; i <= PHASES; i++) {
			if (p[1] != names[i][1] || strncmp(p, names[i], strlen(names[i])) != 0)
				continue;
			const char *open = expect(p + strlen(names[i]), ":");
			*ret_name = i;
			if (open && *open == '[')
				return open;
		}
	return NULL;
}

/* Other phases than usual stay in the text. NULL: there are some already, in a field that this version does not know, or in that. */
static const char *replace_phases(struct samples *s, const char *from, const char *open)
{
	if (s->phases_seen)
		return NULL;
	s->phases_seen = true;
	const char *end = take_phases(s, open + 1);
	if (!end)
		s->n_phases = 0;
	str_add(&s->rest, from, (size_t)(open + 1 - from));
	if (end)
		str_add(&s->rest, "]", 1);
	return end ? end : open + 1;
}

static const char *replace_array(struct samples *s, const char *from, const char *open)
{
	if (s->n_arrays == SAMPLES_ARRAYS)
		return NULL;
	s->array[s->n_arrays].at = s->n;
	str_addf(&s->rest, "%.*s[%zu]", (int)(open - from), from, s->n_arrays);
	const char *end = take_array(s, open + 1);
	s->array[s->n_arrays].n = s->n - s->array[s->n_arrays].at;
	s->n_arrays++;
	return end;
}

bool samples_take(struct samples *s, const char *line, size_t len)
{
	s->rest.len = s->n = s->n_arrays = s->n_phases = 0;
	s->phases_seen = false;
	/* A name may be written with escapes: no array may be found in the tree that was not found here. */
	if (strlen(line) != len || strstr(line, "\\u"))
		return false;
	const char *from = line;
	int name;
	for (const char *open; (open = next_array(from, &name));) {
		from = name == PHASES ? replace_phases(s, from, open) : replace_array(s, from, open);
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

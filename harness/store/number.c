/* SPDX-License-Identifier: GPL-3.0-or-later */
/* number.c - a number of JSON text as the nearest double, without the detours of locales and unbounded precision. */
#include "store/line.h"

#include <endian.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
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

static bool are_eight(const char *s)
{
	return is_digit(s[0]) && is_digit(s[1]) && is_digit(s[2]) && is_digit(s[3]) && is_digit(s[4]) && is_digit(s[5]) && is_digit(s[6]) &&
	       is_digit(s[7]);
}

/* Eight digits at once: pairs, then pairs of these, then both halves. */
static uint64_t eight(const char *s)
{
	uint64_t v;
	memcpy(&v, s, sizeof(v));
	v = le64toh(v) - 0x3030303030303030;
	v = (v * 10 + (v >> 8)) & 0x00ff00ff00ff00ff;
	v = (v * 100 + (v >> 16)) & 0x0000ffff0000ffff;
	return (v * 10000 + (v >> 32)) & 0xffffffff;
}

/* Adds digits to *value. More than 19, but for zeros before them, don't fit: the caller counts. */
static const char *take_digits(const char *s, uint64_t *value)
{
	for (; are_eight(s); s += 8)
		*value = *value * 100000000 + eight(s);
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

bool line_number(const char *text, const char **end, double *ret)
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
		if (!behind)
			return false;
		while (!significant && *++point == '0')
			;
		significant += s - point - (significant ? 1 : 0);
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

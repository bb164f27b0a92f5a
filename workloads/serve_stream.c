/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve_stream.c - the bytes of a stream, the same on both sides, and the comparison with what arrived. */
#include "serve.h"

#include <string.h>

enum { GLANCE = 8 };                    /* bytes that are compared of each read where not every one is */

/* Not a power of two, so that a shift by a buffer's size shows. */
enum { PERIOD = SERVE_BUFFER - 24 };

static uint64_t words[PERIOD / 8];

static const uint8_t *pattern(void)
{
	if (!words[0]) {
		uint64_t x = 88172645463325252u;
		for (size_t i = 0; i < PERIOD / 8; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			words[i] = x;
		}
	}
	return (const uint8_t *)words;
}

size_t serve_stream(uint64_t offset, const uint8_t **ret)
{
	*ret = pattern() + offset % PERIOD;
	return PERIOD - offset % PERIOD;
}

static uint64_t differ(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint64_t n = 0;
	if (memcmp(a, b, len) == 0)
		return 0;
	for (size_t i = 0; i < len; i++)
		n += a[i] != b[i];
	return n;
}

uint64_t serve_wrong(uint64_t offset, const uint8_t *data, size_t len, bool every)
{
	uint64_t wrong = 0;
	if (!every && len > GLANCE)
		len = GLANCE;
	while (len) {
		const uint8_t *right;
		size_t n = serve_stream(offset, &right);
		if (n > len)
			n = len;
		wrong += differ(data, right, n);
		data += n;
		offset += n;
		len -= n;
	}
	return wrong;
}

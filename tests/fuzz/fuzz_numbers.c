/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_numbers.c - any text as the numbers of command lines and files: sizes, durations, percentages, JSON's own. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "store/line.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* The journal's own reader of numbers takes what jansson takes, and finds the same double. */
static void like_jansson(const char *text)
{
	const char *end = NULL;
	double v = NAN;
	if (!line_number(text, &end, &v))
		return;
	json_t *o = json_loadb(text, (size_t)(end - text), JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
	must(o && json_is_real(o) && json_real_value(o) == v);
	json_decref(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_free char *text = xstrndup((const char *)data, len);
	uint64_t n = 0, size = 0;
	double v = NAN;
	bool on;
	if (parse_u64(text, &n) == 0)
		must(parse_size(text, &size) < 0 || size == n);
	if (parse_size(text, &size) == 0)
		must(size < 1ull << 63);
	if (parse_duration(text, &v) == 0)
		must(isfinite(v) && v >= 0);
	if (parse_percent(text, &v) == 0)
		must(isfinite(v) && v >= 0);
	(void)parse_bool(text, &on);
	like_jansson(text);
	return 0;
}

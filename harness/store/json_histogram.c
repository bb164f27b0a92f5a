/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_histogram.c - the histogram of more samples than are kept, as JSON: its parameters and the bins that hold any. */
#include "store/json.h"

#include "base/cleanup.h"

#include <errno.h>

json_t *json_from_histogram(const struct histogram *h)
{
	json_t *bins = json_array();
	for (size_t i = 0; i < HISTOGRAM_BINS; i++)
		if (h->bin[i])
			json_array_append_new(bins, json_pack("[I, I]", (json_int_t)i, (json_int_t)h->bin[i]));
	return json_pack("{s:i, s:i, s:I, s:I, s:f, s:f, s:o}", "parts", HISTOGRAM_PARTS, "lowest_exponent", HISTOGRAM_LOWEST, "count",
	                 (json_int_t)h->count, "clamped", (json_int_t)h->clamped, "min", h->min, "max", h->max, "bins", bins);
}

static bool read_bins(const json_t *a, struct histogram *h)
{
	size_t i;
	uint64_t n = 0;
	json_t *v;
	json_array_foreach((json_t *)a, i, v) {
		json_int_t bin, times;
		if (json_unpack(v, "[I, I]", &bin, &times) < 0 || bin < 0 || bin >= HISTOGRAM_BINS || times < 1 || h->bin[bin])
			return false;
		h->bin[bin] = (uint64_t)times;
		n += (uint64_t)times;
	}
	return n == h->count;
}

int json_to_histogram(const json_t *o, struct histogram **ret, struct err *err)
{
	int parts, lowest;
	json_int_t count, clamped;
	double min, max;
	json_t *bins;
	json_error_t e;
	if (json_unpack_ex((json_t *)o, &e, 0, "{s:i, s:i, s:I, s:I, s:F, s:F, s:o}", "parts", &parts, "lowest_exponent", &lowest, "count",
	                   &count, "clamped", &clamped, "min", &min, "max", &max, "bins", &bins) < 0)
		return err_setf(err, -EINVAL, "histogram: %s", e.text);
	if (parts != HISTOGRAM_PARTS || lowest != HISTOGRAM_LOWEST)
		return err_setf(err, -EINVAL, "histogram of %d parts from 2^%d on; expected %d parts from 2^%d on", parts, lowest, HISTOGRAM_PARTS,
		                HISTOGRAM_LOWEST);
	cleanup_free struct histogram *h = xcalloc(1, sizeof(*h));
	*h = (struct histogram){ .count = (uint64_t)count, .clamped = (uint64_t)clamped, .min = min, .max = max };
	if (!read_bins(bins, h))
		return err_setf(err, -EINVAL, "histogram: expected bins [INDEX, COUNT], each once, with %lld values in all", (long long)count);
	*ret = ptr_steal(&h);
	return 0;
}

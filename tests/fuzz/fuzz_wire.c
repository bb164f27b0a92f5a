/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_wire.c - any bytes as the records of a workload program: the same result however they are cut, no sample without a name. */
#include "fuzz.h"

#include "model/wire.h"

#include <string.h>

static int conversation(const uint8_t *data, size_t len, size_t piece, struct result *ret)
{
	struct wire_reader r;
	struct err err = { 0 };
	wire_reader_init(&r, ret);
	for (size_t at = 0; at < len; at += piece)
		wire_reader_feed(&r, (const char *)data + at, len - at < piece ? len - at : piece, 1000 + (int64_t)at);
	int status = wire_reader_finish(&r, &err);
	must(status == 0 || *err.msg);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct result a, b;
	if (len < 1)
		return 0;
	int whole = conversation(data + 1, len - 1, len, &a), pieces = conversation(data + 1, len - 1, 1 + data[0] % 32, &b);
	must(whole == pieces && a.status == b.status && a.n_series == b.n_series && a.cannot == b.cannot);
	must(strcmp(a.digest, b.digest) == 0 && strcmp(a.message, b.message) == 0 && a.params.n == b.params.n && a.seen.n == b.seen.n);
	for (size_t i = 0; i < a.n_series; i++) {
		must(a.series[i].n == b.series[i].n && a.series[i].n_warm <= a.series[i].n);
		must(a.series[i].n == 0 || memcmp(a.series[i].v, b.series[i].v, a.series[i].n * sizeof(double)) == 0);
	}
	result_free(&a);
	result_free(&b);
	return 0;
}

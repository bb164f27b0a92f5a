/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_run.c - any text as run.json: refused, or read, and then written and read again as the same. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "store/json.h"

#include <string.h>

static struct run *read_run(const json_t *o)
{
	struct run *run = xcalloc(1, sizeof(*run));
	struct err err = { 0 };
	if (json_to_run(o, run, &err) == 0)
		return run;
	must(*err.msg);
	run_free(run);
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	json_t *o = json_loadb((const char *)data, len, 0, NULL);
	cleanup(run_freep) struct run *run = o ? read_run(o) : NULL;
	json_decref(o);
	if (!run)
		return 0;
	json_t *out = json_from_run(run);
	must(out);
	cleanup(run_freep) struct run *again = read_run(out);
	must(again && again->n_arms == run->n_arms && again->n_workloads == run->n_workloads && again->ladder.n == run->ladder.n);
	json_t *twice = json_from_run(again);
	must(json_equal(out, twice));
	json_decref(out);
	json_decref(twice);
	return 0;
}

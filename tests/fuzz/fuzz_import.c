/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_import.c - any text as a file of another tool's results: refused with the file's name, or a run that can be written and read again.
 *
 * The first byte says how it is taken: '0' to '3' are the formats in the order of their table, '4' is guessed; '5' to '9' are the same with
 * an arm that the user gives. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "store/import.h"
#include "store/json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define CHECKED 16                      /* launches that are looked at closely: a few bytes make many */

static void check_series(const struct workload *w, const struct series *s)
{
	must(workload_metric(w, s->metric) && s->n_warm == 0 && (s->n == 0 || !s->histogram));
	for (size_t i = 0; i < s->n; i++)
		must(!isinf(s->v[i]));
	must(!s->histogram || (s->histogram->count > 0 && isfinite(s->histogram->min) && isfinite(s->histogram->max)));
}

static void check_launch(const struct run *run, const struct launch *l)
{
	const struct run_workload *w = run_workload(run, l->workload);
	struct launch again = { 0 };
	struct err err = { 0 };
	must(run_arm(run, l->arm) && w && l->result.n_series <= METRICS_MAX && l->ok == !l->error);
	for (size_t i = 0; i < l->result.n_series; i++)
		check_series(w->workload, &l->result.series[i]);
	json_t *o = json_from_launch(l);
	must(o && json_to_launch(o, &again, &err) == 0);
	json_t *twice = json_from_launch(&again);
	must(json_equal(o, twice));
	json_decref(o);
	json_decref(twice);
	launch_free(&again);
}

static void check_run(struct run *run)
{
	cleanup(run_freep) struct run *again = xcalloc(1, sizeof(*again));
	struct err err = { 0 };
	run->id = xstrdup("id");
	json_t *o = json_from_run(run);
	must(o && json_to_run(o, again, &err) == 0);
	json_t *twice = json_from_run(again);
	must(json_equal(o, twice));
	json_decref(o);
	json_decref(twice);
	for (size_t i = 0; i < run->n_launches; i++) {
		const struct launch *l = &run->launches[i];
		must(i == 0 || run->launches[i - 1].block <= l->block);
		if (i < CHECKED)
			check_launch(run, l);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 1)
		return 0;
	unsigned how = (unsigned)(data[0] - '0') % 10;
	const struct import_format *format = how % 5 < 4 ? import_formats[how % 5] : NULL;
	const char *text = (const char *)data + 1, *arm = how < 5 ? NULL : "mine";
	/* It ends with a NUL, as a file that was read does. */
	cleanup_free char *whole = xcalloc(len, 1);
	memcpy(whole, text, len - 1);
	cleanup(import_free) struct import im = import_new("made", 0.02);
	struct err err = { 0 };
	int r = import_text(&im, "file", whole, len - 1, arm, format, &err);
	if (r < 0) {
		must(r == -EINVAL && strncmp(err.msg, "file:", 5) == 0);
		return 0;
	}
	size_t n = im.run->n_launches, n_arms = im.run->n_arms, n_workloads = im.run->n_workloads;
	must(n > 0 && n_arms > 0 && n_workloads > 0 && im.run->planned == n && im.run->n_sources == 1);
	/* Another file of the same adds as many launches, and nothing else. */
	if (n <= CHECKED) {
		must(import_text(&im, "again", whole, len - 1, arm, format, &err) == 0);
		must(im.run->n_launches == 2 * n && im.run->n_arms == n_arms && im.run->n_workloads == n_workloads);
	}
	cleanup(run_freep) struct run *run = import_steal(&im);
	check_run(run);
	return 0;
}

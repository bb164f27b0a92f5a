/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_report.c - any run that can be read, its run.json on the first line and the journal behind it, gives a report and every export. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "report/export.h"
#include "report/md.h"
#include "report/report.h"
#include "store/json.h"
#include "store/store.h"

#include <string.h>

static void export_all(const struct report *r)
{
	char *text = NULL;
	size_t len = 0;
	for (size_t i = 0; export_formats[i]; i++)
		for (size_t doc = 0; doc < EXPORT_DOCS && export_formats[i]->doc[doc]; doc++) {
			FILE *to = open_memstream(&text, &len);
			must(to);
			export_formats[i]->write(r, doc, to);
			must(fclose(to) == 0);
			free(text);
		}
}

static void render(const struct run *run)
{
	struct report *r = report_new(run);
	struct md_figures figures = { .missing = "none are drawn here" };
	cleanup_free char *md = md_text(r, &figures), *shown = show_text(run, 80, false, true);
	must(md && shown);
	export_all(r);
	report_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *end = memchr(data, '\n', len);
	if (!end)
		return 0;
	struct err err = { 0 };
	cleanup(run_freep) struct run *run = xcalloc(1, sizeof(*run));
	json_t *o = json_loadb((const char *)data, (size_t)(end - data), 0, NULL);
	int r = o ? json_to_run(o, run, &err) : -1;
	json_decref(o);
	size_t rest = len - (size_t)(end + 1 - data);
	FILE *f = r == 0 && rest ? fmemopen((void *)(end + 1), rest, "r") : NULL;
	if (f) {
		r = store_read_journal("journal", f, NULL, run, &err);
		fclose(f);
	}
	if (r == 0 && run->n_arms <= 8 && run->n_workloads <= 8)
		render(run);
	return 0;
}

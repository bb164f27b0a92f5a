/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_imported.c - what is said only of a run that was imported: where its figures are from, and that no more is known of them. */
#include "report/md.h"

#include "base/cleanup.h"

#include <string.h>

static void source(const struct run_source *s, struct str *b)
{
	str_addf(b, "- ");
	md_cell(b, s->file);
	str_addf(b, ", ");
	md_cell(b, s->tool);
	if (s->arm) {
		str_addf(b, ", given as the arm ");
		md_cell(b, s->arm);
	}
	str_addf(b, *s->sha256 ? " (SHA-256 `%.64s`)\n" : "\n", s->sha256);
}

void md_imported_top(const struct report *r, struct str *b)
{
	const struct run *run = r->run;
	cleanup_free char *from = imported_from(run);
	str_addf(b, "# Imported figures\n\nWritten by isocost %s from the run `%s`, ", run->tool_version, run->id);
	md_cell(b, from);
	str_addf(b, " on %s:\n\n", run->started);
	for (size_t i = 0; i < run->n_sources; i++)
		source(&run->sources[i], b);
	str_addf(b, "\n> **isocost did not measure these figures.** It knows nothing of the host, of how equal the arms were, of what ran beside them and of how "
	            "far apart equal things lie there; its statistics take each launch for independent of the others.\n\n");
}

void md_imported_conditions(const struct report *r, struct str *b)
{
	str_addf(b, "## Conditions\n\nNothing is known but what the files say of it.\n\n");
	for (size_t i = 0; i < r->run->n_sources; i++) {
		const struct run_source *s = &r->run->sources[i];
		if (!s->context.n)
			continue;
		str_addf(b, "| ");
		md_cell(b, s->file);
		str_addf(b, " | |\n|---|---|\n");
		for (size_t k = 0; k < s->context.n; k++) {
			str_addf(b, "| ");
			md_cell(b, s->context.v[k].key);
			str_addf(b, " | ");
			md_cell(b, s->context.v[k].val);
			str_addf(b, " |\n");
		}
		str_addf(b, "\n");
	}
}

char *imported_from(const struct run *run)
{
	cleanup(strv_free) struct strv tools = { 0 };
	cleanup(str_free) struct str b = { 0 };
	for (size_t i = 0; i < run->n_sources; i++)
		if (!strv_has(&tools, run->sources[i].tool))
			strv_add(&tools, run->sources[i].tool);
	for (size_t i = 0; i < tools.n; i++)
		str_addf(&b, "%s%s", i ? ", " : "", tools.v[i]);
	return xasprintf("imported from %s", str_get(&b));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_benchstat.c - Go's benchmark text (golang.org/design/14313-benchmark-format), for benchstat: one line a launch.
 *
 * Configuration lines split benchstat's tables: only what forbids a comparison is one, the rest is in lines that begin with '#', which its
 * readers skip. */
#include "report/export.h"

#include "base/cleanup.h"

#include <string.h>

/* Printable ASCII without what separates; '_' stands for a blank, so that it is escaped itself. */
static void put_name(FILE *to, const char *s)
{
	for (; *s; s++)
		if (*s == ' ')
			fputc('_', to);
		else if (*s < '!' || *s > '~' || strchr("%_/=\"", *s))
			fprintf(to, "%%%02X", (unsigned char)*s);
		else
			fputc(*s, to);
}

/* The name must go on with a capital letter; a name that has one already keeps apart from that which gets one. */
static void put_benchmark(FILE *to, const char *workload)
{
	fputs("Benchmark", to);
	if (*workload >= 'a' && *workload <= 'z')
		fputc(*workload++ - 'a' + 'A', to);
	else if (*workload)
		fprintf(to, "%%%02X", (unsigned char)*workload++);
	put_name(to, workload);
}

/* Readers take a number behind the last '-' of a name for the CPUs, so that there always is one. */
static void put_full_name(const struct report *r, const struct export_cell *cell, FILE *to)
{
	put_benchmark(to, cell->workload);
	fputs("/arm=", to);
	put_name(to, cell->label);
	fprintf(to, "-%u", r->run->cpus ? r->run->cpus : 1);
}

static void put_unit(FILE *to, const struct export_cell *cell)
{
	put_name(to, cell->metric);
	fputs(strcmp(cell->m->unit, "s") == 0 ? "-sec" : "-", to);
	fputs(strcmp(cell->m->unit, "s") == 0 ? "" : cell->m->unit, to);
}

/* To the end of the line, whatever is in it. */
static void put_rest(FILE *to, const char *s)
{
	for (; *s; s++)
		fputc((unsigned char)*s < ' ' || *s == 127 ? ' ' : *s, to);
	fputc('\n', to);
}

static void put_config(FILE *to, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	fprintf(to, "%s: ", key);
	put_rest(to, value);
}

static void put_notes(const struct report *r, FILE *to)
{
	fputs("# run ", to);
	put_rest(to, r->run->id);
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (r->arms[a].failed) {
			fprintf(to, "# %zu launches failed of ", r->arms[a].failed);
			put_rest(to, r->arms[a].label);
		}
	for (size_t i = 0; i < r->cannot.n; i++) {
		cleanup_free char *text = xasprintf("# can't run: %s in %s: %s", r->cannot.v[i].workload,
		                                    report_label(r, r->cannot.v[i].arm), r->cannot.v[i].reason);
		put_rest(to, text);
	}
}

/* Once for all arms and workloads that have it. */
static void put_units(const struct report *r, FILE *to)
{
	struct strv seen = { 0 };
	for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);) {
		cleanup_free char *unit = xasprintf("%s %s", cell.metric, cell.m->unit);
		if (strv_has(&seen, unit))
			continue;
		strv_add(&seen, unit);
		fputs("Unit ", to);
		put_unit(to, &cell);
		fprintf(to, " better=%s\n", export_better(cell.m));
	}
	strv_free(&seen);
}

static void put_launch(const struct report *r, const struct export_cell *cell, const struct export_launch *at, FILE *to)
{
	if (at->l->marks) {
		cleanup_free char *marks = export_marks(at->l->marks);
		fprintf(to, "# the next line's launch, %u, is marked: %s\n", at->l->number, marks);
	}
	put_full_name(r, cell, to);
	fprintf(to, " %zu ", at->known);
	export_number(to, at->value);
	fputc(' ', to);
	put_unit(to, cell);
	fputc('\n', to);
}

static void write_benchstat(const struct report *r, size_t doc, FILE *to)
{
	(void)doc;
	put_config(to, "suite", r->run->suite);
	put_config(to, "cpu", kvs_get(&r->run->host_before, "cpu.model"));
	put_config(to, "isoload-sha256", r->run->isoload_sha256);
	put_notes(r, to);
	put_units(r, to);
	for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);)
		for (struct export_launch at = { 0 }; export_next_launch(r, &cell, &at);)
			put_launch(r, &cell, &at, to);
}

const struct export_format export_benchstat = {
	.name = "benchstat", .what = "Go's benchmark text, one line a launch", .write = write_benchstat,
};

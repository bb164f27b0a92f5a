/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_csv.c - CSV in long form as RFC 4180 has it: a header, one row a sample, CR LF. */
#include "report/export.h"

#include "base/cleanup.h"

#include <math.h>
#include <string.h>

static const char *const columns = "run,arm,label,accel,workload,metric,unit,better,failed,launch,block,started,marks,sample,value,count";

static void put_field(FILE *to, const char *s, char end)
{
	bool quoted = s[strcspn(s, ",\"\r\n")] != '\0';
	if (quoted)
		fputc('"', to);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', to);
		fputc(*s, to);
	}
	if (quoted)
		fputc('"', to);
	fputc(end, to);
}

/* All of a row that is the same for every sample of a launch. */
static void put_head(const struct report *r, const struct export_cell *cell, const struct launch *l, FILE *to)
{
	cleanup_free char *marks = export_marks(l->marks);
	const char *const fields[] = {
		r->run->id, cell->arm, cell->label, cell->accel ? cell->accel : "", cell->workload, cell->metric, cell->m->unit,
		export_better(cell->m),
	};
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		put_field(to, fields[i], ',');
	fprintf(to, "%zu,%u,%u,", cell->failed, l->number, l->block);
	put_field(to, l->started, ',');
	put_field(to, marks, ',');
}

static void put_row(const struct report *r, const struct export_cell *cell, const struct launch *l, size_t number, double v,
                    uint64_t times, FILE *to)
{
	put_head(r, cell, l, to);
	fprintf(to, "%zu,", number);
	if (isfinite(v))        /* an empty field: not known */
		export_number(to, v);
	fprintf(to, ",%llu\r\n", (unsigned long long)times);
}

/* Of more samples than are kept, a row for each bin that has any: its middle, and how many they are. */
static void put_bins(const struct report *r, const struct export_cell *cell, const struct export_launch *at, FILE *to)
{
	size_t number = 0;
	for (size_t i = 0; i < HISTOGRAM_BINS; i++)
		if (at->histogram->bin[i])
			put_row(r, cell, at->l, number++, histogram_middle(at->histogram, i), at->histogram->bin[i], to);
}

static void write_csv(const struct report *r, size_t doc, FILE *to)
{
	(void)doc;
	fprintf(to, "%s\r\n", columns);
	for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);)
		for (struct export_launch at = { 0 }; export_next_launch(r, &cell, &at);) {
			for (size_t i = 0; i < at.n; i++)
				put_row(r, &cell, at.l, i, at.v[i], 1, to);
			if (at.histogram)
				put_bins(r, &cell, &at, to);
		}
}

const struct export_format export_csv = {
	.name = "csv", .what = "one row a sample, for R, pandas or a spreadsheet",
	.lacks = EXPORT_NO_CANNOT | EXPORT_NO_FAILED, .write = write_csv,
};

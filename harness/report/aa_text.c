/* SPDX-License-Identifier: GPL-3.0-or-later */
/* aa_text.c - the A/A control in words, and as a table for the terminal. */
#include "report/aa.h"

#include "base/cleanup.h"
#include "report/figures.h"
#include "report/fmt.h"
#include "report/show_parts.h"

#include <math.h>
#include <stdlib.h>

const char *const aa_source =
	"Each of these arms ran as two, equal in all but the name and interleaved with the others; the ratio is arm over twin. "
	"Noise floor: the larger of what the ratio's 95 % interval reaches and of what 95 % of the ratios of random halves of both together stay "
	"below.";

char *aa_arms(const struct report *r)
{
	const struct run *run = r->run;
	struct str b = { 0 };
	for (size_t i = run->n_arms; i < run->n_arms + run->n_twins; i++)
		str_addf(&b, "%s%s", b.len ? ", " : "", report_label(r, run->arms[i].twin_of));
	if (run->n_twins)
		str_addf(&b, " against %s", run->n_twins > 1 ? "themselves" : "itself");
	return b.s;
}

static void range(const struct report *r, size_t metric, double *ret_least, double *ret_most)
{
	*ret_least = *ret_most = NAN;
	for (size_t i = 0; i < r->n_aa; i++)
		if (r->aa[i].metric == metric) {
			*ret_least = fmin(*ret_least, r->aa[i].noise.floor);
			*ret_most = fmax(*ret_most, r->aa[i].noise.floor);
		}
}

char *aa_floor_text(const struct report *r, const struct report_metric *m)
{
	double least, most;
	range(r, (size_t)(m - r->metrics), &least, &most);
	if (!isfinite(most))
		return NULL;
	cleanup_free char *from = fmt_percent(least), *to = fmt_percent(most);
	return least < most ? xasprintf("%s to %s", from, to) : xstrdup(to);
}

static void say_floors(const struct report *r, const char *arms, struct strv *ret)
{
	size_t low = REPORT_NONE, high = REPORT_NONE;
	for (size_t i = 0; i < r->n_aa; i++) {
		if (!isfinite(r->aa[i].noise.floor))
			continue;
		low = low == REPORT_NONE || r->aa[i].noise.floor < r->aa[low].noise.floor ? i : low;
		high = high == REPORT_NONE || r->aa[i].noise.floor > r->aa[high].noise.floor ? i : high;
	}
	if (low == REPORT_NONE) {
		strv_addf(ret, "A/A control, %s: no noise floor, which takes at least %d launches of both.", arms, STATS_LAUNCHES_MIN);
		return;
	}
	cleanup_free char *least = fmt_percent(r->aa[low].noise.floor), *most = fmt_percent(r->aa[high].noise.floor);
	strv_addf(ret, "A/A control, %s: equal things lie up to %s (%s) to %s (%s) apart here, the noise floor. A difference that is not larger is "
	          "called within noise floor.", arms, least, r->metrics[r->aa[low].metric].label, most, r->metrics[r->aa[high].metric].label);
}

void aa_say(const struct report *r, struct strv *ret)
{
	cleanup_free char *arms = aa_arms(r);
	struct aa_count c = aa_count(r);
	if (!arms || !r->n_aa)
		return;
	say_floors(r, arms, ret);
	if (c.n)
		strv_addf(ret, "Of its %zu comparisons of equal things %zu would be called different by the interval alone (up to %.0f %% are to be "
		               "expected), %zu with a test that is corrected for their number (Holm).", c.n, c.alone, 100 * AA_ALPHA, c.corrected);
}

/* ---- the table ---- */

#define COLUMNS 7

struct row {
	char *cell[COLUMNS];
};

static void row_freep(struct row *row)
{
	for (size_t i = 0; i < COLUMNS; i++)
		free(row->cell[i]);
}

static void fill(const struct report *r, const struct report_aa *a, struct row *ret)
{
	const struct report_metric *m = &r->metrics[a->metric];
	size_t n_a = m->cells[a->arm].n, n_b = m->cells[a->twin].n;
	*ret = (struct row){ .cell = {
		xstrdup(r->arms[a->arm].label), xstrdup(m->label), n_a == n_b ? xasprintf("%zu", n_a) : xasprintf("%zu, %zu", n_a, n_b),
		fmt_ratio(a->noise.ratio, a->noise.ci), fmt_percent(a->noise.halves), fmt_percent(a->noise.floor),
		isfinite(a->adjusted) ? fmt_number(a->adjusted) : xstrdup(FMT_NONE),
	} };
}

char *aa_text(const struct report *r)
{
	static const char *const head[COLUMNS] = { "arm", "metric", "n", "A over A'", "halves", "floor", "adjusted p" };
	cleanup(strv_free) struct strv said = { 0 };
	struct str b = { 0 };
	int width[COLUMNS];
	for (size_t k = 0; k < COLUMNS; k++)
		width[k] = (int)text_columns(head[k]);
	for (size_t i = 0; i < r->n_aa; i++) {
		cleanup(row_freep) struct row row = { { 0 } };
		fill(r, &r->aa[i], &row);
		for (size_t k = 0; k < COLUMNS; k++)
			width[k] = (int)text_columns(row.cell[k]) > width[k] ? (int)text_columns(row.cell[k]) : width[k];
	}
	for (size_t k = 0; k < COLUMNS; k++)
		show_padded(&b, head[k], k + 1 < COLUMNS ? width[k] + 2 : 0);
	str_addf(&b, "\n");
	for (size_t i = 0; i < r->n_aa; i++) {
		cleanup(row_freep) struct row row = { { 0 } };
		fill(r, &r->aa[i], &row);
		for (size_t k = 0; k < COLUMNS; k++)
			show_padded(&b, row.cell[k], k + 1 < COLUMNS ? width[k] + 2 : 0);
		str_addf(&b, "\n");
	}
	if (r->n_aa)
		str_addf(&b, "\n%s\n", aa_source);
	else
		str_addf(&b, "No arm and its twin have figures of the same metric: there is no A/A comparison.\n");
	aa_say(r, &said);
	for (size_t i = 0; i < said.n; i++)
		str_addf(&b, "%s\n", said.v[i]);
	return b.s;
}

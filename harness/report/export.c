/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export.c - the table of export formats, and what they share: walks over cells and launches, numbers, what is left out. */
#include "report/export.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct export_format *const export_formats[] = {
	&export_csv, &export_run_json, &export_benchstat, &export_gbench, &export_hyperfine, &export_gha, &export_openmetrics, NULL,
};

const struct export_format *export_find(const char *name)
{
	for (size_t i = 0; export_formats[i]; i++)
		if (strcmp(export_formats[i]->name, name) == 0)
			return export_formats[i];
	return NULL;
}

const char *export_better(const struct report_metric *m)
{
	return m->better == BETTER_LOWER ? "lower" : "higher";
}

static bool is_of(const struct launch *l, const char *arm, const char *workload)
{
	return strcmp(l->arm, arm) == 0 && strcmp(l->workload, workload) == 0;
}

void export_count(const struct report *r, size_t arm, size_t workload, size_t *ret_ok, size_t *ret_failed, size_t *ret_marked)
{
	size_t ok = 0, failed = 0, marked = 0;
	for (size_t i = 0; i < r->run->n_launches; i++) {
		const struct launch *l = &r->run->launches[i];
		if (!is_of(l, r->run->arms[arm].name, r->run->workloads[workload].name))
			continue;
		ok += l->ok;
		failed += launch_failed(l);
		marked += l->ok && l->marks;
	}
	*ret_ok = ok;
	*ret_failed = failed;
	*ret_marked = marked;
}

static void fill(const struct report *r, const struct report_metric *m, size_t arm, struct export_cell *cell)
{
	const struct run *run = r->run;
	size_t ok;
	*cell = (struct export_cell){
		.m = m, .c = &m->cells[arm], .workload = run->workloads[m->workload].name, .metric = report_metric_name(r, m),
		.arm = run->arms[arm].name, .label = r->arms[arm].label, .accel = run->arms[arm].accel,
		.startup = report_is_startup(&run->workloads[m->workload]), .arm_at = arm, .next = cell->next,
	};
	export_count(r, arm, m->workload, &ok, &cell->failed, &cell->marked);
}

bool export_next_cell(const struct report *r, struct export_cell *cell)
{
	size_t arms = r->run->n_arms;
	while (cell->next < r->n_metrics * arms) {
		size_t at = cell->next++;
		if (r->metrics[at / arms].cells[at % arms].n == 0)
			continue;
		fill(r, &r->metrics[at / arms], at % arms, cell);
		return true;
	}
	return false;
}

static bool take(const struct export_cell *cell, const struct launch *l, struct export_launch *at)
{
	const struct series *s = result_series(&l->result, cell->metric);
	at->startup_s = launch_startup_s(l);
	at->v = &at->startup_s;
	at->n = 1;
	if (!cell->startup) {
		at->v = s ? s->v + s->n_warm : NULL;
		at->n = s ? s->n - s->n_warm : 0;
	}
	at->histogram = s ? s->histogram : NULL;
	at->known = at->histogram ? at->histogram->count : 0;
	for (size_t i = 0; i < at->n; i++)
		at->known += isfinite(at->v[i]);
	return at->known > 0;
}

bool export_next_launch(const struct report *r, const struct export_cell *cell, struct export_launch *at)
{
	while (at->next < r->run->n_launches) {
		const struct launch *l = &r->run->launches[at->next++];
		if (!l->ok || !is_of(l, cell->arm, cell->workload) || !take(cell, l, at))
			continue;
		at->l = l;
		at->value = cell->c->v[at->at++];       /* the report took the same launches, in the same order */
		return true;
	}
	return false;
}

void export_number(FILE *to, double v)
{
	char text[40];
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	fputs(text, to);
}

char *export_marks(unsigned marks)
{
	struct str b = { 0 };
	for (size_t k = 0; k < MARK_COUNT; k++)
		if (marks & (1u << k))
			str_addf(&b, "%s%s", b.len ? " " : "", launch_mark_names[k]);
	return b.s ? b.s : xstrdup("");
}

json_t *export_real(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

json_t *export_interval(struct stats_interval i)
{
	return i.ok && isfinite(i.lo) && isfinite(i.hi) ? json_pack("[f, f]", i.lo, i.hi) : json_null();
}

void export_json(json_t *o, FILE *to)
{
	json_dumpf(o, to, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
	fputc('\n', to);
	json_decref(o);
}

static bool takes(const struct export_format *f, const struct report_metric *m)
{
	for (size_t doc = 0; f->takes && doc < EXPORT_DOCS && (doc == 0 || f->doc[doc]); doc++)
		if (f->takes(m, doc))
			return true;
	return !f->takes;
}

bool export_has(const struct report *r, const struct export_format *f, size_t doc)
{
	for (struct export_cell cell = { 0 }; export_next_cell(r, &cell);)
		if (!f->takes || f->takes(cell.m, doc))
			return true;
	return false;
}

static void tell_metrics(const struct report *r, const struct export_format *f, struct strv *ret)
{
	for (size_t i = 0; i < r->run->n_workloads; i++)
		if (r->workloads[i].gate)
			strv_addf(ret, "left out: %s, no timing of which holds: %s", r->run->workloads[i].name, r->workloads[i].gate);
	cleanup(str_free) struct str b = { 0 };
	for (size_t i = 0; i < r->n_metrics; i++)
		if (!takes(f, &r->metrics[i]))
			str_addf(&b, "%s%s (%s)", b.len ? ", " : "", r->metrics[i].label, r->metrics[i].unit);
	if (b.len)
		strv_addf(ret, "left out, for %s has no room for it: %s", f->name, b.s);
}

static void tell_cannots(const struct report *r, struct strv *ret)
{
	for (size_t i = 0; i < r->cannot.n; i++) {
		cleanup_free char *names = cannots_names(&r->cannot, i);
		if (names)
			strv_addf(ret, "not in it: %s can't run %s: %s", report_label(r, r->cannot.v[i].arm), names, r->cannot.v[i].reason);
	}
}

static void tell_failed(const struct report *r, struct strv *ret)
{
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (r->arms[a].failed)
			strv_addf(ret, "not in it: %zu of %zu launches of %s, which failed", r->arms[a].failed,
			          r->arms[a].failed + r->arms[a].ok, r->arms[a].label);
}

static void tell_marks(const struct report *r, struct strv *ret)
{
	for (size_t a = 0; a < r->run->n_arms; a++)
		for (size_t k = 0; k < MARK_COUNT; k++)
			if (r->arms[a].marked[k])
				strv_addf(ret, "not told in it: %zu of %zu launches of %s are marked '%s'", r->arms[a].marked[k],
				          r->arms[a].ok, r->arms[a].label, launch_mark_names[k]);
}

void export_left_out(const struct report *r, const struct export_format *f, struct strv *ret)
{
	if (r->n_ok == 0)
		strv_add(ret, "no launch succeeded: there are no figures");
	unsigned missing = run_missing(r->run);
	if (missing)
		strv_addf(ret, "the run is not complete: %zu of %s%zu launches", r->run->n_launches, r->run->adaptive.on ? "at least " : "",
		          r->run->n_launches + missing);
	tell_metrics(r, f, ret);
	if (f->lacks & EXPORT_NO_CANNOT)
		tell_cannots(r, ret);
	if (f->lacks & EXPORT_NO_FAILED)
		tell_failed(r, ret);
	if (f->lacks & EXPORT_NO_MARKS)
		tell_marks(r, ret);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show.c - the summary for a terminal. */
#include "report/report.h"

#include "base/cleanup.h"
#include "report/aa.h"
#include "report/figures.h"
#include "report/flags.h"
#include "report/fmt.h"
#include "report/model.h"
#include "report/show_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH_MIN 60
#define VERDICT 19              /* columns of the longest one */

struct show {
	const struct report *r;
	struct str *b;
	bool colour, boxes;
	int width, label, value, ratio; /* columns of the table */
	int gap;                        /* between them */
	bool fold;                      /* ratio and verdict go to a line of their own */
	double scale;                   /* the largest |ln ratio|: a full bar */
};

static void report_freep(struct report **r)
{
	report_free(*r);
}

static const char *paint(const struct show *s, const char *code)
{
	return s->colour ? code : "";
}

#define RED "\033[31m"
#define GREEN "\033[32m"

void show_padded(struct str *b, const char *text, int width)
{
	int pad = abs(width) - (int)text_columns(text);
	pad = pad > 0 ? pad : 0;
	str_addf(b, "%*s%s%*s", width < 0 ? pad : 0, "", text, width < 0 ? 0 : pad, "");
}

static int wider(int a, const char *text)
{
	int n = (int)text_columns(text);
	return n > a ? n : a;
}

static void measure(struct show *s)
{
	const struct report *r = s->r;
	for (size_t a = 0; a < r->run->n_arms; a++)
		s->label = wider(s->label, r->arms[a].label);
	for (size_t i = 0; i < r->n_metrics; i++)
		for (size_t a = 0; a < r->run->n_arms; a++) {
			const struct report_cell *c = &r->metrics[i].cells[a];
			cleanup_free char *value = fmt_interval(c->s.median, c->median_ci, r->metrics[i].unit);
			cleanup_free char *ratio = fmt_ratio(c->ratio, c->ratio_ci);
			s->value = wider(s->value, value);
			s->ratio = wider(s->ratio, ratio);
			if (report_has_ratio(c))
				s->scale = fmax(s->scale, fabs(log(c->ratio)));
		}
	int columns = SHOW_INDENT + s->label + s->value + s->ratio + VERDICT;
	s->gap = columns + 3 * 2 > s->width ? 1 : 2;
	s->fold = columns + 3 * s->gap > s->width;
}

/* The verdict and a bar from 1 on a logarithmic scale: full blocks for a higher cost than the host's, hollow ones for a lower. */
static void add_verdict(const struct show *s, const struct report_metric *m, const struct report_cell *c)
{
	const char *verdict = report_verdict_text(m, c);
	int room = s->width - (SHOW_INDENT + s->label + (s->fold ? 0 : s->value + s->gap) + s->ratio + VERDICT + 3 * s->gap);
	int n = room < 4 || s->scale <= 0 ? 0 : (int)lround(fabs(log(c->ratio)) / s->scale * (room > 40 ? 40 : room));
	if (n)
		show_padded(s->b, verdict, VERDICT + s->gap);
	else
		str_addf(s->b, "%s", verdict);
	for (int i = 0; i < n; i++)
		str_addf(s->b, c->ratio > 1 ? "█" : "░");
}

static void add_row(const struct show *s, const struct report_metric *m, size_t a)
{
	const struct report_cell *c = &m->cells[a];
	cleanup_free char *value = fmt_interval(c->s.median, c->median_ci, m->unit);
	cleanup_free char *ratio = fmt_ratio(c->ratio, c->ratio_ci);
	str_addf(s->b, "%*s", SHOW_INDENT, "");
	show_padded(s->b, s->r->arms[a].label, s->label + s->gap);
	if (s->fold && report_has_ratio(c))
		str_addf(s->b, "%s\n%*s", value, SHOW_INDENT + s->label + s->gap, "");
	else
		show_padded(s->b, value, s->value + s->gap);
	if (report_has_ratio(c)) {
		const char *code = c->verdict == VERDICT_SLOWER ? RED : c->verdict == VERDICT_FASTER ? GREEN : SHOW_DIM;
		show_padded(s->b, ratio, s->ratio + s->gap);
		str_addf(s->b, "%s", paint(s, code));
		add_verdict(s, m, c);
		str_addf(s->b, "%s", paint(s, SHOW_RESET));
	}
	while (s->b->len && s->b->s[s->b->len - 1] == ' ')
		s->b->s[--s->b->len] = '\0';
	str_addf(s->b, "\n");
}

/* Why, stands below with the other notes. */
static void add_cannot(const struct show *s, size_t a)
{
	str_addf(s->b, "%*s", SHOW_INDENT, "");
	show_padded(s->b, s->r->arms[a].label, s->label + s->gap);
	str_addf(s->b, "%scan't run%s\n", paint(s, SHOW_DIM), paint(s, SHOW_RESET));
}

static void add_metric(const struct show *s, const struct report_metric *m)
{
	size_t least = SIZE_MAX, most = 0;
	for (size_t a = 0; a < s->r->run->n_arms; a++) {
		size_t n = m->cells[a].n;
		least = n && n < least ? n : least;
		most = n > most ? n : most;
	}
	if (most == 0)
		return;
	str_addf(s->b, "%s%s%s  %s%s is better, n = %zu", paint(s, SHOW_BOLD), m->label, paint(s, SHOW_RESET), paint(s, SHOW_DIM),
	         m->better == BETTER_LOWER ? "lower" : "higher", least);
	if (most > least)
		str_addf(s->b, " to %zu", most);
	cleanup_free char *floor = aa_floor_text(s->r, m);
	if (floor)
		str_addf(s->b, ", noise floor %s", floor);
	str_addf(s->b, "%s\n", paint(s, SHOW_RESET));
	for (size_t a = 0; a < s->r->run->n_arms; a++)
		if (m->cells[a].n)
			add_row(s, m, a);
		else if (report_cannot(s->r, a, m->workload))
			add_cannot(s, a);
	if (s->boxes)
		show_boxes(s->r, m, s->label + s->gap, s->width, s->colour, s->b);
	str_addf(s->b, "\n");
}

/* One line of "name duration" an arm, broken at the terminal's width. */
static void add_phases(const struct show *s, const struct report_arm *arm)
{
	int at = SHOW_INDENT + s->label + 2;
	str_addf(s->b, "%*s", SHOW_INDENT, "");
	show_padded(s->b, arm->label, s->label + 2);
	bool first = true;
	for (size_t k = 0; k < arm->n_order; k++) {
		size_t p = arm->order[k];
		cleanup_free char *v = fmt_value(arm->phase_s[p], "s");
		cleanup_free char *text = xasprintf("%s%s %s", first ? "" : " > ", s->r->phases[p], v);
		int n = (int)text_columns(text);
		if (!first && at + n > s->width) {
			at = SHOW_INDENT + s->label + 2;
			str_addf(s->b, "\n%*s", at, "");
		}
		str_addf(s->b, "%s", text);
		at += n;
		first = false;
	}
	str_addf(s->b, "\n");
}

static void add_startup(const struct show *s)
{
	bool any = false;
	for (size_t a = 0; a < s->r->run->n_arms; a++) {
		if (s->r->arms[a].n_startup == 0 || s->r->arms[a].n_order == 0)
			continue;
		if (!any)
			str_addf(s->b, "%sstartup phases%s  %smedian of each%s\n", paint(s, SHOW_BOLD), paint(s, SHOW_RESET), paint(s, SHOW_DIM),
			         paint(s, SHOW_RESET));
		any = true;
		add_phases(s, &s->r->arms[a]);
	}
	str_addf(s->b, any ? "\n" : "");
}

static void add_cannots(const struct report *r, struct str *b)
{
	for (size_t i = 0; i < r->cannot.n; i++) {
		cleanup_free char *names = cannots_names(&r->cannot, i);
		if (names)
			str_addf(b, "%s can't run %s: %s.\n", report_label(r, r->cannot.v[i].arm), names, r->cannot.v[i].reason);
	}
}

static void add_aa(const struct report *r, struct str *b)
{
	cleanup(strv_free) struct strv said = { 0 };
	aa_say(r, &said);
	for (size_t i = 0; i < said.n; i++)
		str_addf(b, "%s\n", said.v[i]);
}

static void add_flags(const struct report *r, struct str *b)
{
	cleanup(strv_free) struct strv said = { 0 };
	flags_say(r, "", &said);
	for (size_t i = 0; i < said.n; i++)
		str_addf(b, "%s\n", said.v[i]);
}

static void add_attempts(const struct attempts *a, struct str *b)
{
	for (size_t k = 0; a && k < a->n_arms; k++) {
		str_addf(b, "%s: %u of %zu attempts to get out of it reached the host", a->arms[k].label, attempts_count(a, k, ATTEMPT_ESCAPED), a->n);
		if (a->arms[k].own_kernel)
			str_addf(b, ", %u its own kernel only", attempts_count(a, k, ATTEMPT_OWN_KERNEL));
		str_addf(b, ".\n");
	}
}

static void add_notes(const struct show *s)
{
	const struct report *r = s->r;
	const struct run *run = r->run;
	if (s->scale > 0) {
		cleanup_free char *longest = fmt_number(exp(s->scale));
		str_addf(s->b, "Ratios: times the host's cost, above 1 is worse.\nBars: the ratio's logarithm; the longest is %s ×.\n",
		         longest);
		if (s->boxes)
			str_addf(s->b, "Boxes: launches from the least to the most, ▒ the middle half, ┃ the median.\n");
	}
	add_aa(r, s->b);
	add_flags(r, s->b);
	add_attempts(run->attempts, s->b);
	if (r->host == REPORT_NONE)
		str_addf(s->b, "There is no arm of the host in this run: no ratios.\n");
	for (size_t a = 0; a < run->n_arms; a++) {
		if (!run->arms[a].available)
			str_addf(s->b, "%s is not available here: %s\n", r->arms[a].label,
			         run->arms[a].reason ? run->arms[a].reason : "no reason was recorded");
		if (run->arms[a].accel && strncmp(run->arms[a].accel, "TCG", 3) == 0 && report_arm_has(r, a))
			str_addf(s->b, "%s is software emulation, not KVM: its figures say nothing about KVM.\n", r->arms[a].label);
		if (run_arm_is_bare(&run->arms[a]) && report_arm_has(r, a))
			str_addf(s->b, "%s has no operating system: its startup ends with the first byte of its own code.\n", r->arms[a].label);
	}
	for (size_t i = 0; i < run->n_workloads; i++)
		if (r->workloads[i].gate)
			str_addf(s->b, "No timing for %s: %s.\n", run->workloads[i].name, r->workloads[i].gate);
	add_cannots(r, s->b);
	for (size_t a = 0; a < run->n_arms; a++)
		for (size_t k = 0; k < MARK_COUNT; k++)
			if (r->arms[a].marked[k])
				str_addf(s->b, "%s: %zu of %zu launches are marked '%s'.\n", r->arms[a].label, r->arms[a].marked[k],
				         r->arms[a].ok, launch_mark_names[k]);
	if (r->n_failed)
		str_addf(s->b, "%zu of %zu launches failed.\n", r->n_failed, r->n_ok + r->n_failed);
	unsigned missing = run_missing(run);
	if (missing)
		str_addf(s->b, "The run is not complete: %zu of %s%zu launches.\n", run->n_launches, run->adaptive.on ? "at least " : "",
		         run->n_launches + missing);
}

static void add_head(const struct show *s)
{
	const struct run *run = s->r->run;
	str_addf(s->b, "%s%s%s  ", paint(s, SHOW_BOLD), run->id, paint(s, SHOW_RESET));
	if (!run_is_imported(run)) {
		str_addf(s->b, "suite %s, seed %llu, started %s\n\n", run->suite, (unsigned long long)run->seed, run->started);
		return;
	}
	cleanup_free char *from = imported_from(run);
	str_addf(s->b, "%s on %s; isocost did not measure it\n", from, run->started);
	for (size_t i = 0; i < run->n_sources; i++)
		str_addf(s->b, "%*s%s\n", SHOW_INDENT, "", run->sources[i].file);
	str_addf(s->b, "\n");
}

char *show_text(const struct run *run, int width, bool colour, bool boxes)
{
	cleanup(report_freep) struct report *r = report_new(run);
	struct str b = { 0 };
	struct show s = { .r = r, .b = &b, .colour = colour, .boxes = boxes, .width = width < WIDTH_MIN ? WIDTH_MIN : width };
	measure(&s);
	add_head(&s);
	for (size_t i = 0; i < r->n_metrics; i++)
		add_metric(&s, &r->metrics[i]);
	if (r->n_ok == 0)
		str_addf(&b, "No launch succeeded: there are no figures.\n");
	show_workcost(r, s.label + s.gap, colour, &b);
	show_ladder(r, s.width, colour, &b);
	add_startup(&s);
	show_spent(r, boxes, colour, &b);
	add_notes(&s);
	return b.s;
}

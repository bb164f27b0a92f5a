/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_short.c - the run in short, for those who decide: a few sentences an arm, each made of figures with their intervals. */
#include "report/md.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <string.h>

/* What the verdicts on an arm's figures come to, startup and footprint left out, which have sentences of their own. */
struct tally {
	size_t n, worse, better, open, same, unknown, untold;
	const struct report_metric *worst, *best;       /* of those that are worse or better beyond the margin */
	const struct report_metric *widest;             /* of those that can't be told from the host: whose interval reaches furthest */
};

static bool is_startup(const struct report *r, const struct report_metric *m)
{
	return report_is_startup(&r->run->workloads[m->workload]);
}

static void count(const struct report_metric *m, size_t arm, struct tally *t)
{
	const struct report_cell *c = &m->cells[arm];
	t->n++;
	switch (c->verdict) {
	case VERDICT_SLOWER:
		t->worse++;
		t->worst = !t->worst || c->ratio > t->worst->cells[arm].ratio ? m : t->worst;
		break;
	case VERDICT_FASTER:
		t->better++;
		t->best = !t->best || c->ratio < t->best->cells[arm].ratio ? m : t->best;
		break;
	case VERDICT_SLOWER_OPEN:
	case VERDICT_FASTER_OPEN: t->open++; break;
	case VERDICT_WITHIN_MARGIN: t->same++; break;
	case VERDICT_WITHIN_FLOOR:
	case VERDICT_NOT_DISTINGUISHABLE:
		t->unknown++;
		t->widest = !t->widest || c->ratio_ci.hi > t->widest->cells[arm].ratio_ci.hi ? m : t->widest;
		break;
	case VERDICT_NONE: t->untold++; break;
	}
}

static struct tally tally(const struct report *r, size_t arm)
{
	struct tally t = { 0 };
	for (size_t i = 0; i < r->n_metrics; i++) {
		const struct report_metric *m = &r->metrics[i];
		bool of_startup = is_startup(r, m) || report_is_footprint(&r->run->workloads[m->workload]);
		if (!m->detail && !of_startup && report_has_ratio(&m->cells[arm]))
			count(m, arm, &t);
	}
	return t;
}

static void put_extreme(const struct report_metric *m, size_t arm, const char *word, struct str *b)
{
	cleanup_free char *ratio = fmt_ratio(m->cells[arm].ratio, m->cells[arm].ratio_ci);
	str_addf(b, " (%s: ", word);
	md_cell(b, m->label);
	str_addf(b, ", **%s**)", ratio);
}

/* What is not distinguishable may still be a difference: how large a one the data leave open. */
static void put_bound(const struct report_metric *m, size_t arm, struct str *b)
{
	cleanup_free char *most = fmt_number(m->cells[arm].ratio_ci.hi);
	str_addf(b, " (at most %s ×, which ", most);
	md_cell(b, m->label);
	str_addf(b, "'s interval reaches)");
}

static void put_count(size_t n, const char *text, const char **separator, struct str *b)
{
	if (!n)
		return;
	str_addf(b, "%s%zu %s %s", *separator, n, n == 1 ? "is" : "are", text);
	*separator = ", ";
}

static void startup_sentence(const struct report *r, size_t arm, struct str *b)
{
	for (size_t i = 0; i < r->n_metrics; i++) {
		const struct report_metric *m = &r->metrics[i];
		const struct report_cell *c = &m->cells[arm];
		if (!is_startup(r, m) || c->n == 0)
			continue;
		cleanup_free char *value = fmt_interval(c->s.median, c->median_ci, m->unit), *ratio = fmt_ratio(c->ratio, c->ratio_ci);
		str_addf(b, " starts in %s", value);
		if (report_has_ratio(c))
			str_addf(b, ", **%s** the host's time (%s)", ratio, report_verdict_text(m, c));
		str_addf(b, ".");
		return;
	}
}

static void others_sentence(const struct report *r, size_t arm, struct str *b)
{
	struct tally t = tally(r, arm);
	const char *separator = ": ";
	if (!t.n)
		return;
	str_addf(b, " Of %zu other figure%s", t.n, t.n == 1 ? "" : "s");
	put_count(t.worse, "worse than the host's beyond the margin", &separator, b);
	if (t.worst)
		put_extreme(t.worst, arm, "most", b);
	put_count(t.better, "better beyond the margin", &separator, b);
	if (t.best)
		put_extreme(t.best, arm, "most", b);
	put_count(t.open, "different by an amount that may lie within the margin", &separator, b);
	put_count(t.same, "equal within the margin", &separator, b);
	put_count(t.unknown, "not distinguishable from the host's", &separator, b);
	if (t.widest)
		put_bound(t.widest, arm, b);
	put_count(t.untold, "without an interval: too few launches to tell", &separator, b);
	str_addf(b, ".");
}

static void memory_sentence(const struct report *r, size_t arm, struct str *b)
{
	for (size_t i = 0; i < r->n_metrics; i++) {
		const struct report_metric *m = &r->metrics[i];
		const struct report_cell *c = &m->cells[arm];
		if (m->detail || !report_is_footprint(&r->run->workloads[m->workload]) || strcmp(m->unit, "B") != 0 || c->n == 0)
			continue;
		cleanup_free char *value = fmt_interval(c->s.median, c->median_ci, m->unit), *ratio = fmt_ratio(c->ratio, c->ratio_ci);
		str_addf(b, " Idle, it holds %s of the host's memory", value);
		if (report_has_ratio(c))
			str_addf(b, ", **%s** what a bare process does (%s)", ratio, report_verdict_text(m, c));
		str_addf(b, ".");
		return;
	}
}

static void attempts_sentence(const struct report *r, size_t arm, struct str *b)
{
	const struct attempts *a = r->run->attempts;
	size_t k = a ? attempts_arm(a, r->run->arms[arm].name) : 0, host = a ? attempts_arm(a, r->run->arms[r->host].name) : 0;
	if (!a || k == a->n_arms)
		return;
	str_addf(b, " Of %zu attempts to get out of it, %u reached the host", a->n, attempts_count(a, k, ATTEMPT_ESCAPED));
	if (host < a->n_arms)
		str_addf(b, " (from a bare process: %u)", attempts_count(a, host, ATTEMPT_ESCAPED));
	str_addf(b, ".");
}

static void arm_line(const struct report *r, size_t arm, struct str *b)
{
	const char *accel = r->run->arms[arm].accel;
	str_addf(b, "- **");
	md_cell(b, r->arms[arm].label);
	str_addf(b, "**");
	startup_sentence(r, arm, b);
	others_sentence(r, arm, b);
	memory_sentence(r, arm, b);
	attempts_sentence(r, arm, b);
	if (accel && strncmp(accel, "TCG", 3) == 0)
		str_addf(b, " *Software emulation: nothing of this holds for a guest under KVM.*");
	str_addf(b, "\n");
}

void md_short(const struct report *r, struct str *b)
{
	if (r->host == REPORT_NONE || r->arms[r->host].ok == 0)
		return;
	size_t arms = 0;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (a == r->host || !report_arm_has(r, a))
			continue;
		if (!arms++)
			str_addf(b, "## In short\n\nIsolation costs here, as times the host's cost with 95 %% intervals; the margin, the smallest difference that matters, "
			            "is %.3g %%:\n\n", 100 * r->run->margin);
		arm_line(r, a, b);
	}
	str_addf(b, arms ? "\n" : "");
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_footprint.c - what an idle instance holds of the host. */
#include "report/md.h"

#include "base/cleanup.h"
#include "report/fmt.h"

#include <math.h>
#include <string.h>

static bool arm_shown(const struct report *r, const struct report_workload *w, size_t arm)
{
	for (size_t i = w->first; i < w->first + w->n; i++)
		if (r->metrics[i].cells[arm].n)
			return true;
	return false;
}

/* Why a metric of an arm has no value, as its launches say. */
static const char *reason(const struct report *r, size_t workload, size_t arm, const char *metric)
{
	const char *key = NULL;
	for (int i = 0; i < FOOTPRINT_ITEMS; i++)
		if (footprint_defs[i].metric && strcmp(footprint_defs[i].metric, metric) == 0)
			key = footprint_defs[i].key;
	for (size_t i = 0; key && i < r->run->n_launches; i++) {
		const struct launch *l = &r->run->launches[i];
		bool is = l->ok && strcmp(l->arm, r->run->arms[arm].name) == 0 && strcmp(l->workload, r->run->workloads[workload].name) == 0;
		const char *why = is ? kvs_get(&l->footprint.unknown, key) : NULL;
		if (why)
			return why;
	}
	return "it was not read";
}

static void cell(const struct report *r, size_t workload, size_t metric, size_t arm, const char *name, struct str *b)
{
	const struct report_metric *m = &r->metrics[metric];
	const struct report_cell *c = &m->cells[arm];
	if (c->n == 0) {
		str_addf(b, " *unknown:* ");
		md_cell(b, reason(r, workload, arm, name));
	} else {
		cleanup_free char *v = fmt_interval(c->s.median, c->median_ci, m->unit);
		str_addf(b, " %s", v);
	}
	str_addf(b, " |");
}

/* One row a metric, one column an arm. */
static void table(const struct report *r, size_t workload, struct str *b)
{
	const struct report_workload *w = &r->workloads[workload];
	const struct metric *row = r->run->workloads[workload].workload->metrics;
	str_addf(b, "| |");
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (arm_shown(r, w, a)) {
			str_addf(b, " ");
			md_cell(b, r->arms[a].label);
			str_addf(b, " |");
		}
	str_addf(b, "\n|---|");
	for (size_t a = 0; a < r->run->n_arms; a++)
		str_addf(b, arm_shown(r, w, a) ? "---|" : "");
	for (size_t i = 0; i < w->n; i++) {
		str_addf(b, "\n| **%s**: %s |", row[i].name, row[i].what);
		for (size_t a = 0; a < r->run->n_arms; a++)
			if (arm_shown(r, w, a))
				cell(r, workload, w->first + i, a, row[i].name, b);
	}
	str_addf(b, "\n\nMedians over the launches, with their 95 %% intervals.\n\n");
}

static const struct report_cell *cell_of(const struct report *r, const struct report_workload *w, const char *metric, size_t arm)
{
	for (size_t i = w->first; i < w->first + w->n; i++) {
		const char *label = r->metrics[i].label, *at = strrchr(label, ' ');
		if (strcmp(at ? at + 1 : label, metric) == 0)
			return &r->metrics[i].cells[arm];
	}
	return NULL;
}

/* The arm that holds most, by the first metric. */
static void teaches(const struct report *r, const struct report_workload *w, struct str *b)
{
	const struct report_metric *pss = &r->metrics[w->first];
	size_t most = REPORT_NONE, least = REPORT_NONE;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (!(pss->cells[a].s.median > 0))
			continue;
		if (most == REPORT_NONE || pss->cells[a].s.median > pss->cells[most].s.median)
			most = a;
		if (least == REPORT_NONE || pss->cells[a].s.median < pss->cells[least].s.median)
			least = a;
	}
	if (most == least)
		return;
	double top = pss->cells[most].s.median;
	cleanup_free char *times = fmt_number(top / pss->cells[least].s.median), *held = fmt_value(top, pss->unit);
	str_addf(b, "*Lesson:* ");
	md_cell(b, r->arms[most].label);
	str_addf(b, " holds most, %s, %s times as much as ", held, times);
	md_cell(b, r->arms[least].label);
	const struct report_cell *guest = cell_of(r, w, "guest-pages", most);
	if (guest && guest->n)
		str_addf(b, "; %.0f %% of it are pages that the guest has touched, the rest is QEMU", 100 * guest->s.median / top);
	str_addf(b, ".\n\n");
}

static void caveat(const struct report *r, struct str *b)
{
	str_addf(b, "*Caveat:* each figure is of one instance alone: program text counts whole, which many instances share (`isocost density` "
	            "shows them together), and on a host that runs others of its kind less of it. A process or container is charged nothing "
	            "for the host's kernel that it runs on, nor for the page cache. `kernel` is only what is charged to its control group: a "
	            "container joins it late, and what was made of it before (its first task, its namespaces) is charged to the harness, so "
	            "that it can show less than a bare process, which is born inside.");
	if (md_has_driver(r, "vm"))
		str_addf(b, " A guest's memory is QEMU with all that it maps, under TCG its translated code too, and in the guest's pages the "
		            "guest's own kernel and page cache; what the host's kernel keeps for it (KVM's tables, sockets) is in no figure. "
		            "What a guest has once touched it keeps, free or not.");
	str_addf(b, "\n\n");
}

static void section(const struct report *r, size_t i, const struct md_figures *f, struct str *b)
{
	const struct run_workload *w = &r->run->workloads[i];
	str_addf(b, "## Footprint\n\n%s\n\n", w->workload->teaches);
	if (r->workloads[i].gate) {
		str_addf(b, "**No figures are shown:** ");
		md_cell(b, r->workloads[i].gate);
		str_addf(b, ".\n\n");
		return;
	}
	md_picture(f, FIG_FOOTPRINT, b);
	table(r, i, b);
	teaches(r, &r->workloads[i], b);
	caveat(r, b);
	str_addf(b, "<details><summary>Quartiles, outliers, and times the host's</summary>\n\n");
	for (size_t k = 0; k < r->workloads[i].n; k++) {
		const struct report_metric *m = &r->metrics[r->workloads[i].first + k];
		str_addf(b, "**");
		md_cell(b, m->label);
		str_addf(b, "**\n\n");
		md_metric_table(r, m, b);
	}
	str_addf(b, "</details>\n\n");
}

void md_footprint(const struct report *r, const struct md_figures *f, struct str *b)
{
	for (size_t i = 0; i < r->run->n_workloads; i++)
		if (report_is_footprint(&r->run->workloads[i]))
			section(r, i, f, b);
}

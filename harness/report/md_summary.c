/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_summary.c - arm against host on one screen, and a table for each workload. */
#include "report/md.h"

#include "base/cleanup.h"
#include "report/aa.h"
#include "report/fmt.h"

#include <math.h>
#include <string.h>

static const char *better_text(const struct report_metric *m)
{
	return m->better == BETTER_LOWER ? "lower is better" : "higher is better";
}

static void summary_cell(const struct report *r, const struct report_metric *m, size_t a, struct str *b)
{
	const struct report_cell *c = &m->cells[a];
	if (c->n == 0) {
		str_addf(b, " %s |", report_cannot(r, a, m->workload) ? "can't run" : FMT_NONE);
		return;
	}
	cleanup_free char *value = fmt_interval(c->s.median, c->median_ci, m->unit);
	if (a != r->host && report_has_ratio(c)) {
		cleanup_free char *ratio = fmt_ratio(c->ratio, c->ratio_ci);
		str_addf(b, " **%s** %s<br>", ratio, report_verdict_text(m, c));
	}
	str_addf(b, " %s, n = %zu |", value, c->n);
}

static void summary_table(const struct report *r, struct str *b)
{
	str_addf(b, "| workload |");
	for (size_t a = 0; a < r->run->n_arms; a++)
		if (report_arm_has(r, a)) {
			str_addf(b, " ");
			md_cell(b, r->arms[a].label);
			str_addf(b, " |");
		}
	str_addf(b, "\n|---|");
	for (size_t a = 0; a < r->run->n_arms; a++)
		str_addf(b, report_arm_has(r, a) ? "---|" : "");
	str_addf(b, "\n");
	for (size_t i = 0; i < r->n_metrics; i++) {
		if (r->metrics[i].detail)
			continue;
		str_addf(b, "| ");
		md_cell(b, r->metrics[i].label);
		cleanup_free char *floor = aa_floor_text(r, &r->metrics[i]);
		str_addf(b, " (%s%s%s) |", better_text(&r->metrics[i]), floor ? "; noise floor " : "", floor ? floor : "");
		for (size_t a = 0; a < r->run->n_arms; a++)
			if (report_arm_has(r, a))
				summary_cell(r, &r->metrics[i], a, b);
		str_addf(b, "\n");
	}
	str_addf(b, "\n");
}

void md_summary(const struct report *r, const struct md_figures *f, struct str *b)
{
	str_addf(b, "## Summary\n\n");
	if (r->n_ok == 0) {
		str_addf(b, "No launch succeeded: there are no figures.\n\n");
		return;
	}
	if (r->host != REPORT_NONE)
		str_addf(b, "Bold: times the host's cost, with its 95 %% interval; above 1 is worse than the host. Where lower is "
		            "better it is arm over host, where higher is better host over arm. Behind it the median with its "
		            "interval and the number of launches n. A difference counts as slower or faster (of an amount: more or less) when its whole "
		            "interval lies beyond the margin of %.3g %%; *size open* says that there is a difference, but that it may lie "
		            "within the margin; *not distinguishable* is not the same as equal, *within margin* is.%s\n\n", 100 * r->run->margin,
		         r->n_aa ? " *Within noise floor*: there is a difference, but equal things lie as far apart." : "");
	summary_table(r, b);
	md_picture(f, FIG_OVERHEAD, b);
}

static const char *resource_title(const char *resource)
{
	static const struct {
		const char *resource, *title;
	} titles[] = {
		{ "cpu", "CPU" },      { "memory", "Memory" },   { "kernel", "System calls and scheduling" },
		{ "file", "Files" },   { "network", "Network" }, { "application", "Applications" },
		{ RUN_IMPORTED, "Imported figures" },
	};
	for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++)
		if (strcmp(titles[i].resource, resource) == 0)
			return titles[i].title;
	return resource;
}

/* What the figures of a resource don't say, and what a guest makes unequal in them. */
static void resource_caveat(const struct report *r, const char *resource, struct str *b)
{
	static const struct {
		const char *resource, *always, *with_guest;
	} caveats[] = {
		{ "cpu", "one launch runs at a time: what neighbours take from each other on a full host is in no figure.", NULL },
		{ "memory", "one launch runs at a time: what neighbours take of the memory's bandwidth is in no figure.",
		  "A guest's kernel takes its part of the guest's memory; in a container the kernel's own memory is mostly the host's." },
		{ "kernel", "the shorter a call, the larger its ratio: a filter's price is added to every call, and is a small part of a long one.",
		  "System calls of a guest are served by the guest's own kernel, those of host and container by the host's. The releases are listed "
		  "under Equal conditions." },
		{ "file", "what reaches the medium, and when, depends on the cache mode, which stands with the parameters and the arm's options, and on a "
		  "device that others may share.",
		  "A guest has a page cache of its own, and its disk passes through QEMU and the host's file system." },
		{ "network", "no packet leaves the host: a network card, its driver and the way beyond are in no figure.", NULL },
		{ "application", "an application mixes what the sections above take apart: its figure is that of its own mix, not of another's.", NULL },
	};
	for (size_t i = 0; i < sizeof(caveats) / sizeof(*caveats); i++)
		if (strcmp(caveats[i].resource, resource) == 0) {
			bool guest = caveats[i].with_guest && md_has_driver(r, "vm");
			str_addf(b, "*Caveat:* %s%s%s\n\n", caveats[i].always, guest ? " " : "", guest ? caveats[i].with_guest : "");
		}
}

static void resource_pictures(const char *resource, const struct md_figures *f, struct str *b)
{
	static const struct {
		const char *resource;
		enum figure figure;
	} pictures[] = {
		{ "cpu", FIG_CPU },                      { "memory", FIG_MEMORY },     { "memory", FIG_MEMORY_CURVE },
		{ "memory", FIG_MEMORY_RATE },           { "kernel", FIG_KERNEL },     { "file", FIG_FILE },
		{ "file", FIG_FILE_LATENCY },            { "file", FIG_FILE_RATE },    { "network", FIG_NETWORK },
		{ "network", FIG_NETWORK_LATENCY },      { "network", FIG_NETWORK_RATE }, { "application", FIG_APPLICATION },
		{ "application", FIG_APPLICATION_LATENCY }, { RUN_IMPORTED, FIG_IMPORTED },
	};
	for (size_t i = 0; i < sizeof(pictures) / sizeof(*pictures); i++)
		if (strcmp(pictures[i].resource, resource) == 0)
			md_picture(f, pictures[i].figure, b);
}

static void params_line(const struct run_workload *w, struct str *b)
{
	for (size_t i = 0; i < w->params.n; i++) {
		str_addf(b, i ? ", " : "Parameters: ");
		md_cell(b, w->params.v[i].key);
		str_addf(b, " = ");
		md_cell(b, w->params.v[i].val);
	}
	str_addf(b, w->params.n ? ".\n\n" : "");
}

/* What the arm's first good launch said; NULL: nothing. */
static const char *engine_of(const struct run *run, const char *arm, const char *workload)
{
	for (size_t i = 0; i < run->n_launches; i++) {
		const struct launch *x = &run->launches[i];
		if (x->ok && strcmp(x->arm, arm) == 0 && strcmp(x->workload, workload) == 0)
			return kvs_get(&x->result.seen, "engine");
	}
	return NULL;
}

/* Requests may take another way in each arm, where a filter or an old kernel leaves no other: that is a part of the figure. */
static void engine_line(const struct report *r, const struct run_workload *w, struct str *b)
{
	const char *first = NULL, *before = "Engine: ";
	bool same = true;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		const char *engine = engine_of(r->run, r->run->arms[a].name, w->name);
		if (!engine)
			continue;
		str_addf(b, "%s", before);
		md_cell(b, r->arms[a].label);
		str_addf(b, " ");
		md_cell(b, engine);
		same = same && (!first || strcmp(first, engine) == 0);
		first = engine;
		before = ", ";
	}
	if (first)
		str_addf(b, "%s.\n\n", same ? "" : "; **not the same in all arms**, which is part of the difference");
}

static void percentile_table(const struct report *r, const struct report_metric *m, struct str *b)
{
	bool any = false;
	size_t histograms = 0;
	for (size_t a = 0; a < r->run->n_arms; a++) {
		any = any || (m->cells[a].n && isfinite(m->cells[a].percentile[0]));
		histograms += m->cells[a].histograms;
	}
	if (!m->latency || !any)
		return;
	str_addf(b, "Percentiles inside of a launch, the median over launches; `%s` where a launch has fewer than 10 / (1 - p) "
	            "samples; the largest sample of all launches:\n\n| arm | p50 | p90 | p99 | p99.9 | largest |\n"
	            "|---|---|---|---|---|---|\n", FMT_NONE);
	for (size_t a = 0; a < r->run->n_arms; a++) {
		if (m->cells[a].n == 0)
			continue;
		str_addf(b, "| ");
		md_cell(b, r->arms[a].label);
		str_addf(b, " |");
		for (size_t p = 0; p < REPORT_PERCENTILES; p++) {
			cleanup_free char *v = fmt_value(m->cells[a].percentile[p], m->unit);
			str_addf(b, " %s |", v);
		}
		cleanup_free char *max = fmt_value(m->cells[a].max, m->unit);
		str_addf(b, " %s |\n", max);
	}
	if (histograms)
		str_addf(b, "\nOf %zu launches, with more samples than are kept, medians and percentiles are those of a histogram: within "
		            "%.2g %% of the sample's value. The largest is exact.\n", histograms, 100 * HISTOGRAM_ERROR);
	str_addf(b, "\n");
}

static void workload_section(const struct report *r, size_t i, struct str *b)
{
	const struct run_workload *w = &r->run->workloads[i];
	const struct report_workload *rw = &r->workloads[i];
	str_addf(b, "### ");
	md_cell(b, w->name);
	str_addf(b, w->workload->teaches ? "\n\n*Lesson:* %s\n\n" : "\n\n", w->workload->teaches);
	params_line(w, b);
	engine_line(r, w, b);
	md_cannot_line(r, i, b);
	if (rw->gate) {
		str_addf(b, "**No timing is shown:** ");
		md_cell(b, rw->gate);
		str_addf(b, ".\n\n");
	}
	for (size_t k = 0; k < rw->n; k++) {
		const struct report_metric *m = &r->metrics[rw->first + k];
		str_addf(b, "**");
		md_cell(b, m->label);
		str_addf(b, "**: %s; %s.\n\n", m->what ? m->what : m->unit, better_text(m));
		md_metric_table(r, m, b);
		percentile_table(r, m, b);
	}
	md_workcost(r, i, b);
}

/* Whether a workload with this resource stands before index i: its section is written already. */
static bool seen_before(const struct run *run, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (run->workloads[k].workload &&
		    strcmp(run->workloads[k].workload->resource, run->workloads[i].workload->resource) == 0)
			return true;
	return false;
}

void md_resources(const struct report *r, const struct md_figures *f, struct str *b)
{
	const struct run *run = r->run;
	for (size_t i = 0; i < run->n_workloads; i++) {
		if (!run->workloads[i].workload || report_is_startup(&run->workloads[i]) ||
		    report_is_footprint(&run->workloads[i]) || seen_before(run, i))
			continue;
		const char *resource = run->workloads[i].workload->resource;
		str_addf(b, "## %s\n\n", resource_title(resource));
		resource_pictures(resource, f, b);
		resource_caveat(r, resource, b);
		for (size_t k = i; k < run->n_workloads; k++)
			if (run->workloads[k].workload && strcmp(run->workloads[k].workload->resource, resource) == 0)
				workload_section(r, k, b);
		md_felter_beside(r, resource, b);
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_share.c - libvirt's share of a guest's start, as a difference and call by call. */
#include "report/md.h"

#include "base/cleanup.h"
#include "report/fmt.h"
#include "report/share.h"

#include <math.h>

static void value_cell(struct str *b, double v)
{
	cleanup_free char *text = fmt_value(v, "s");
	str_addf(b, " %s |", text);
}

static void pair_table(const struct report *r, const struct share_pair *p, struct str *b)
{
	str_addf(b, "| |");
	const size_t arms[] = { p->arm, p->direct };
	for (size_t i = 0; i < 2; i++) {
		str_addf(b, " ");
		md_cell(b, r->arms[arms[i]].label);
		str_addf(b, " |");
	}
	str_addf(b, " libvirt's share [95 %% interval] | |\n|---|--:|--:|---|---|\n");
	for (size_t i = 0; i < SHARE_PARTS; i++) {
		const struct share_part *q = &p->parts[i];
		cleanup_free char *diff = isfinite(q->diff) ? fmt_interval(q->diff, q->diff_ci, "s") : xstrdup(FMT_NONE);
		str_addf(b, "| %s |", q->what);
		value_cell(b, q->median);
		value_cell(b, q->direct);
		str_addf(b, " %s | %s |\n", diff, isfinite(q->diff) ? stats_step_text(q->word) : "");
	}
	str_addf(b, "\nMedians over %zu and %zu launches. The second arm runs the same QEMU command line, with the same kernel, devices and CPUs, "
	            "without libvirt.\n\n", p->parts[0].n, p->parts[0].n_direct);
}

static void trace_table(const struct report *r, const struct share_trace *t, struct str *b)
{
	str_addf(b, "**");
	md_cell(b, r->arms[t->arm].label);
	str_addf(b, "**, medians over %zu launches, in the order of the calls:\n\n| call of QEMU's monitor | times | QEMU, receipt to reply | "
	            "libvirt, reply to next call |\n|---|--:|--:|--:|\n", t->launches);
	if (isfinite(t->exec_s)) {
		str_addf(b, "| *before QEMU is exec'd* | | |");
		value_cell(b, t->exec_s);
		str_addf(b, "\n");
	}
	for (size_t i = 0; i < t->n; i++) {
		const struct share_call *c = &t->calls[i];
		str_addf(b, "| ");
		md_cell(b, c->name);
		str_addf(b, " | %.0f |", c->count);
		value_cell(b, c->qemu_s);
		value_cell(b, c->libvirt_s);
		str_addf(b, "\n");
	}
	str_addf(b, "| **all calls, until the vCPUs run** | |");
	value_cell(b, t->qemu_s);
	value_cell(b, t->libvirt_s);
	str_addf(b, "\n\n");
}

static void share_text(const struct report *r, const struct share *s, struct str *b)
{
	str_addf(b, "## libvirt's share\n\n");
	for (size_t i = 0; i < s->n_pairs; i++)
		pair_table(r, &s->pairs[i], b);
	if (s->n_traces)
		str_addf(b, "### Call by call\n\nQEMU's own stamps of each call that it got before it let its vCPUs run. QEMU answers "
		            "`qmp_capabilities`, the first one, when its machine is made: its time is QEMU's start. *libvirt* is what "
		            "passes until the next call: libvirt's own work, and its waiting for a CPU.\n\n");
	for (size_t i = 0; i < s->n_traces; i++)
		trace_table(r, &s->traces[i], b);
	str_addf(b, "*Lesson:* who manages a guest takes part in its start, and does so one question at a time.\n\n"
	            "*Caveat:* medians of parts don't add up to the median of the whole. A traced arm pays for its trace: compare the others.\n\n");
}

void md_share(const struct report *r, struct str *b)
{
	struct share *s = share_new(r);
	if (s)
		share_text(r, s, b);
	share_free(s);
}

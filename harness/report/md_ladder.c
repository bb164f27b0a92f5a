/* SPDX-License-Identifier: GPL-3.0-or-later */
/* md_ladder.c - the ladder of isolation: what each rung adds to the one below it. */
#include "report/md.h"

#include "base/cleanup.h"
#include "report/fmt.h"
#include "report/ladder.h"

#include <math.h>
#include <string.h>

static void rung_cell(const struct report *r, size_t i, struct str *b)
{
	cleanup_free char *text = ladder_rung_text(r, i);
	str_addf(b, "| ");
	md_cell(b, text);
	str_addf(b, " | ");
	md_cell(b, r->arms[r->ladder->rungs[i].arm].label);
	str_addf(b, " |");
}

static void step_row(const struct report_step *s, bool first, struct str *b)
{
	if (!s->n) {
		str_addf(b, " 0 | %s | %s | |\n", FMT_NONE, FMT_NONE);
		return;
	}
	cleanup_free char *median = fmt_interval(s->median, s->median_ci, "s"), *added = fmt_interval(s->added, s->added_ci, "s");
	str_addf(b, " %zu | %s | %s | %s |\n", s->n, median, first ? "" : added,
	         first ? "" : isfinite(s->added) ? stats_step_text(s->word) : "nothing to compare with");
}

static void panel_table(const struct report *r, const struct report_panel *p, struct str *b)
{
	str_addf(b, "**");
	md_cell(b, p->label);
	str_addf(b, "**%s%s.\n\n| rung | arm | n | median [95 %% interval] | against the rung below [95 %% interval] | |\n"
	            "|---|---|--:|---|---|---|\n", p->what ? ": " : "", p->what ? p->what : "");
	for (size_t i = 0; i < r->ladder->n; i++) {
		rung_cell(r, i, b);
		step_row(&p->steps[i], i == 0, b);
	}
	str_addf(b, "\n");
}

static bool is_shown(const struct report *r, const char *arm)
{
	for (size_t i = 0; i < r->ladder->n; i++)
		if (strcmp(r->ladder->names.v[i].arm, arm) == 0)
			return true;
	return false;
}

/* Rungs without a launch; the table of arms says why. */
static void left_out(const struct report *r, struct str *b)
{
	const struct ladder *all = &r->run->ladder;
	size_t n = 0;
	for (size_t i = 0; i < all->n; i++) {
		if (is_shown(r, all->v[i].arm))
			continue;
		str_addf(b, n++ ? ", " : "Left out, because no launch of them is there: ");
		md_cell(b, all->v[i].arm);
	}
	if (n)
		str_addf(b, ". What they add is counted with the next rung above them.\n\n");
}

void md_ladder(const struct report *r, const struct md_figures *f, struct str *b)
{
	if (!r->ladder)
		return;
	str_addf(b, "## The ladder of isolation\n\nEach rung is an arm that has one layer more than the rung below it; the first "
	            "has the fewest. Its price is the difference of the medians, with an interval that resamples the launches of "
	            "both rungs: it *adds* or *saves* where that interval lies on one side of 0 and is *not distinguishable* where "
	            "it holds 0, which is not the same as free.\n\n*Lesson:* isolation is not one price but a list of them, "
	            "and most layers are paid for once, at startup, and few with every system call.\n\n"
	            "*Caveat:* the rungs are cumulative and their order matters: a layer's price is that of adding it on top of the "
	            "ones below, and elsewhere it may be another. Rates are turned into the time of a fixed amount of work, because "
	            "only times add up. No interval is corrected for the number of rungs: of twenty steps that add nothing about "
	            "one is called a step.\n\n");
	left_out(r, b);
	md_picture(f, FIG_LADDER, b);
	for (size_t i = 0; i < r->ladder->n_panels; i++)
		panel_table(r, &r->ladder->panels[i], b);
}

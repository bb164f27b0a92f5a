/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_ladder_report.c - the ladder of isolation in report, terminal and plot. */
#include "ladder_made.h"
#include "report/figures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* ---- the tables */

static const struct report_panel *panel(const struct report *r, const char *name)
{
	for (size_t i = 0; r->ladder && i < r->ladder->n_panels; i++)
		if (strcmp(r->ladder->panels[i].name, name) == 0)
			return &r->ladder->panels[i];
	fail_msg("there is no panel %s", name);
	return NULL;
}

/* The made runs have known costs; noise is 1 %. */
static void test_additions(void **state)
{
	(void)state;
	cleanup_run struct run *run = made(stairs, 5, 15);
	cleanup_report struct report *r = report_new(run);
	assert_int_equal(r->ladder->n, 5);
	assert_int_equal(r->ladder->n_panels, 4);       /* the rate of file-fsync says what its latency does */
	const struct report_panel *p = panel(r, "startup");
	static const double added[] = { 0, 200e-6, 600e-6, -100e-6, 2.0988 };
	static const enum step words[] = { STEP_NONE, STEP_ADDS, STEP_ADDS, STEP_SAVES, STEP_ADDS };
	assert_true(isnan(p->steps[0].added) && p->startup);
	for (size_t i = 1; i < 5; i++) {
		const struct report_step *s = &p->steps[i];
		assert_true(fabs(s->added - added[i]) < 0.02 * stairs[i].startup_s);
		assert_true(s->added_ci.ok && s->added_ci.lo <= s->added && s->added <= s->added_ci.hi);
		assert_int_equal(s->word, words[i]);
	}
	assert_int_equal(p->n_on_scale, 4);
	assert_int_equal(ladder_dearest(r->ladder, p), 2);
	p = panel(r, "syscall");
	assert_int_equal(p->steps[1].word, STEP_NOT_DISTINGUISHABLE);
	assert_int_equal(p->steps[3].word, STEP_ADDS);
	assert_true(fabs(p->steps[3].added / 24e-9 - 1) < 0.2);
	assert_int_equal(ladder_dearest(r->ladder, p), 3);
	/* 12 GB/s are 87.4 µs for a MiB; a cost of 1.2 adds a fifth of that */
	p = panel(r, "mem-bandwidth");
	assert_string_equal(p->label, "mem-bandwidth, time of 1 MiB");
	assert_true(fabs(p->steps[0].median / 87.38e-6 - 1) < 0.02);
	assert_true(fabs(p->steps[3].added / 17.5e-6 - 1) < 0.2);
	assert_int_equal(p->steps[3].word, STEP_ADDS);
}

static void fail_launches(struct run *run, const char *arm, const char *workload)
{
	for (size_t i = 0; i < run->n_launches; i++)
		if (strcmp(run->launches[i].arm, arm) == 0 && (!workload || strcmp(run->launches[i].workload, workload) == 0))
			run->launches[i].ok = false;
}

/* An arm that did not run leaves the ladder, and what it would have added goes to the next one. */
static void test_rung_that_did_not_run(void **state)
{
	(void)state;
	cleanup_run struct run *run = made(stairs, 5, 8);
	fail_launches(run, "ns", NULL);
	cleanup_report struct report *r = report_new(run);
	assert_int_equal(r->ladder->n, 4);
	assert_string_equal(r->ladder->rungs[1].adds, "namespaces + network");
	assert_true(fabs(panel(r, "startup")->steps[1].added - 800e-6) < 30e-6);
	cleanup_free char *text = written(run);
	assert_has(text, "Left out, because no launch of them is there: ns.");
	assert_has(text, "| + namespaces + network | net |");
}

/* A rung without a figure in one metric: nothing stands on it there. */
static void test_hole_in_one_metric(void **state)
{
	(void)state;
	cleanup_run struct run *run = made(stairs, 5, 8);
	fail_launches(run, "net", "syscall");
	cleanup_report struct report *r = report_new(run);
	const struct report_panel *p = panel(r, "syscall");
	assert_int_equal(r->ladder->n, 5);
	assert_int_equal(p->steps[2].n, 0);
	assert_true(isnan(p->steps[3].added) && isfinite(p->steps[4].added));
	cleanup_free char *text = written(run), *show = show_text(run, 100, false, true);
	assert_has(text, "| + network | net | 0 | - | - | |");
	assert_has(text, "nothing to compare with");
	assert_has_not(text, "nan");
	assert_has_not(show, "nan");
}

static void test_too_few_launches(void **state)
{
	(void)state;
	cleanup_run struct run *run = made(stairs, 5, 3);
	cleanup_report struct report *r = report_new(run);
	const struct report_panel *p = panel(r, "startup");
	assert_int_equal(p->steps[2].word, STEP_NONE);
	assert_int_equal(ladder_dearest(r->ladder, p), 0);
	cleanup_free char *text = written(run), *show = show_text(run, 100, false, true);
	assert_has(text, "no rung is known to add to startup");
	assert_has(text, "no interval");
	assert_has(show, "In brackets: too few launches");
}

static void test_no_ladder(void **state)
{
	(void)state;
	cleanup_run struct run *none = run_made(stairs, 5, 6, 7), *one = made(stairs, 2, 6);
	fail_launches(one, "ns", NULL);
	const struct run *const runs[] = { none, one };
	for (size_t i = 0; i < 2; i++) {
		cleanup_free char *text = written(runs[i]), *show = show_text(runs[i], 80, false, true);
		assert_has_not(text, "ladder");
		assert_has_not(show, "ladder of isolation");
	}
}

/* ---- what is read */

static void test_report_text(void **state)
{
	(void)state;
	cleanup_run struct run *run = made(stairs, 5, 15);
	cleanup_free char *text = written(run), *again = written(run);
	assert_string_equal(text, again);
	assert_has(text, "## The ladder of isolation");
	assert_has(text, "*Caveat:* the rungs are cumulative");
	assert_has(text, "“network” adds most to startup, 5");         /* 59x µs */
	assert_has(text, "; vm (TCG) takes 2.1");
	assert_has(text, "| host | host | 15 | 499 µs [");
	assert_has(text, " | saves |\n| + a kernel: vm (TCG) | vm (TCG) | 15 | 2.1");
	assert_has(text, "| + filter \\| &lt;x&gt; | filter | 15 |");
	assert_has(text, "](plots/ladder.svg)");
	assert_has(text, "**mem-bandwidth, time of 1 MiB**.");
	cleanup_free char *dat_path = xasprintf("%s/plots/ladder.dat", dir), *set_path = xasprintf("%s/plots/ladder.set", dir);
	cleanup_free char *dat = NULL, *set = NULL;
	assert_int_equal(fs_read(dat_path, &dat, NULL), 0);
	assert_int_equal(fs_read(set_path, &set, NULL), 0);
	assert_has(dat, "# ==== startup, s\n");
	assert_has(dat, "# ==== mem-bandwidth, time of 1 MiB, s\n");
	assert_has(dat, "\"(off scale)\"");
	assert_has(dat, "\"+59");
	assert_has(dat, "\"-9");
	assert_has(set, "RUNGS = 5\nPANELS = 4\n");
	assert_has(set, "'+ filter | <x>'");
	assert_has(set, "'+ a kernel: vm (TCG)'");       /* the accelerator stands in every picture */
	assert_has(set, "TURNED = 0\n");
}

static void test_show(void **state)
{
	(void)state;
	cleanup_run struct run *run = made(stairs, 5, 15);
	cleanup_free char *first = show_text(run, 100, false, true), *coloured = show_text(run, 100, true, true);
	assert_has(first, "ladder of isolation  a median, then what each rung adds\n");
	assert_has(first, "\n  + network              +598 µs");
	assert_has(first, "\n  + a kernel: vm (TCG)   +2.10 s");
	assert_has(first, "A rate as a time: mem-bandwidth, time of 1 MiB.\n");
	assert_has(coloured, "\033[1mladder of isolation\033[0m");
	free(run->ladder.v[2].adds);
	run->ladder.v[2].adds = xstrdup("ein Netzwerk-Namensraum für sich, der außer der Schleife nichts enthält: äöüßäöüßäöüß");
	for (int width = 60; width <= 120; width += 7) {
		cleanup_free char *show = show_text(run, width, false, true);
		char *line = strstr(show, "ladder of isolation"), *end = strstr(line, "startup phases");
		assert_non_null(end);
		*end = '\0';
		assert_has(line, "…");
		for (line = strtok(line, "\n"); line; line = strtok(NULL, "\n"))
			if (text_columns(line) > (size_t)width)
				fail_msg("%zu columns at a width of %d: %s", text_columns(line), width, line);
	}
}

/* ---- plots */

static void draw_quietly(const struct run *run)
{
	cleanup_report struct report *r = report_new(run);
	cleanup(figures_free) struct figures f = { 0 };
	struct err err = { 0 };
	cleanup_free char *svg = xasprintf("%s/ladder.svg", dir), *said = NULL, *text = NULL;
	assert_int_equal(figures_write(r, THEME_PAGE, dir, &f, &err), 0);
	assert_true(f.has[FIG_LADDER]);
	if (figure_draw(&f, FIG_LADDER, GP_DIR, dir, svg, &said, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(said, "");
	assert_int_equal(fs_read(svg, &text, NULL), 0);
	assert_has(text, "</svg>");
	assert_has_not(text, "NaN");
	for (size_t i = 0; i < r->ladder->n_panels; i++)
		assert_has(text, r->ladder->panels[i].name);
}

/* Axes follow the medians: launches that went astray don't press the stairs flat. */
static void test_wide_interval_does_not_flatten(void **state)
{
	(void)state;
	cleanup_run struct run *run = made(stairs, 4, 8);
	for (size_t i = 0; i < run->n_launches; i++) {
		struct launch *l = &run->launches[i];
		if (strcmp(l->arm, "ns") == 0 && strcmp(l->workload, "startup") == 0 && l->number < 3)
			l->result.ready_ns += 100000000;
	}
	cleanup_report struct report *r = report_new(run);
	assert_true(panel(r, "startup")->steps[1].median_ci.hi > 0.05);
	cleanup(figures_free) struct figures f = { 0 };
	cleanup_free char *path = xasprintf("%s/ladder.set", dir), *set = NULL;
	assert_int_equal(figures_write(r, THEME_PAGE, dir, &f, NULL), 0);
	assert_int_equal(fs_read(path, &set, NULL), 0);
	static const char name[] = "array YMAX[PANELS] = [";
	assert_has(set, name);
	double top = strtod(strstr(set, name) + strlen(name), NULL);
	assert_true(top > 1.3e-3 && top < 2.7e-3);
}

static void test_figure_draws_without_warnings(void **state)
{
	(void)state;
	cleanup_free char *gnuplot = fs_which("gnuplot");
	if (!gnuplot) {
		print_message("skipped: gnuplot is not installed\n");
		skip();
	}
	struct made_arm many[14] = { 0 };
	char names[14][40];
	for (size_t i = 0; i < 14; i++) {
		snprintf(names[i], sizeof(names[i]), i % 2 ? "arm-%zu" : "it's `touch /x` 50%% \"q\" \\ %zu", i);
		many[i] = (struct made_arm){ names[i], i ? "container" : "host", names[i], NULL, 0.0005 + 0.0001 * (double)i, 1, LADDER_PHASES };
	}
	static const size_t rungs[] = { 2, 3, 8, 14 };
	for (size_t i = 0; i < 4; i++)
		for (unsigned n = 1; n < 9; n += 7) {
			cleanup_run struct run *run = made(many, rungs[i], n);
			draw_quietly(run);
		}
	cleanup_run struct run *guest = made(stairs, 5, 8), *holes = made(stairs, 5, 8), *two = made(stairs, 5, 8);
	draw_quietly(guest);
	fail_launches(holes, "host", "syscall");
	fail_launches(holes, "filter", "syscall");
	fail_launches(holes, "vm", "startup");
	draw_quietly(holes);
	two->workloads[1].workload = two->workloads[2].workload = NULL;
	draw_quietly(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_additions),
		cmocka_unit_test(test_rung_that_did_not_run),
		cmocka_unit_test(test_hole_in_one_metric),
		cmocka_unit_test(test_too_few_launches),
		cmocka_unit_test(test_no_ladder),
		cmocka_unit_test(test_report_text),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_wide_interval_does_not_flatten),
		cmocka_unit_test(test_figure_draws_without_warnings),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

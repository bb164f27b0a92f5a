/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_attempts.c - what came of escape attempts: as values, as JSON and back, in a report and as a figure. */
#include "report/figures.h"
#include "report_made.h"
#include "store/attempts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* n attempts of `topics` topics in the three arms: all get at the host from the host; one in `leaks` from the container, by an interface that
 * is the kernel's and one that is outside in turn; the guest's kernel is its own. Odd ones come before what can't be tried. */
static struct attempts *made(size_t n, size_t topics, size_t leaks)
{
	struct attempts *a = attempts_new(3, n);
	a->tried = xstrdup("2026-11-23T09:50:00Z");
	a->host = xstrdup("example");
	a->kernel = xstrdup("6.12.0-host");
	for (size_t k = 0; k < 3; k++)
		a->arms[k] = (struct attempt_arm){ .name = xstrdup(three[k].name), .label = xstrdup(three[k].label), .driver = xstrdup(three[k].driver),
			                           .own_kernel = k == 2 };
	strv_add(&a->arms[1].warnings, "a word of warning");
	for (size_t i = 0; i < n; i++) {
		bool leak = leaks && i % leaks == 0;
		a->v[i] = (struct attempt){ .name = xasprintf("attempt-%zu", i), .topic = xasprintf("topic %zu", i * topics / n), .tries = xstrdup("reach | it"),
			                    .held_by = xstrdup("filter"), .outside = i % 2, .v = a->v[i].v };
		a->v[i].v[0].outcome = ATTEMPT_OUT_ESCAPED;
		a->v[i].v[1] = (struct attempt_result){ leak ? ATTEMPT_OUT_ESCAPED : ATTEMPT_OUT_HELD, leak ? NULL : xstrdup("EPERM"), NULL };
		a->v[i].v[2].outcome = i % 2 ? ATTEMPT_OUT_HELD : ATTEMPT_OUT_ESCAPED;
	}
	a->v[n - 2].v[2].outcome = ATTEMPT_OUT_UNEXPECTED;
	a->v[n - 1].v[0] = (struct attempt_result){ ATTEMPT_OUT_NA, NULL, xstrdup("no such thing") };
	return a;
}

static void test_ends(void **state)
{
	(void)state;
	cleanup(attempts_freep) struct attempts *a = made(20, 3, 10);
	assert_int_equal(attempts_end(a, 1, 0), ATTEMPT_ESCAPED);
	assert_int_equal(attempts_end(a, 0, 1), ATTEMPT_ESCAPED);
	assert_int_equal(attempts_end(a, 1, 1), ATTEMPT_HELD);
	assert_int_equal(attempts_end(a, 0, 2), ATTEMPT_OWN_KERNEL);
	assert_int_equal(attempts_end(a, 18, 2), ATTEMPT_ODD);
	assert_int_equal(attempts_end(a, 19, 0), ATTEMPT_NA);
	/* what lies outside is reached from a guest, too, whatever its kernel is */
	a->v[1].v[2].outcome = ATTEMPT_OUT_ESCAPED;
	assert_int_equal(attempts_end(a, 1, 2), ATTEMPT_ESCAPED);
	assert_int_equal(attempts_count(a, 0, ATTEMPT_ESCAPED), 19);
	assert_int_equal(attempts_count(a, 1, ATTEMPT_ESCAPED), 2);
	assert_int_equal(attempts_count(a, 2, ATTEMPT_OWN_KERNEL), 9);
	assert_int_equal(attempts_arm(a, "vm"), 2);
	assert_int_equal(attempts_arm(a, "moon"), 3);
}

static void test_json_and_back(void **state)
{
	(void)state;
	cleanup(attempts_freep) struct attempts *a = made(20, 3, 10), *b = NULL, *none = NULL;
	struct err err = { 0 };
	assert_int_equal(attempts_load(dir, &none, &err), 0);
	assert_null(none);
	assert_int_equal(attempts_put(a, dir, &err), 0);
	assert_int_equal(attempts_load(dir, &b, &err), 0);
	assert_int_equal(b->n, 20);
	assert_int_equal(b->n_arms, 3);
	assert_string_equal(b->tried, a->tried);
	assert_string_equal(b->kernel, a->kernel);
	assert_string_equal(b->arms[2].label, "vm (TCG)");
	assert_string_equal(b->arms[1].warnings.v[0], "a word of warning");
	assert_true(b->arms[2].own_kernel && !b->arms[1].own_kernel);
	for (size_t i = 0; i < 20; i++) {
		assert_string_equal(b->v[i].name, a->v[i].name);
		assert_string_equal(b->v[i].topic, a->v[i].topic);
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(attempts_end(a, i, k), attempts_end(b, i, k));
	}
	assert_string_equal(b->v[1].v[1].code, "EPERM");
	assert_string_equal(b->v[19].v[0].text, "no such thing");
}

static void test_bad_files(void **state)
{
	(void)state;
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "{", "isolation.json:1: " },
		{ "[]", "expected version, tried, host, arms and attempts" },
		{ "{\"version\":1,\"tried\":\"\",\"host\":{\"name\":\"\",\"kernel\":\"\"},\"arms\":[],\"attempts\":[]}", "version 1; this isocost reads 2" },
		{ "{\"version\":2,\"tried\":\"\",\"host\":{\"name\":\"\",\"kernel\":\"\"},\"arms\":[{\"name\":\"a\"}],\"attempts\":[]}",
		  "arms: expected name, label, driver and own_kernel of each" },
		{ "{\"version\":2,\"tried\":\"\",\"host\":{\"name\":\"\",\"kernel\":\"\"},\"arms\":[],\"attempts\":[{\"name\":\"x\"}]}",
		  "attempts: expected name, topic" },
		{ "{\"version\":2,\"tried\":\"\",\"host\":{\"name\":\"\",\"kernel\":\"\"},\"arms\":[{\"name\":\"a\",\"label\":\"a\",\"driver\":\"d\","
		  "\"own_kernel\":false}],\"attempts\":[{\"name\":\"x\",\"topic\":\"t\",\"tries\":\"\",\"held_by\":\"\",\"target\":\"kernel\",\"results\":"
		  "{\"a\":{\"outcome\":\"lost\"}}}]}", "attempt x in arm a: expected an outcome: held, escaped, unexpected or na" },
	};
	cleanup_free char *path = xasprintf("%s/isolation.json", dir);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct attempts *a = NULL;
		struct err err = { 0 };
		assert_int_equal(fs_write(path, cases[i].text, strlen(cases[i].text), 0644), 0);
		assert_int_equal(attempts_load(dir, &a, &err), -EINVAL);
		assert_null(a);
		assert_has(err.msg, cases[i].said);
		assert_has(err.msg, path);
	}
}

static void test_report(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = run_made(three, 3, 6, 7);
	cleanup_free char *without = written(run);
	assert_null(strstr(without, "What isolation buys"));
	run->attempts = made(20, 3, 10);
	cleanup_free char *text = written(run), *shown = show_text(run, 100, false, false);
	assert_has(text, "## What isolation buys\n\n20 harmless attempts");
	assert_has(text, "2026-11-23T09:50:00Z");
	assert_has(text, "| host | 19 | - | 0 | 0 | 1 |\n| container | 2 | - | 18 | 0 | 0 |\n| vm (TCG) | 0 | 9 | 10 | 1 | 0 |\n");
	assert_has(text, "What reached the host from **container**: `attempt-0` (reach \\| it), `attempt-10` (reach \\| it).");
	assert_has(text, "*Lesson:* ");
	assert_has(text, "*Caveat:* interfaces are tried, not bugs");
	assert_has(text, "| attempt-1 | reach \\| it | filter | **reached the host** | held EPERM | held |\n");
	assert_has(text, "Of 20 attempts to get out of it, 2 reached the host (from a bare process: 19).");
	assert_has(shown, "container: 2 of 20 attempts to get out of it reached the host.\n");
	assert_has(shown, "vm (TCG): 0 of 20 attempts to get out of it reached the host, 9 its own kernel only.\n");
}

/* Few and many attempts, on wide and narrow paper: all of them are drawn, within the paper, and gnuplot has nothing to say. */
static void draw(size_t n, size_t topics, enum figure_theme theme, double width)
{
	cleanup(run_freep) struct run *run = run_made(three, 3, 2, 7);
	cleanup(report_freep) struct report *r = NULL;
	cleanup(figures_free) struct figures figures = { 0 };
	struct err err = { 0 };
	run->attempts = made(n, topics, 7);
	r = report_new(run);
	assert_int_equal(figures_write(r, theme, dir, &figures, &err), 0);
	assert_true(figures.has[FIG_ISOLATION]);
	cleanup_free char *svg = xasprintf("%s/isolation.svg", dir), *dat_path = xasprintf("%s/isolation.dat", dir), *said = NULL, *dat = NULL;
	assert_int_equal(fs_read(dat_path, &dat, NULL), 0);
	size_t cells = 0, names = 0;
	cleanup(strv_free) struct strv lines = { 0 };
	strv_split(&lines, dat, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		const char *at = lines.v[i];
		double x0, x1, y0, y1;
		int came;
		if (sscanf(at, "%lf %lf %lf %lf %d", &x0, &x1, &y0, &y1, &came) == 5) {
			cells++;
			if (x0 < 0 || x1 > width || came < 0 || came >= ATTEMPT_ENDS)
				fail_msg("%.0f px wide, and this is drawn: %.60s", width, at);
		}
		names += *at != '#' && strstr(at, "\"attempt-");
	}
	assert_int_equal(cells, 3 * n + 5);     /* the key has a square for each of the five ends */
	assert_int_equal(names, n);
	char *gnuplot = fs_which("gnuplot");
	free(gnuplot);
	if (!gnuplot)
		return;
	if (figure_draw(&figures, FIG_ISOLATION, GP_DIR, dir, svg, &said, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(said, "");
}

static void test_figure(void **state)
{
	(void)state;
	draw(10, 1, THEME_PAGE, 900);
	draw(104, 8, THEME_PAGE, 900);
	draw(104, 8, THEME_SLIDES, 640);
	draw(200, 1, THEME_PAGE, 900);
	draw(30, 30, THEME_SLIDES, 640);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_json_and_back),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_figure),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_figures.c - what is drawn of made-up runs: figures without gnuplot's warnings, their points, their SVG in a page, and boxes in text. */
#include "report/figures.h"
#include "report/svg.h"
#include "report_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Names that would break gnuplot's quoting, tick formats or the layout. */
static const struct made_arm eight[8] = {
	{ "host", "host", "host", NULL, 0.0006, 1, "fork exec main exit reaped" },
	{ "container", "container", "container", NULL, 0.0018, 1.02, "clone mounts seccomp exec main exit reaped" },
	{ "vm", "vm", "vm (KVM without hardware virtualization)", "KVM without hardware virtualization", 2.1, 20,
	  "libvirt qemu kernel init main poweroff destroyed" },
	{ "vm-untuned", "vm", "vm-untuned (TCG)", "TCG (software emulation)", 2.9, 24, "libvirt qemu kernel init main poweroff destroyed" },
	{ "it's", "command", "it's `touch /nowhere/x` \"quoted\" \\ 50 %s", NULL, 0.005, 1.03, "spawn main exit" },
	{ "e", "container", "a-container-with-a-long-name-and-with-options-that-go-on", NULL, 0.002, 0.9, "clone exec main exit reaped" },
	{ "f", "command", "f_{x}^2", NULL, 0.2, 1.2, "spawn main exit" },
	{ "g", "command", "'µ'", NULL, 0.2, 1.2, "spawn main exit" },
};

static void draw_quietly(const struct made_arm *arms, size_t n_arms, unsigned launches, enum figure_theme theme)
{
	cleanup_run struct run *run = run_made(arms, n_arms, launches, 7);
	cleanup_report struct report *r = report_new(run);
	cleanup(figures_free) struct figures made = { 0 };
	struct err err = { 0 };
	free(run->workloads[3].name);
	run->workloads[3].name = xstrdup("100%d it's `x`");
	assert_int_equal(figures_write(r, theme, dir, &made, &err), 0);
	assert_true(made.has[FIG_PHASES] && made.has[FIG_ECDF]);
	assert_true(made.has[FIG_MEMORY] && made.has[FIG_KERNEL] && made.has[FIG_FILE] && made.has[FIG_FILE_LATENCY]);
	assert_false(made.has[FIG_NETWORK] || made.has[FIG_MEMORY_CURVE]);
	assert_int_equal(made.has[FIG_OVERHEAD], n_arms > 1 && strcmp(arms[0].driver, "host") == 0);
	for (int f = 0; f < FIG_COUNT; f++) {
		cleanup_free char *svg = xasprintf("%s/%s.svg", dir, figure_name((enum figure)f)), *said = NULL, *text = NULL;
		if (!made.has[f])
			continue;
		if (figure_draw(&made, (enum figure)f, GP_DIR, dir, svg, &said, &err) < 0)
			fail_msg("%s", err.msg);
		assert_string_equal(said, "");
		assert_int_equal(fs_read(svg, &text, NULL), 0);
		assert_has(text, "</svg>");
		assert_has_not(text, "NaN");
	}
}

static void test_figures_draw_without_warnings(void **state)
{
	(void)state;
	char *gnuplot = fs_which("gnuplot");
	free(gnuplot);
	if (!gnuplot) {
		print_message("skipped: gnuplot is not installed\n");
		skip();
	}
	draw_quietly(three, 3, 12, THEME_PAGE);
	draw_quietly(three, 3, 1, THEME_PAGE);
	draw_quietly(three, 1, 6, THEME_PAGE);
	draw_quietly(three + 1, 2, 6, THEME_SLIDES);
	draw_quietly(eight, 8, 7, THEME_PAGE);
}

/* The curve of loads over working sets, from a workload that a made run is given in place of its own. */
static void test_memory_curve(void **state)
{
	(void)state;
	static const char *const sizes[] = { "16kib", "256kib", "4mib", "32mib" };
	cleanup_run struct run *run = run_made(three, 3, 7, 7);
	run->workloads[2].workload = registry_find("mem-latency");
	free(run->workloads[2].name);
	run->workloads[2].name = xstrdup("loads");
	for (size_t i = 0; i < run->n_launches; i++) {
		struct launch *l = &run->launches[i];
		if (strcmp(l->workload, "mem-bandwidth") != 0)
			continue;
		free(l->workload);
		l->workload = xstrdup("loads");
		strcpy(l->result.workload, "mem-latency");
		for (size_t k = 0; k < 4; k++) {
			struct series *s = &l->result.series[k];
			if (k) {
				*s = (struct series){ .v = xcalloc(1, sizeof(double)), .n = 1, .cap = 1 };
				s->v[0] = 1e-9 * (double)(k + 1) * (1 + 0.01 * (double)l->number);
			}
			strcpy(s->metric, sizes[k]);
		}
		l->result.n_series = 4;
	}
	cleanup_report struct report *r = report_new(run);
	struct figure_text t = { .width = 900 };
	assert_true(fig_memory_curve(r, &t));
	assert_has(t.title.s, "One load within 32 MiB: host 4.12 ns");
	assert_has(t.dat.s, "\n262144 2.06e-09 ");
	assert_has(t.set.s, "set xtics ('16 KiB' 16384, '256 KiB' 262144, '4 MiB' 4194304, '32 MiB' 33554432)\n");
	str_free(&t.dat);
	str_free(&t.set);
	str_free(&t.title);
}

/* A curve's points are medians over launches, only where every launch carries them, and its p50 is the percentile table's. */
static void test_latency_curve(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 6, 7);
	cleanup_report struct report *r = report_new(run);
	const struct report_cell *c = &metric(r, "file-fsync latency")->cells[0];
	for (size_t i = 0; i < REPORT_CURVE; i++) {
		assert_int_equal(isfinite(c->curve[i].value), series_quantiles[i] >= 0.1 && series_quantiles[i] <= 0.9);
		assert_int_equal(c->curve[i].ci.ok, isfinite(c->curve[i].value));
		if (series_quantiles[i] == 0.5)
			assert_true(c->curve[i].value == c->percentile[0]);
	}
	assert_true(isnan(metric(r, "syscall")->cells[0].curve[3].value));
}

/* Ids are told apart, neutral colours become the page's, texts stay; what is in gnuplot's text is no tag. */
static void test_svg(void **state)
{
	(void)state;
	static const char svg[] = "<?xml version=\"1.0\"?>\n<svg width=\"9\">\n<title>Gnuplot</title>\n<desc>Produced</desc>\n<g id=\"a\" fill=\"black\">"
	                          "<title>gnuplot_plot_1</title><use xlink:href='#a' stroke='rgb( 85,  85,  85)'/>"
	                          "<path stroke='rgb(230, 159,   0)' style='filter:url(#a)'/><text> id=\"b\" &lt;script> \"black\"</text></g></svg>\n";
	cleanup_free char *named = svg_named(svg, "5 < 6 & more", "what is seen"), *in = svg_inline(named, "fig1");
	assert_has(named, "<title>5 &lt; 6 &amp; more</title>");
	assert_has(named, "<desc>what is seen</desc>");
	assert_true(strncmp(in, "<svg role=\"img\" aria-labelledby=\"fig1-title fig1-desc\" width=\"9\">", 60) == 0);
	assert_has(in, "<title id=\"fig1-title\">5 &lt; 6 &amp; more</title>");
	assert_has(in, "<g id=\"fig1-a\" fill=\"var(--ink)\"><use xlink:href='#fig1-a' stroke='var(--muted)'/>");
	assert_has(in, "<path stroke='rgb(230, 159,   0)' style='filter:url(#fig1-a)'/><text> id=\"b\" &lt;script> \"black\"</text></g></svg>");
	assert_null(svg_named("<svg></svg>", "", ""));
	assert_null(svg_inline("no picture", "x"));
}

/* A box for each arm that has launches enough, on one axis; in ASCII the same without a sign that is none. */
static void test_show_boxes(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 8, 7), *few = run_made(three, 3, 3, 7);
	cleanup_free char *show = show_text(run, 100, false, true), *brief = show_text(run, 100, false, false), *none = show_text(few, 100, false, true);
	size_t boxes = 0;
	for (const char *at = show; (at = strstr(at, "┃")); at++)
		boxes++;
	assert_int_equal(boxes, 5 * 3 + 1);             /* five metrics, three arms; and the legend */
	assert_has(show, "log scale");
	assert_has_not(brief, "┃");
	assert_has_not(brief, "log scale");
	assert_has(none, "Boxes: ");
	assert_has_not(none, "├");
	cleanup_free char *ascii = show_ascii(show);
	for (const char *s = ascii; *s; s++)
		assert_false(*s & 0x80);
	assert_has(ascii, " x [");
	assert_has(ascii, " us [");
	assert_has_not(ascii, "?");
	cleanup_free char *other = show_ascii("né ☃ 5 µs");
	assert_string_equal(other, "n? ? 5 us");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures_draw_without_warnings), cmocka_unit_test(test_memory_curve), cmocka_unit_test(test_latency_curve),
		cmocka_unit_test(test_svg), cmocka_unit_test(test_show_boxes),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

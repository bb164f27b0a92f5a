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

/* Samples stand for the time that the same amount of work takes at their rate. */
static void test_track(void **state)
{
	(void)state;
	double v[] = { 9e9, 100, 300, NAN }, track[SERIES_TRACK];
	struct series s = { .v = v, .n = 4, .n_warm = 1 };
	struct histogram h;
	assert_true(report_track(&s, track));
	/* 3/4 of the time at 100, and then at 300. */
	for (size_t k = 0; k < SERIES_TRACK; k++)
		if (fabs(track[k] - (k < SERIES_TRACK * 3 / 4 ? 100 : 300)) > 1e-9)
			fail_msg("part %zu: %.9g", k, track[k]);
	s.n = 2;
	assert_false(report_track(&s, track));          /* one sample has no course */
	s.n = 4;
	s.histogram = &h;
	assert_false(report_track(&s, track));
	/* More samples than parts: means, and what was moved is the whole. */
	double many[1000], sum = 0, time = 0;
	for (size_t i = 0; i < 1000; i++) {
		many[i] = 1000 + (double)(i * 7919 % 1000);
		time += 1 / many[i];
	}
	s = (struct series){ .v = many, .n = 1000 };
	assert_true(report_track(&s, track));
	for (size_t k = 0; k < SERIES_TRACK; k++)
		sum += track[k] / SERIES_TRACK;
	assert_true(fabs(sum * time - 1000) < 1e-6);
}

/* The launches' rates over their time, from mem-bandwidth in place of the made one; the same when the samples were let go. */
static void test_rate(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 7, 7);
	run->workloads[2].workload = registry_find("mem-bandwidth");
	free(run->workloads[2].name);
	run->workloads[2].name = xstrdup("stream");
	for (size_t i = 0; i < run->n_launches; i++) {
		struct launch *l = &run->launches[i];
		if (strcmp(l->workload, "mem-bandwidth") != 0)
			continue;
		free(l->workload);
		l->workload = xstrdup("stream");        /* the suite's name */
		strcpy(l->result.workload, "stream");
		strcpy(l->result.series[0].metric, "triad");
		/* The container's falls to half. */
		for (size_t k = 0; k < l->result.series[0].n; k++)
			l->result.series[0].v[k] = strcmp(l->arm, "container") == 0 && k >= 12 ? 1e9 : 2e9;
	}
	struct figure_text t = { .width = 900 }, summed = { .width = 900 };
	cleanup_report struct report *r = report_new(run);
	assert_true(fig_memory_rate(r, &t));
	assert_has(t.title.s, "Memory over the time of a launch: ");
	assert_has(t.title.s, "stream triad of container changes most, by -50 % [-50, -50] from the first quarter to the last");
	assert_has(t.dat.s, "\n1.25 2e+09 2e+09 2e+09 7\n");
	assert_has(t.dat.s, "\n98.75 1e+09 1e+09 1e+09 7\n");
	assert_has(t.set.s, "PANELS = 1\n");
	/* The scatter of launches is no change of a rate: some go up, some down, and none stands out. */
	struct figure_text scattered = { .width = 900 };
	cleanup_run struct run *steady = run_made(three, 3, 8, 7);
	steady->workloads[2].workload = registry_find("mem-bandwidth");
	for (size_t i = 0; i < steady->n_launches; i++) {
		struct launch *l = &steady->launches[i];
		for (size_t k = 0; strcmp(l->workload, "mem-bandwidth") == 0 && k < l->result.series[0].n; k++)
			l->result.series[0].v[k] = 1e9 * (1 + (l->number % 2 ? 0.001 : -0.001) * (double)k);
		if (strcmp(l->workload, "mem-bandwidth") == 0)
			strcpy(l->result.series[0].metric, "triad");
	}
	cleanup_report struct report *same = report_new(steady);
	assert_true(fig_memory_rate(same, &scattered));
	assert_has(scattered.title.s, "no rate changes from the first quarter to the last beyond what launches scatter");
	figure_text_free(&scattered);
	assert_false(fig_file_rate(r, &summed) || fig_network_rate(r, &summed));
	for (size_t i = 0; i < run->n_launches; i++)
		report_sum_launch(&run->launches[i]);
	cleanup_report struct report *again = report_new(run);
	assert_true(fig_memory_rate(again, &summed));
	assert_string_equal(t.dat.s, summed.dat.s);
	assert_string_equal(t.title.s, summed.title.s);
	/* Drawn, and without a word from gnuplot. */
	cleanup_free char *gnuplot = fs_which("gnuplot");
	for (int theme = THEME_PAGE; gnuplot && theme <= THEME_SLIDES; theme++) {
		cleanup(figures_free) struct figures made = { 0 };
		cleanup_free char *svg = xasprintf("%s/rate.svg", dir), *said = NULL;
		struct err err = { 0 };
		assert_int_equal(figures_write(again, (enum figure_theme)theme, dir, &made, &err), 0);
		assert_true(made.has[FIG_MEMORY_RATE]);
		if (figure_draw(&made, FIG_MEMORY_RATE, GP_DIR, dir, svg, &said, &err) < 0)
			fail_msg("%s", err.msg);
		assert_string_equal(said, "");
	}
	figure_text_free(&t);
	figure_text_free(&summed);
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
		cmocka_unit_test(test_track), cmocka_unit_test(test_rate), cmocka_unit_test(test_svg), cmocka_unit_test(test_show_boxes),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

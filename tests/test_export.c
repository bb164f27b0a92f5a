/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_export.c - export formats of made-up runs: escaping of names, what is not known, what is left out. */
#include "base/cleanup.h"
#include "report/export.h"
#include "run_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NASTY "a_b, \"c\" \\d/e=%f\ng\xc3\xa9-8"

static const struct made_arm arms[2] = {
	{ "host", "host", "host", NULL, 0.0006, 1.0, "fork exec main exit reaped" },
	{ "vm", "vm", NASTY, "TCG (software emulation)", 2.1, 20, "libvirt qemu kernel init main poweroff destroyed" },
};

static void report_freep(struct report **r)
{
	report_free(*r);
}

static char *text_of(const struct run *run, const char *format, size_t doc)
{
	const struct export_format *f = export_find(format);
	assert_non_null(f);
	cleanup(report_freep) struct report *r = report_new(run);
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	assert_non_null(to);
	f->write(r, doc, to);
	assert_int_equal(fclose(to), 0);
	assert_int_equal(strlen(text), len);
	return text;
}

static char *left_out(const struct run *run, const char *format)
{
	cleanup(report_freep) struct report *r = report_new(run);
	struct strv v = { 0 };
	struct str b = { 0 };
	export_left_out(r, export_find(format), &v);
	for (size_t i = 0; i < v.n; i++)
		str_addf(&b, "%s\n", v.v[i]);
	strv_free(&v);
	return b.s ? b.s : xstrdup("");
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no %s in:\n%.3000s", part, text);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("%s in:\n%.3000s", part, text);
}

static struct launch *launch_of(struct run *run, const char *arm, const char *workload, unsigned number)
{
	for (size_t i = 0; i < run->n_launches; i++) {
		struct launch *l = &run->launches[i];
		if (strcmp(l->arm, arm) == 0 && strcmp(l->workload, workload) == 0 && l->number == number)
			return l;
	}
	fail_msg("no launch %u of %s in %s", number, workload, arm);
	return NULL;
}

static void names_are_escaped_as_each_format_wants(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = run_made(arms, 2, 8, 1);
	static const struct {
		const char *format, *want;
	} cases[] = {
		{ "csv", ",\"a_b, \"\"c\"\" \\d/e=%f\ng\xc3\xa9-8\",TCG (software emulation)," },
		{ "json", "\"label\": \"a_b, \\\"c\\\" \\\\d/e=%f\\ng\xc3\xa9-8\"" },
		{ "benchstat", "BenchmarkSyscall/arm=a%5Fb,_%22c%22_\\d%2Fe%3D%25f%0Ag%C3%A9-8-1 50 " },
		{ "gbench", "\"run_name\": \"syscall/time/a_b, \\\"c\\\" \\\\d/e=%f\\ng\xc3\xa9-8\"" },
		{ "hyperfine", "\"command\": \"syscall [a_b, \\\"c\\\" \\\\d/e=%f\\ng\xc3\xa9-8]\"" },
		{ "gha", "\"name\": \"syscall [a_b, \\\"c\\\" \\\\d/e=%f\\ng\xc3\xa9-8]\"" },
		{ "openmetrics", ",arm=\"a_b, \\\"c\\\" \\\\d/e=%f\\ng\xc3\xa9-8\",better=\"lower\"," },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cleanup_free char *text = text_of(run, cases[i].format, 0);
		has(text, cases[i].want);
	}
}

/* "a b" and "a_b", "Load" and "load" must not become one benchmark. */
static void names_stay_apart_in_go_text(void **state)
{
	(void)state;
	struct made_arm two[2] = { arms[0], arms[1] };
	two[0].label = "a b";
	two[1].label = "a_b";
	cleanup(run_freep) struct run *run = run_made(two, 2, 8, 1);
	cleanup_free char *text = text_of(run, "benchstat", 0);
	has(text, "BenchmarkStartup/arm=a_b-1 ");
	has(text, "BenchmarkStartup/arm=a%5Fb-1 ");
	free(run->workloads[0].name);
	run->workloads[0].name = xstrdup("Load");
	for (size_t i = 0; i < run->n_launches; i++)
		if (strcmp(run->launches[i].workload, "startup") == 0) {
			free(run->launches[i].workload);
			run->launches[i].workload = xstrdup("Load");
		}
	cleanup_free char *capital = text_of(run, "benchstat", 0);
	has(capital, "Benchmark%4Coad/arm=a_b-1 ");
}

static void what_is_not_known_is_never_nan(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = run_made(arms, 2, 3, 1);   /* too few launches for intervals */
	struct series *s = &launch_of(run, "vm", "syscall", 0)->result.series[0];
	s->v[s->n_warm] = NAN;
	s->v[s->n_warm + 1] = INFINITY;
	for (size_t i = 0; export_formats[i]; i++)
		for (size_t doc = 0; doc < (export_formats[i]->doc[1] ? 2 : 1); doc++) {
			cleanup_free char *text = text_of(run, export_formats[i]->name, doc);
			has_not(text, "nan");
			has_not(text, "NaN");
			has_not(text, "inf\n");
			has_not(text, ": inf");
			has_not(text, "Inf");
		}
	cleanup_free char *csv = text_of(run, "csv", 0), *json = text_of(run, "json", 0), *gha = text_of(run, "gha", 0);
	has(csv, ",0,,1\r\n");
	has(csv, ",1,,1\r\n");
	has(json, "\"samples\": [\n      null,\n      null,");
	has(json, "\"median_ci95\": null");
	has_not(gha, "\"range\"");
}

static void failed_and_marked_launches_are_told(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = run_made(arms, 2, 8, 1);
	struct launch *l = launch_of(run, "vm", "syscall", 3);
	l->ok = false;
	l->error = xstrdup("gone");
	launch_of(run, "vm", "syscall", 4)->marks = MARK_STEAL | MARK_CLOCK;
	cleanup_free char *csv = text_of(run, "csv", 0), *go = text_of(run, "benchstat", 0), *json = text_of(run, "json", 0);
	has(csv, ",syscall,time,s,lower,1,4,4,2026-11-23T09:30:00Z,clock steal,0,");
	has_not(csv, ",syscall,time,s,lower,1,3,");
	has(go, "# 1 launches failed of ");
	has(go, "# the next line's launch, 4, is marked: clock steal\nBenchmarkSyscall/arm=");
	has(json, "\"error\": \"gone\"");
	cleanup_free char *plain = left_out(run, "hyperfine"), *all = left_out(run, "json");
	has(plain, "1 of 32 launches of");
	has(plain, "mem-bandwidth (B/s), file-fsync rate (1/s)");
	has(plain, "1 of 31 launches of");
	has(plain, "are marked 'steal'");
	assert_string_equal(all, "");
}

static void a_run_without_a_figure_is_a_document_still(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = run_made(arms, 2, 1, 1);
	for (size_t i = 0; i < run->n_launches; i++)
		run->launches[i].ok = false;
	cleanup_free char *csv = text_of(run, "csv", 0), *om = text_of(run, "openmetrics", 0), *gha = text_of(run, "gha", 1);
	assert_string_equal(strchr(csv, '\n'), "\n");
	has(om, "status=\"failed\"} 1\n");
	assert_string_equal(om + strlen(om) - 6, "# EOF\n");
	assert_string_equal(gha, "[]\n");
	cleanup_free char *said = left_out(run, "csv");
	has(said, "no launch succeeded");
}

static void numbers_read_back_as_they_were(void **state)
{
	(void)state;
	const double values[] = { 0, 0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, 123456789012345678.0, -2.5e-9 };
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		char text[64] = "";
		FILE *to = fmemopen(text, sizeof(text), "w");
		export_number(to, values[i]);
		fclose(to);
		assert_true(strtod(text, NULL) == values[i]);
	}
}

static void bins_stand_for_many_samples(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = run_made(arms, 2, 6, 1);
	struct series *s = &launch_of(run, "vm", "syscall", 2)->result.series[0];
	s->n = s->n_warm;
	s->histogram = xcalloc(1, sizeof(*s->histogram));
	histogram_clear(s->histogram);
	histogram_add(s->histogram, 0.25, 12000);
	histogram_add(s->histogram, 0.75, 1);
	cleanup_free char *csv = text_of(run, "csv", 0), *json = text_of(run, "json", 0), *go = text_of(run, "benchstat", 0);
	has(csv, ",0,0.2509765625,12000\r\n");
	has(csv, ",1,0.75,1\r\n");            /* beyond the largest value there is none */
	has(json, "\"count\": 12001,");
	has(json, "\"value\": 0.2509765625,");
	has(go, " 12001 0.2509765625 time-sec\n");
}

/* Go's text says a unit's direction once for the whole file, and OpenMetrics has names for these units alone. */
static void the_registry_fits_the_formats(void **state)
{
	(void)state;
	for (size_t a = 0; registry[a]; a++)
		for (const struct metric *m = registry[a]->metrics; m < registry[a]->metrics + METRICS_MAX && m->name; m++) {
			struct report_metric of = { .unit = m->unit };
			if (!export_find("openmetrics")->takes(&of, 0))
				fail_msg("openmetrics has no name for the unit %s of %s", m->unit, registry[a]->name);
			for (size_t b = 0; b < a; b++) {
				const struct metric *other = workload_metric(registry[b], m->name);
				if (other && strcmp(other->unit, m->unit) == 0 && other->better != m->better)
					fail_msg("%s of %s and of %s are better in different directions", m->name, registry[a]->name,
					         registry[b]->name);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_escaped_as_each_format_wants),
		cmocka_unit_test(names_stay_apart_in_go_text),
		cmocka_unit_test(what_is_not_known_is_never_nan),
		cmocka_unit_test(failed_and_marked_launches_are_told),
		cmocka_unit_test(a_run_without_a_figure_is_a_document_still),
		cmocka_unit_test(numbers_read_back_as_they_were),
		cmocka_unit_test(bins_stand_for_many_samples),
		cmocka_unit_test(the_registry_fits_the_formats),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

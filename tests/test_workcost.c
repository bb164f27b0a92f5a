/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_workcost.c - the host's CPU time by what is moved, of a made-up run whose figures are known: tables, terminal, JSON. */
#include "base/cleanup.h"
#include "report/export.h"
#include "report/md.h"
#include "report/report.h"
#include "report/workcost.h"
#include "run_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct made_arm three[3] = {
	{ "host", "host", "host", NULL, 0.0006, 1, "fork exec main exit reaped" },
	{ "container", "container", "container", NULL, 0.0018, 1.25, "clone exec main exit reaped" },
	{ "vm", "vm", "vm (TCG)", "TCG (software emulation)", 2.1, 20, "libvirt qemu kernel init main poweroff destroyed" },
};

static void report_freep(struct report **r)
{
	report_free(*r);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is missing in:\n%s", part, text);
}

static double cost_of(const char *arm)
{
	for (size_t i = 0; i < 3; i++)
		if (strcmp(three[i].name, arm) == 0)
			return three[i].cost;
	return NAN;
}

/* Its file-fsync becomes net-stream: 2 GB for half a CPU second a GB, times the arm's cost. */
static struct run *made(void)
{
	struct run *run = run_made(three, 3, 7, 7);
	run->workloads[3].workload = registry_find("net-stream");
	for (size_t i = 0; i < run->n_launches; i++) {
		struct launch *l = &run->launches[i];
		l->work_cpu_s = NAN;
		if (strcmp(l->workload, "file-fsync") != 0)
			continue;
		strcpy(l->result.workload, "net-stream");
		l->result.worked = 2e9;
		l->work_cpu_s = 1.0 * cost_of(l->arm) * (1 + 0.001 * (l->number - 3.0));
	}
	return run;
}

static void test_by_the_gigabyte(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = made();
	cleanup(report_freep) struct report *r = report_new(run);
	cleanup(work_cost_free) struct work_cost w = { 0 };
	assert_true(work_cost_make(r, 3, &w));
	assert_string_equal(w.per, "GB");
	assert_int_equal(w.n_arms, 3);
	for (size_t a = 0; a < 3; a++) {
		assert_int_equal(w.cells[a].n, 7);
		assert_true(fabs(w.cells[a].s.median - 0.5 * three[a].cost) < 1e-9);
		assert_true(w.cells[a].median_ci.ok);
		assert_null(w.unknown[a]);
	}
	assert_true(isnan(w.cells[0].ratio) && fabs(w.cells[2].ratio - 20) < 1e-9);
	assert_int_equal(w.cells[1].pairs, 7);          /* block by block, as metrics are */
	assert_true(w.cells[1].ratio_ci.ok && w.cells[1].ratio_ci.lo > 1.2 && w.cells[1].ratio_ci.hi < 1.3);
	/* The others say nothing of what they move. */
	for (size_t i = 0; i < 3; i++) {
		struct work_cost none = { 0 };
		assert_false(work_cost_make(r, i, &none));
		assert_null(none.cells);
	}
}

static void test_told(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = made();
	for (size_t i = 0; i < run->n_launches; i++)
		if (strcmp(run->launches[i].arm, "container") == 0 && run->launches[i].result.worked > 0) {
			run->launches[i].work_cpu_s = NAN;
			run->launches[i].work_unknown = xstrdup("nobody | counts it");
		}
	cleanup(report_freep) struct report *r = report_new(run);
	cleanup(str_free) struct str md = { 0 };
	md_workcost(r, 3, &md);
	assert_has(md.s, "**host CPU per GB**");
	assert_has(md.s, "| host | 7 | 500 ms [");
	assert_has(md.s, "| vm (TCG) | 7 | 10.0 s [");
	assert_has(md.s, "| 20.0 × [");
	assert_has(md.s, "Not known of container: nobody \\| counts it.");
	assert_null(strstr(md.s, "| container |"));
	cleanup_free char *shown = show_text(run, 100, false, false);
	assert_has(shown, "file-fsync: host CPU per GB  lower is better\n  host");
	assert_has(shown, "  container: not known: nobody | counts it\n");
	/* All of the text holds it, in the workload's section. */
	struct figures none = { 0 };
	cleanup_free char *text = md_text(r, &(struct md_figures){ .made = &none });
	assert_true(strstr(text, "**host CPU per GB**") > strstr(text, "### file-fsync"));
	/* For other tools: of the arms where it is known. */
	cleanup_free char *buf = NULL;
	size_t len;
	FILE *f = open_memstream(&buf, &len);
	export_find("json")->write(r, 0, f);
	fclose(f);
	json_t *o = json_loads(buf, 0, NULL);
	const json_t *cpu = json_object_get(o, "host_cpu");
	assert_int_equal(json_array_size(cpu), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(cpu, 1), "arm")), "vm");
	assert_string_equal(json_string_value(json_object_get(json_array_get(cpu, 1), "per")), "GB");
	assert_true(fabs(json_number_value(json_object_get(json_array_get(cpu, 1), "median_s")) - 10) < 1e-9);
	json_decref(o);
}

/* Whatever a workload says that it moves has a scale. */
static void test_every_unit_has_a_scale(void **state)
{
	(void)state;
	size_t met = 0;
	for (size_t i = 0; registry[i]; i++) {
		if (!registry[i]->moves)
			continue;
		cleanup(run_freep) struct run *run = made();
		run->workloads[3].workload = registry[i];
		cleanup(report_freep) struct report *r = report_new(run);
		cleanup(work_cost_free) struct work_cost w = { 0 };
		assert_true(work_cost_make(r, 3, &w));
		assert_string_equal(w.unit, registry[i]->moves);
		met++;
	}
	assert_true(met >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_the_gigabyte), cmocka_unit_test(test_told), cmocka_unit_test(test_every_unit_has_a_scale),
	};
	return cmocka_run_group_tests_name("workcost", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_report.c - the report of made-up runs: right figures, and what is said of them. */
#include "report_made.h"

#include "report/fmt.h"
#include "report/md.h"

static void test_numbers(void **state)
{
	(void)state;
	static const struct {
		double v;
		const char *unit, *text;
	} cases[] = {
		{ 0.00123, "s", "1.23 ms" },     { 9.996e-4, "s", "1.00 ms" },  { 120e-9, "s", "120 ns" },
		{ 12, "s", "12.0 s" },           { 3600, "s", "3600 s" },       { 12.34e9, "B/s", "12.3 GB/s" },
		{ 999.9e6, "FLOP/s", "1.00 GFLOP/s" }, { 5000, "1/s", "5.00 k/s" }, { 0.25, "1/s", "0.250 /s" },
		{ 0, "s", "0 s" },               { NAN, "s", FMT_NONE },        { 3e-12, "s", "0.00300 ns" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cleanup_free char *text = fmt_value(cases[i].v, cases[i].unit);
		assert_string_equal(text, cases[i].text);
	}
	cleanup_free char *ratio = fmt_ratio(1.0199, (struct stats_interval){ true, 0.9996, 12.34 });
	assert_string_equal(ratio, "1.02 × [1.00, 12.3]");
	cleanup_free char *alone = fmt_ratio(2, (struct stats_interval){ false, NAN, NAN });
	assert_string_equal(alone, "2.00 ×");
	cleanup_free char *bytes = fmt_bytes(64 << 20);
	assert_string_equal(bytes, "64 MiB");
}

/* The made runs have known costs: 1.1 and 20 times the host's, whichever way the metric is better. */
static void test_ratios(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 12, 7);
	cleanup_report struct report *r = report_new(run);
	static const char *const labels[] = { "syscall", "mem-bandwidth", "file-fsync latency", "file-fsync rate" };
	for (size_t i = 0; i < 4; i++) {
		const struct report_metric *m = metric(r, labels[i]);
		for (size_t a = 1; a < 3; a++) {
			const struct report_cell *c = &m->cells[a];
			assert_true(fabs(c->ratio / three[a].cost - 1) < 0.03);
			assert_true(c->ratio_ci.ok && c->ratio_ci.lo <= c->ratio && c->ratio <= c->ratio_ci.hi);
			assert_int_equal(c->verdict, VERDICT_SLOWER);
			assert_int_equal(c->n, 12);
		}
		assert_true(isnan(m->cells[0].ratio));
	}
	assert_true(fabs(metric(r, "startup")->cells[1].ratio - 3) < 0.1);
	assert_int_equal(metric(r, "syscall")->cells[0].samples, 12 * 50);      /* warm-up is left out */
	assert_true(fabs(metric(r, "syscall")->cells[0].s.median / 120e-9 - 1) < 0.02);
}

/* Which way requests took is said, and that it differs. */
static void test_engines(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 2, 7);
	cleanup_free char *none = written(run);
	assert_has_not(none, "Engine: ");
	for (size_t i = 0; i < run->n_launches; i++)
		if (strcmp(run->launches[i].workload, "file-fsync") == 0)
			kvs_set(&run->launches[i].result.seen, "engine", "io-uring", 0);
	cleanup_free char *same = written(run);
	assert_has(same, " io-uring, ");
	assert_has_not(same, "not the same in all arms");
	for (size_t i = 0; i < run->n_launches; i++)
		if (strcmp(run->launches[i].workload, "file-fsync") == 0 && strcmp(run->launches[i].arm, "container") == 0)
			kvs_set(&run->launches[i].result.seen, "engine", "aio", 0);
	cleanup_free char *other = written(run);
	assert_has(other, "Engine: host io-uring, container aio, ");
	assert_has(other, "io-uring; **not the same in all arms**, which is part of the difference.");
}

static void test_percentiles_only_where_carried(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 6, 7);
	cleanup_report struct report *r = report_new(run);
	const struct report_cell *c = &metric(r, "file-fsync latency")->cells[0];
	assert_true(isfinite(c->percentile[0]) && isfinite(c->percentile[1]));  /* 101 samples a launch carry a p90 … */
	assert_true(isnan(c->percentile[2]));                                   /* … and no p99 */
	assert_true(fabs(c->percentile[1] / c->s.median - 1.4) < 0.01);         /* evenly spread over 0.5 … 1.5 */
	assert_false(metric(r, "syscall")->latency);
}

static void test_phases(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 6, 7);
	cleanup_report struct report *r = report_new(run);
	size_t clone = REPORT_NONE, exec = REPORT_NONE, main_ = REPORT_NONE;
	for (size_t p = 0; p < r->n_phases; p++) {
		clone = strcmp(r->phases[p], "clone") == 0 ? p : clone;
		exec = strcmp(r->phases[p], "exec") == 0 ? p : exec;
		main_ = strcmp(r->phases[p], "main") == 0 ? p : main_;
	}
	assert_true(clone < exec && exec < main_);
	assert_true(isnan(r->arms[0].phase_s[clone]));
	assert_true(fabs(r->arms[1].phase_s[clone] / (0.0018 / 36) - 1) < 0.03);
	assert_true(fabs(r->arms[2].ready_s / 2.1 - 1) < 0.03);
	assert_true(fabs(r->arms[2].total_s / 2.52 - 1) < 0.03);
	assert_int_equal(r->arms[2].n_order, 7);
	assert_string_equal(r->phases[r->arms[2].order[0]], "libvirt");
	assert_string_equal(r->phases[r->arms[2].order[6]], "destroyed");
}

static void test_report_text(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 12, 7);
	cleanup_free char *text = written(run);
	assert_has(text, "vm (TCG) ran under software emulation (QEMU's TCG), not under KVM");
	assert_has(text, "Example CPU @ 3.00GHz, 23.5 GiB of memory, Linux 6.12.0-host.");
	assert_has(text, "It is itself a guest");
	assert_has(text, "| vm (TCG) | 12 | 2.1");
	assert_has(text, "| load | 1.20 |");
	assert_has(text, "![Cost against host");
	/* the sentences for those who decide carry the table's own figures */
	cleanup_report struct report *r = report_new(run);
	const struct report_cell *start = &metric(r, "startup")->cells[1];
	cleanup_free char *value = fmt_interval(start->s.median, start->median_ci, "s"), *ratio = fmt_ratio(start->ratio, start->ratio_ci);
	cleanup_free char *line = xasprintf("- **container** starts in %s, **%s** the host's time (slower). Of 4 other figures: 4 are worse than the "
	                                    "host's beyond the margin (most: ", value, ratio);
	assert_has(text, line);
	assert_has(text, "*Software emulation: nothing of this holds for a guest under KVM.*");
	assert_has(text, "](plots/startup-phases.svg)");
	assert_has(text, "](plots/startup-ecdf.svg)");
	/* how to do it again: from which state, by which command, and beside what it can be laid */
	assert_has(text, "# the commit was not recorded: version 0.1.0 it was\n");
	assert_has(text, "build/isocost run -s standard -w startup,syscall,mem-bandwidth,file-fsync");
	assert_has(text, " --accel tcg --seed 7\n```");
	assert_has(text, "build/isocost compare results/20261123T093000Z-example-standard NEW-RUN");
	assert_has(text, "| workload program (SHA-256) | 9f86d081884c… | refuses, but for `--force` |");
	assert_has(text, "| CPU | Example CPU @ 3.00GHz | compares, and names it |");
	assert_has_not(text, "nan");
	assert_has_not(text, "inf ");
}

/* What -a, -w, -n and --aa made of the suite, a daemon, and a state that was committed or was not: all of it is in the command. */
static void test_reproduce(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 6, 7);
	free(run->suite_text);
	run->suite_text = xstrdup("[suite]\nname = standard\narms = host, container, vm\nworkloads = startup, syscall, mem-bandwidth, file-fsync\nlaunches = 6\n");
	kvs_set(&run->arms[2].facts, "libvirt.uri", "qemu:///session?a b", 0);
	kvs_set(&run->arms[2].facts, "guest.kernel", "6.1.0-guest", 0);
	run->tool_commit = xstrdup("0123456789abcdef0123456789abcdef01234567");
	cleanup_free char *whole = written(run);
	assert_has(whole, "git checkout 0123456789abcdef0123456789abcdef01234567\n");
	assert_has(whole, "build/isocost run -s standard --accel tcg -c 'qemu:///session?a b' --seed 7\n");
	assert_has(whole, "The guest's kernel: 6.1.0-guest; ");
	assert_has(whole, "as an ordinary user");
	free(run->suite_text);
	run->suite_text = xstrdup("[suite]\nname = standard\narms = host, container, vm, command\nworkloads = startup, syscall, mem-bandwidth, file-fsync\n"
	                          "launches = 9\naa = host\n[arm command]\nrun = env {cmd}\n");
	free(run->tool_commit);
	run->tool_commit = xstrdup("0123456789abcdef0123456789abcdef01234567-dirty");
	for (size_t i = 0; i < run->n_launches; i++)
		kvs_set(&run->launches[i].result.seen, "uid", "0", 0);
	cleanup_free char *narrow = written(run);
	assert_has(narrow, "build/isocost run -s standard -a host,container,vm -n 6 --no-aa --accel tcg");
	assert_has(narrow, "01234567      # and changes to it that were not committed\n");
	assert_has(narrow, "as root");
}

/* The rows of the table of phases are in an order of time that fits every arm, whichever was launched first. */
static void test_phase_order(void **state)
{
	(void)state;
	static const struct made_arm arms[3] = {
		{ "host", "host", "host", NULL, 0.0006, 1.0, "clone exec main exit reaped" },
		{ "vm", "vm", "vm (TCG)", "TCG (software emulation)", 2.1, 20, "prepare libvirt qemu main poweroff exit" },
		{ "container", "container", "container", NULL, 0.0018, 1.1, "limits prepare clone network exec main exit reaped" },
	};
	cleanup_run struct run *run = run_made(arms, 3, 3, 7);
	cleanup_report struct report *r = report_new(run);
	for (size_t i = 0; i < run->n_launches; i++) {
		const struct launch *l = &run->launches[i];
		for (size_t k = 0, last = 0, p; k < l->phases.n; k++, last = p) {
			for (p = 0; strcmp(r->phases[p], l->phases.v[k].name) != 0; p++)
				;
			if (k && p <= last)
				fail_msg("%s: %s stands before %s", l->arm, r->phases[p], r->phases[last]);
		}
	}
	assert_int_equal(r->n_phases, 11);
	assert_string_equal(r->phases[0], "limits");
	assert_string_equal(r->phases[10], "reaped");
}

static void test_deterministic(void **state)
{
	(void)state;
	cleanup_run struct run *a = run_made(three, 3, 8, 3), *b = run_made(three, 3, 8, 3);
	cleanup_free char *first = written(a), *second = written(b);
	assert_string_equal(first, second);
	cleanup_free char *show_a = show_text(a, 100, false, true), *show_b = show_text(b, 100, false, true);
	assert_string_equal(show_a, show_b);
}

/* A cell's figures don't depend on which other arms are in the run. */
static void test_cells_stand_alone(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 8, 3);
	cleanup_report struct report *all = report_new(run);
	struct stats_interval before = metric(all, "syscall")->cells[1].ratio_ci;
	for (size_t i = 0; i < run->n_launches; i++)
		if (strcmp(run->launches[i].arm, "vm") == 0)
			run->launches[i].ok = false;
	cleanup_report struct report *fewer = report_new(run);
	struct stats_interval after = metric(fewer, "syscall")->cells[1].ratio_ci;
	assert_true(before.lo == after.lo && before.hi == after.hi);
	assert_int_equal(fewer->n_failed, 32);
}

/* Lines of the table and of the phases keep to the terminal's width; nothing but a bar follows a verdict. */
static void test_show_width(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 8, 7);
	for (int width = 60; width <= 120; width += 20) {
		cleanup_free char *show = show_text(run, width, false, true), *coloured = show_text(run, width, true, true);
		assert_has(show, "slower");
		assert_has_not(coloured, " \033[0m\n");
		for (char *save = NULL, *line = strtok_r(show, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			int columns = 0;
			for (const char *s = line; *s; s++)
				columns += (*s & 0xc0) != 0x80;
			if (*line == ' ' && columns > width)
				fail_msg("%d columns at a width of %d: %s", columns, width, line);
		}
	}
}

/* Letting the samples go as they are read changes nothing in the report. */
static void test_summed_launches_give_the_same(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 7, 7);
	cleanup_free char *before = written(run), *shown = show_text(run, 100, false, true);
	for (size_t i = 0; i < run->n_launches; i++) {
		report_sum_launch(&run->launches[i]);
		for (size_t k = 0; k < run->launches[i].result.n_series; k++)
			assert_null(run->launches[i].result.series[k].v);
	}
	cleanup_free char *after = written(run), *shown_after = show_text(run, 100, false, true);
	assert_string_equal(before, after);
	assert_string_equal(shown, shown_after);
}

/* A p99.9 takes 10,000 samples of every launch; the largest is exact. */
static void test_tails_from_histograms(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 7, 7);
	struct rng *rng = rng_new(1);
	for (size_t i = 0; i < run->n_launches; i++) {
		struct launch *l = &run->launches[i];
		struct series *s = strcmp(l->workload, "file-fsync") == 0 ? &l->result.series[0] : NULL;
		if (!s || strcmp(l->arm, "container") == 0)
			continue;
		s->n = s->n_warm;
		s->histogram = xcalloc(1, sizeof(*s->histogram));
		histogram_clear(s->histogram);
		for (int k = 0; k < (strcmp(l->arm, "vm") == 0 ? 20000 : 9999); k++)
			histogram_add(s->histogram, 1e-4 * (1 + rng_uniform(rng)), 1);
		histogram_add(s->histogram, l->number == 3 ? 0.25 : 2e-4, strcmp(l->arm, "vm") == 0);
	}
	rng_free(rng);
	cleanup_report struct report *r = report_new(run);
	const struct report_cell *vm = &metric(r, "file-fsync latency")->cells[2], *host = &metric(r, "file-fsync latency")->cells[0];
	assert_int_equal(vm->histograms, 7);
	assert_int_equal(vm->samples, 7 * 20001);
	assert_true(fabs(vm->s.median / 1.5e-4 - 1) < 0.02 && fabs(vm->percentile[3] / 1.999e-4 - 1) < 0.005);
	assert_true(vm->max == 0.25);
	assert_true(isfinite(host->percentile[2]) && isnan(host->percentile[3]));
	cleanup_free char *text = written(run);
	assert_has(text, "| p50 | p90 | p99 | p99.9 | largest |");
	assert_has(text, "| 250 ms |");
	assert_has(text, "Of 14 launches, with more samples than are kept,");
}

/* A study's own columns stand beside those of its suite, and nowhere else. */
static void test_published_study(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 6, 7);
	run->workloads[2].workload = registry_find("cpu-float");        /* its metric has the made one's name */
	cleanup_report struct report *r = report_new(run);
	struct str b = { 0 };
	md_felter(r, &b);
	assert_null(b.s);
	free(run->suite);
	run->suite = xstrdup("felter");
	md_felter(r, &b);
	assert_non_null(strstr(b.s, "| Linpack: mem-bandwidth | 290.8 GFLOPS | 290.9 | 241.3 untuned, 284.2 tuned | "));
	assert_null(strstr(b.s, "STREAM"));             /* the run has none */
	str_free(&b);
}

static void test_published_random_access(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 6, 7);
	run->workloads[2].workload = registry_find("mem-random");
	cleanup_report struct report *r = report_new(run);
	struct str b = { 0 };
	md_felter_beside(r, "memory", &b);
	assert_has(b.s, "| RandomAccess, one socket | mem-bandwidth | 0.0458 GUPS | 0.0457 | 0.0394 |\n");
	str_free(&b);
}

/* Percentiles of means of many operations would pass for those of one. */
static void test_means_have_no_percentiles(void **state)
{
	(void)state;
	cleanup_run struct run *run = run_made(three, 3, 6, 7);
	run->workloads[3].workload = registry_find("file-meta");
	for (size_t i = 0; i < run->n_launches; i++)
		for (size_t k = 0; k < run->launches[i].result.n_series; k++)
			if (strcmp(run->launches[i].workload, "file-fsync") == 0)
				snprintf(run->launches[i].result.series[k].metric, sizeof(run->launches[i].result.series[k].metric), "%s", k ? "stat" : "create");
	cleanup_report struct report *r = report_new(run);
	static const char *const steps[] = { "file-fsync create", "file-fsync stat" };
	for (size_t i = 0; i < 2; i++) {
		const struct report_metric *m = metric(r, steps[i]);
		assert_false(m->latency);
		assert_int_equal(m->cells[0].n, 6);
		assert_true(isnan(m->cells[0].percentile[0]) && isnan(m->cells[0].max));
		assert_non_null(strstr(m->what, "the mean over those of a pass"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_ratios),
		cmocka_unit_test(test_engines),
		cmocka_unit_test(test_percentiles_only_where_carried),
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_report_text),
		cmocka_unit_test(test_reproduce),
		cmocka_unit_test(test_phase_order),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_cells_stand_alone),
		cmocka_unit_test(test_show_width),
		cmocka_unit_test(test_summed_launches_give_the_same),
		cmocka_unit_test(test_tails_from_histograms),
		cmocka_unit_test(test_published_study),
		cmocka_unit_test(test_published_random_access),
		cmocka_unit_test(test_means_have_no_percentiles),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

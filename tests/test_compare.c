/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_compare.c - runs compared, made up so that the answer is known. */
#include "base/cleanup.h"
#include "report/compare.h"
#include "run_made.h"
#include "says.h"
#include "stats/rank.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PHASES "clone exec main exit reaped"
#define N 15
#define MARGIN 0.1                      /* the made noise is 1 % */

/* Host and container; costs of both in all but startup. */
static struct run *made(double host, double container, unsigned n, uint64_t seed)
{
	const struct made_arm arms[] = { { "host", "host", "host", NULL, 0.0005 * host, host, PHASES },
		                         { "container", "container", "container", NULL, 0.0015 * container, container, PHASES } };
	return run_made(arms, 2, n, seed);
}

struct two {
	struct run *run[2];
	struct report *report[2];
	struct compare *c;
};

static struct two compared(struct run *a, struct run *b, double margin)
{
	struct two t = { .run = { a, b }, .report = { report_new(a), report_new(b) } };
	t.c = compare_new(t.report[0], t.report[1], margin);
	return t;
}

static void two_free(struct two *t)
{
	compare_free(t->c);
	for (int k = 0; k < 2; k++) {
		report_free(t->report[k]);
		run_free(t->run[k]);
	}
}
#define cleanup_two cleanup(two_free)

static const struct compare_cell *cell(const struct compare *c, const char *arm, const char *label)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->cells[i].arm, arm) == 0 && strcmp(c->cells[i].m->label, label) == 0)
			return &c->cells[i];
	fail_msg("there is no cell %s %s", arm, label);
	return NULL;
}

/* The container's costs grow by a fifth, be it a time or a rate; the host's stay. */
static void test_costs(void **state)
{
	(void)state;
	cleanup_two struct two t = compared(made(1, 2, N, 1), made(1, 2.4, N, 2), MARGIN);
	static const char *const labels[] = { "startup", "syscall", "mem-bandwidth", "file-fsync latency", "file-fsync rate" };
	assert_int_equal(t.c->n, 10);
	for (size_t i = 0; i < 5; i++) {
		const struct compare_cell *container = cell(t.c, "container", labels[i]), *host = cell(t.c, "host", labels[i]);
		assert_true(fabs(container->cost.ratio / 1.2 - 1) < 0.03);
		assert_true(container->cost.ci.lo <= container->cost.ratio && container->cost.ratio <= container->cost.ci.hi);
		assert_int_equal(container->cost.verdict, VERDICT_SLOWER);
		assert_true(container->cost.adjusted < 0.001);
		assert_int_equal(host->cost.verdict, VERDICT_WITHIN_MARGIN);
		assert_true(host->host && !container->host);
		assert_int_equal(container->overhead.verdict, VERDICT_SLOWER);
		assert_true(isnan(host->overhead.ratio));
	}
	assert_int_equal(t.c->n_overheads, 5);
	for (size_t i = 0; i < 5; i++)          /* what costs more comes first */
		assert_string_equal(t.c->cells[i].arm, "container");
	cleanup_two struct two back = compared(made(1, 2.4, N, 2), made(1, 2, N, 1), MARGIN);
	for (size_t i = 0; i < 5; i++) {
		const struct compare_cell *c = cell(back.c, "container", labels[i]);
		assert_int_equal(c->cost.verdict, VERDICT_FASTER);
		assert_true(fabs(c->cost.ratio * cell(t.c, "container", labels[i])->cost.ratio - 1) < 1e-9);
	}
}

/* A host that is half as fast doubles the costs of all, and no overhead. */
static void test_overheads_are_normalised(void **state)
{
	(void)state;
	cleanup_two struct two t = compared(made(1, 3, N, 1), made(2, 6, N, 2), MARGIN);
	const struct compare_cell *c = cell(t.c, "container", "mem-bandwidth");
	assert_int_equal(c->cost.verdict, VERDICT_SLOWER);
	assert_true(fabs(c->cost.ratio - 2) < 0.05);
	assert_int_equal(c->overhead.verdict, VERDICT_WITHIN_MARGIN);
	assert_true(fabs(c->overhead.ratio - 1) < 0.03);
	struct strv nothing = { 0 }, lines = { 0 };
	assert_int_equal(compare_gate(t.c, 0.5, false, &lines), GATE_FAILED);
	assert_int_equal(lines.n, 10);
	assert_int_equal(compare_gate(t.c, 0.5, true, &lines), GATE_PASSED);
	assert_int_equal(lines.n, 10);
	strv_free(&lines);
	cleanup_free char *text = compare_text(t.c, &nothing, &nothing, 120, false);
	assert_has(text, "The bare host itself differs in 5 of its 5 cells");
	assert_has(text, "at different moments");
	assert_has_not(text, "FORCED");
}

/* Holm over all cells: the same as over the list of their p. */
static void test_correction(void **state)
{
	(void)state;
	cleanup_two struct two t = compared(made(1, 2, 8, 1), made(1, 2.02, 8, 2), MARGIN);
	double p[10], adjusted[10];
	for (size_t i = 0; i < 10; i++)
		p[i] = t.c->cells[i].cost.p;
	stats_holm(p, 10, adjusted);
	for (size_t i = 0; i < 10; i++) {
		assert_true(t.c->cells[i].cost.adjusted == adjusted[i]);
		assert_true(adjusted[i] >= p[i]);
	}
}

static const struct made_arm six[] = {
	{ "host", "host", "host", NULL, 0.0005, 1, PHASES }, { "a", "container", "a", NULL, 0.001, 2, PHASES },
	{ "b", "container", "b", NULL, 0.001, 2, PHASES },   { "c", "container", "c", NULL, 0.001, 2, PHASES },
	{ "d", "container", "d", NULL, 0.001, 2, PHASES },   { "e", "container", "e", NULL, 0.001, 3, PHASES },
};

/* Thirty cells of six launches: the least p there can be, 2 / 924, does not bear the correction. */
static void test_intervals_alone_are_not_enough(void **state)
{
	(void)state;
	struct made_arm worse[6];
	memcpy(worse, six, sizeof(six));
	worse[5].cost = 6;
	cleanup_two struct two t = compared(run_made(six, 6, 6, 1), run_made(worse, 6, 6, 2), MARGIN);
	const struct compare_cell *c = cell(t.c, "e", "syscall");
	assert_int_equal(c->cost.alone, VERDICT_SLOWER);
	assert_true(fabs(c->cost.p - 2.0 / 924) < 1e-9);
	assert_int_equal(c->cost.verdict, VERDICT_NOT_DISTINGUISHABLE);
	struct strv nothing = { 0 }, lines = { 0 };
	assert_int_equal(compare_gate(t.c, 0.05, false, &lines), GATE_OPEN);
	strv_free(&lines);
	cleanup_free char *text = compare_text(t.c, &nothing, &nothing, 120, false);
	assert_has(text, "does not bear out");
	assert_has(text, "30 of 30 cells have too few launches");
}

/* Runs of equal things: hardly any is called different. */
static void test_equal_runs(void **state)
{
	(void)state;
	unsigned called = 0, all = 0;
	for (uint64_t k = 0; k < 10; k++) {
		cleanup_two struct two t = compared(made(1, 2, N, 2 * k + 1), made(1, 2, N, 2 * k + 2), 0.001);
		for (size_t i = 0; i < t.c->n; i++) {
			enum verdict v = t.c->cells[i].cost.verdict;
			called += v != VERDICT_NOT_DISTINGUISHABLE && v != VERDICT_WITHIN_MARGIN;
		}
		all += (unsigned)t.c->n;
	}
	print_message("of equal cells called different: %u of %u\n", called, all);
	assert_true(all == 100 && called <= 2);
}

static void test_few_launches(void **state)
{
	(void)state;
	cleanup_two struct two t = compared(made(1, 2, 5, 1), made(1, 4, 5, 2), MARGIN);
	struct strv lines = { 0 };
	for (size_t i = 0; i < t.c->n; i++)
		assert_int_equal(t.c->cells[i].cost.verdict, VERDICT_NONE);
	assert_int_equal(compare_gate(t.c, 0.05, false, &lines), GATE_OPEN);
	assert_int_equal(lines.n, t.c->n);
	strv_free(&lines);
}

static void test_gate_between(void **state)
{
	(void)state;
	cleanup_two struct two t = compared(made(1, 2, N, 1), made(1, 2.1, N, 2), 0.01);
	double ratio = cell(t.c, "container", "syscall")->cost.ratio;
	struct strv lines = { 0 };
	assert_int_equal(compare_gate(t.c, 0.5, false, &lines), GATE_PASSED);
	assert_int_equal(lines.n, 0);
	assert_int_equal(compare_gate(t.c, 0.02, false, &lines), GATE_FAILED);
	strv_free(&lines);
	assert_true(ratio > 1.03 && ratio < 1.07);
	/* a limit at the highest ratio: its interval lies on both sides */
	double highest = 0;
	for (size_t i = 0; i < t.c->n; i++)
		highest = fmax(highest, t.c->cells[i].cost.ratio);
	assert_int_equal(compare_gate(t.c, highest - 1, false, &lines), GATE_OPEN);
	assert_true(lines.n > 0);
	strv_free(&lines);
}

/* ---- what can't be compared */

static void assert_one(struct run *a, struct run *b, bool margins, const char *part, const char *in_a, const char *in_b)
{
	struct strv l = { 0 };
	comparable_check(a, b, "A", "B", margins, &l);
	if (l.n != 1)
		fail_msg("%zu sentences in place of one on '%s', the first: %s", l.n, part, l.n ? l.v[0] : "none");
	assert_has(l.v[0], part);
	assert_has(l.v[0], in_a);
	assert_has(l.v[0], in_b);
	strv_free(&l);
}

static void change(char **at, const char *to)
{
	free(*at);
	*at = xstrdup(to);
}

static void test_comparable(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *a = made(1, 2, 6, 1);
	cleanup(run_freep) struct run *b = made(1, 2, 6, 2);
	struct strv l = { 0 };
	comparable_check(a, b, "A", "B", true, &l);
	comparable_notes(a, b, "A", "B", &l);
	assert_int_equal(l.n, 0);
	assert_true(comparable_same_host(a, b));

	char *sha = xstrdup(b->isoload_sha256);
	change(&b->isoload_sha256, "0123456789abcdef");
	assert_one(a, b, true, "SHA-256", "9f86d081884c", "0123456789abcdef");
	change(&b->isoload_sha256, sha);
	free(sha);

	b->memory *= 2;
	assert_one(a, b, true, "envelope, memory", "256 MiB in A", "512 MiB in B");
	b->memory /= 2;
	b->cpus = 2;
	assert_one(a, b, true, "envelope, CPUs", "1 in A", "2 in B");
	b->cpus = 1;

	kvs_set(&a->workloads[1].params, "time", "300ms", 0);
	kvs_set(&b->workloads[1].params, "time", "100ms", 0);
	assert_one(a, b, true, "parameter of syscall, time", "300ms in A", "100ms in B");
	kvs_set(&b->workloads[1].params, "time", "300ms", 0);
	kvs_set(&b->workloads[1].params, "depth", "2", 0);
	assert_one(a, b, true, "parameter of syscall, depth", "none in A", "2 in B");
	kvs_set(&a->workloads[1].params, "depth", "2", 0);

	a->arms[1].accel = xstrdup("KVM with hardware virtualization");
	b->arms[1].accel = xstrdup("TCG (software emulation)");
	assert_one(a, b, true, "accelerator of the arm container", "KVM", "TCG");
	change(&b->arms[1].accel, "KVM with nested hardware virtualization");
	comparable_check(a, b, "A", "B", true, &l);
	assert_int_equal(l.n, 0);
	comparable_notes(a, b, "A", "B", &l);
	assert_int_equal(l.n, 1);
	assert_has(l.v[0], "nested");
	change(&a->arms[1].accel, b->arms[1].accel);

	change(&b->arms[1].driver, "command");
	assert_one(a, b, true, "driver of the arm container", "container in A", "command in B");
	change(&b->arms[1].driver, "container");

	b->margin = 0.05;
	assert_one(a, b, true, "margin", "2 % in A", "5 % in B");
	strv_free(&l);
	comparable_check(a, b, "A", "B", false, &l);
	assert_int_equal(l.n, 0);
	b->margin = a->margin;

	for (size_t i = 0; i < b->n_launches; i++)
		if (strcmp(b->launches[i].workload, "syscall") == 0)
			snprintf(b->launches[i].result.digest, sizeof(b->launches[i].result.digest), "other");
	assert_one(a, b, true, "digest", "syscall-digest in A", "other in B");
	strv_free(&l);
}

static void test_notes(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *a = made(1, 2, 6, 1);
	cleanup(run_freep) struct run *b = made(1, 2, 6, 2);
	struct strv l = { 0 };
	kvs_set(&a->arms[1].options, "seccomp", "on", 0);
	kvs_set(&b->arms[1].options, "seccomp", "off", 0);
	kvs_set(&b->host_before, "kernel.release", "6.13.0-host", 0);
	kvs_set(&b->host_before, "host.name", "other", 0);
	b->launches[0].ok = false;
	b->launches[1].marks = MARK_STEAL;
	assert_false(comparable_same_host(a, b));
	comparable_notes(a, b, "A", "B", &l);
	struct str all = { 0 };
	for (size_t i = 0; i < l.n; i++)
		str_addf(&all, "%s\n", l.v[i]);
	assert_has(all.s, "option of the arm container, seccomp: on in A, off in B");
	assert_has(all.s, "kernel.release: 6.12.0-host in A, 6.13.0-host in B");
	assert_has(all.s, "B: 1 of 48 launches failed");
	assert_has(all.s, "B: 1 of 48 launches are marked");
	str_free(&all);
	strv_free(&l);
}

/* ---- as text */

static void test_texts(void **state)
{
	(void)state;
	cleanup_two struct two t = compared(made(1, 2, N, 1), made(1, 2.4, N, 2), MARGIN);
	struct strv against = { 0 }, notes = { 0 };
	strv_add(&against, "envelope, CPUs: 1 in A, 2 in B");
	strv_add(&notes, "option x | y: <a> in A, b in B");
	cleanup_free char *text = compare_text(t.c, &against, &notes, 140, false), *md = compare_md(t.c, &against, &notes);
	assert_has(text, "FORCED");
	assert_has(text, "envelope, CPUs: 1 in A, 2 in B");
	assert_has(text, "10 cells, margin 10 %: 5 slower, 5 within margin");
	assert_has(text, "container syscall");
	assert_has(text, "█");
	assert_has(text, "< 0.001");
	assert_has(text, "GB/s");
	assert_has_not(text, "\033");
	assert_has(md, "**Forced");
	assert_has(md, "x \\| y: &lt;a&gt;");
	assert_has(md, "n = 15 |");
	assert_has(md, "| slower |");
	cleanup_free char *coloured = compare_text(t.c, &notes, &notes, 140, true);
	assert_has(coloured, "\033[31m");
	strv_free(&against);
	strv_free(&notes);
}

static void test_alone(void **state)
{
	(void)state;
	cleanup_two struct two t = compared(run_made(six, 6, 6, 1), made(1, 2, 6, 2), MARGIN);
	struct strv nothing = { 0 };
	assert_int_equal(t.c->n, 5);            /* the host's */
	assert_int_equal(t.c->n_overheads, 0);
	cleanup_free char *text = compare_text(t.c, &nothing, &nothing, 100, false);
	assert_has(text, "Only in A: a startup");
	assert_has(text, "and 13 more");
	assert_has(text, "Only in B: container startup, container syscall");
	assert_has(text, "There are no ratios of overheads");
}

/* All that a comparison takes of a launch's samples is their median. */
static void test_medians_are_enough(void **state)
{
	(void)state;
	struct run *less[] = { made(1, 2, N, 1), made(1, 2.1, N, 2) };
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < less[k]->n_launches; i++)
			report_sum_median(&less[k]->launches[i]);
	cleanup_two struct two all = compared(made(1, 2, N, 1), made(1, 2.1, N, 2), 0.01), medians = compared(less[0], less[1], 0.01);
	struct strv nothing = { 0 };
	cleanup_free char *text = compare_text(all.c, &nothing, &nothing, 140, false), *same = compare_text(medians.c, &nothing, &nothing, 140, false);
	cleanup_free char *md = compare_md(all.c, &nothing, &nothing), *same_md = compare_md(medians.c, &nothing, &nothing);
	assert_string_equal(text, same);
	assert_string_equal(md, same_md);
	for (size_t i = 0; i < all.report[0]->n_metrics; i++)
		for (size_t a = 0; a < 2; a++) {
			const struct report_cell *x = &all.report[0]->metrics[i].cells[a], *y = &medians.report[0]->metrics[i].cells[a];
			assert_true(x->samples == y->samples && x->s.median == y->s.median);
			assert_true(isnan(y->percentile[0]) && isnan(y->curve[SERIES_MEDIAN].value));
		}
}

/* ---- many */

static void test_many(void **state)
{
	(void)state;
	struct overheads o = { .room = 3 };
	struct run *runs[] = { made(1, 2, N, 1), made(3, 6, N, 2), made(1, 3, N, 3) };
	for (size_t i = 0; i < 3; i++) {
		struct report *r = report_new(runs[i]);
		overheads_add(&o, r);
		report_free(r);
		run_free(runs[i]);
	}
	overheads_finish(&o);
	assert_int_equal(o.n, 5);
	for (size_t i = 0; i < o.n; i++) {
		assert_string_equal(o.rows[i].arm, "container");
		bool startup = strcmp(o.rows[i].metric, "startup") == 0;
		assert_true(fabs(o.rows[i].v[1].ratio / o.rows[i].v[0].ratio - 1) < 0.03);
		assert_true(fabs(o.rows[i].v[2].ratio / (startup ? 9 : 3) - 1) < 0.03);
		assert_int_equal(o.rows[i].high, 2);
		assert_int_not_equal(o.rows[i].low, 2);
	}
	struct strv nothing = { 0 }, against = { 0 };
	strv_add(&against, "something else");
	cleanup_free char *text = overheads_text(&o, &nothing, 140, false), *md = overheads_md(&o, &against);
	assert_has(text, "below run 3");
	assert_has(text, "Runs disagree in 5 of 5 cells");
	assert_has(text, "[");
	assert_has(md, "| cell | run 1 | run 2 | run 3 |");
	assert_has(md, "**Forced");
	cleanup_free char *narrow = overheads_text(&o, &nothing, 60, false);
	assert_has_not(narrow, "[");
	assert_has(narrow, "-o FILE has them");
	strv_free(&against);
	overheads_free(&o);
}

static void test_many_agree(void **state)
{
	(void)state;
	struct overheads o = { .room = 3 };
	for (uint64_t i = 0; i < 3; i++) {
		struct run *run = i < 2 ? made(1, 2, i ? 5 : N, i + 1) : run_made(six + 1, 1, N, 9);
		struct report *r = report_new(run);
		overheads_add(&o, r);
		report_free(r);
		run_free(run);
	}
	overheads_finish(&o);
	struct strv nothing = { 0 };
	for (size_t i = 0; i < o.n; i++)        /* only one run has intervals, and the last no host */
		assert_true(o.rows[i].low == o.rows[i].high && isnan(o.rows[i].v[2].ratio));
	cleanup_free char *text = overheads_text(&o, &nothing, 140, false);
	assert_has(text, "run 3 has no bare host");
	assert_has(text, "disagree in 0 of 5");
	overheads_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_costs),
		cmocka_unit_test(test_overheads_are_normalised),
		cmocka_unit_test(test_correction),
		cmocka_unit_test(test_intervals_alone_are_not_enough),
		cmocka_unit_test(test_equal_runs),
		cmocka_unit_test(test_few_launches),
		cmocka_unit_test(test_gate_between),
		cmocka_unit_test(test_comparable),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_medians_are_enough),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_many_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

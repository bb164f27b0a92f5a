/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_pairs.c - which launches of a run are compared block by block, on made-up runs. */
#include "base/cleanup.h"
#include "report/aa.h"
#include "report/compare.h"
#include "report/pairs.h"
#include "report/scatter.h"
#include "run_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define assert_near(a, b, eps) assert_true(fabs((a) - (b)) <= (eps))
#define N 20

static const struct made_arm arms[2] = {
	{ "host", "host", "host", NULL, 0.0006, 1.0, "fork exec main exit reaped" },
	{ "container", "container", "container", NULL, 0.0018, 1.1, "clone namespaces mounts seccomp exec main exit reaped" },
};

static void report_freep(struct report **r)
{
	report_free(*r);
}

static void compare_freep(struct compare **c)
{
	compare_free(*c);
}

static const struct report_metric *metric(const struct report *r, const char *label)
{
	for (size_t i = 0; i < r->n_metrics; i++)
		if (strcmp(r->metrics[i].label, label) == 0)
			return &r->metrics[i];
	fail_msg("no metric %s", label);
	return NULL;
}

/* Every launch of a block takes as many times as long: up to twice, other blocks each time. */
static struct run *made(uint64_t seed)
{
	struct run *run = run_made(arms, 2, N, seed);
	struct rng *rng = rng_new(seed + 100);
	double slow[N];
	for (int i = 0; i < N; i++)
		slow[i] = 1 + rng_uniform(rng);
	rng_free(rng);
	for (size_t i = 0; i < run->n_launches; i++)
		for (size_t s = 0; s < run->launches[i].result.n_series; s++)
			for (size_t k = 0; k < run->launches[i].result.series[s].n; k++) {
				struct series *v = &run->launches[i].result.series[s];
				v->v[k] = strcmp(v->metric, "rate") == 0 ? v->v[k] / slow[run->launches[i].block] : v->v[k] * slow[run->launches[i].block];
			}
	return run;
}

static void lose(struct run *run, unsigned from, unsigned to)
{
	for (size_t i = 0; i < run->n_launches; i++)
		if (strcmp(run->launches[i].arm, "container") == 0 && run->launches[i].block >= from && run->launches[i].block < to)
			run->launches[i].ok = false;
}

static void test_blocks(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = made(3);
	cleanup(report_freep) struct report *r = report_new(run);
	static const char *const labels[] = { "syscall", "mem-bandwidth" };
	for (size_t i = 0; i < 2; i++) {
		const struct report_metric *m = metric(r, labels[i]);
		const struct report_cell *c = &m->cells[1];
		assert_int_equal(c->pairs, N);
		assert_near(c->ratio, 1.1, 0.01);
		assert_true(c->ratio_ci.lo < c->ratio && c->ratio < c->ratio_ci.hi);
		assert_true(c->ratio_ci.hi - c->ratio_ci.lo < 0.04);    /* blocks scatter by 20 %, what is within them by 1.4 % */
		assert_int_equal(c->verdict, VERDICT_SLOWER);
		assert_true(report_scatter(r, m, 1).sd > 0.1);
		assert_near(report_scatter_of_pairs(r, m, 1), 0.0141, 0.008);
		assert_true(isnan(report_scatter_of_pairs(r, m, 0)));
	}
	assert_int_equal(metric(r, "syscall")->cells[0].pairs, 0);
}

/* Failed launches leave their blocks out; when they are too many the arms are compared as wholes. */
static void test_lost(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = made(3);
	lose(run, 4, 6);
	cleanup(report_freep) struct report *r = report_new(run);
	const struct report_cell *c = &metric(r, "syscall")->cells[1];
	assert_int_equal(c->pairs, N - 2);
	assert_near(c->ratio, 1.1, 0.01);
	lose(run, 6, 7);
	cleanup(report_freep) struct report *fewer = report_new(run);
	c = &metric(fewer, "syscall")->cells[1];
	assert_int_equal(c->pairs, 0);
	assert_near(c->ratio, c->s.median / metric(fewer, "syscall")->cells[0].s.median, 1e-12);
	assert_true(c->ratio_ci.hi - c->ratio_ci.lo > 0.1);
	assert_true(isnan(report_scatter_of_pairs(fewer, metric(fewer, "syscall"), 1)));
}

/* Blocks in any order are found; several launches of a block are none. */
static void test_matching(void **state)
{
	(void)state;
	double v[] = { 1, 2, 3, 4, 5, 6, 7 }, w[] = { 60, 50, 40, 30, 20, 10 };
	unsigned block[] = { 0, 1, 2, 3, 4, 5, 6 }, back[] = { 6, 5, 4, 3, 2, 1 }, twice[] = { 6, 5, 4, 3, 2, 2 };
	struct report_cell a = { .v = v, .block = block, .n = 7 }, b = { .v = w, .block = back, .n = 6 };
	struct pairs p = pairs_make(&a, &b);
	assert_int_equal(p.n, 0);               /* 6 of 7 are fewer than nine tenths */
	pairs_free(&p);
	a = (struct report_cell){ .v = v + 1, .block = block + 1, .n = 6 };
	p = pairs_make(&a, &b);
	assert_int_equal(p.n, 6);
	for (size_t i = 0; i < 6; i++)
		assert_true(p.v[0][i] == (double)i + 2 && p.v[1][i] == 10 * ((double)i + 1));
	pairs_free(&p);
	b.block = twice;
	p = pairs_make(&a, &b);
	assert_int_equal(p.n, 0);
	pairs_free(&p);
	b = (struct report_cell){ 0 };
	p = pairs_make(&b, &b);
	assert_int_equal(p.n, 0);
	pairs_free(&p);
}

/* Two runs, whose blocks differ in other ways: their overheads, 10 and 10 %, are told apart from none and from each other. */
static void test_overheads(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run_a = made(3), *run_b = made(4);
	cleanup(report_freep) struct report *a = report_new(run_a), *b = report_new(run_b);
	cleanup(compare_freep) struct compare *c = compare_new(a, b, 0.03);
	size_t seen = 0;
	for (size_t i = 0; i < c->n; i++) {
		const struct compare_cell *cell = &c->cells[i];
		if (cell->host || strcmp(cell->m->label, "syscall") != 0)
			continue;
		seen++;
		assert_near(cell->overhead.ratio, 1, 0.02);
		assert_int_equal(cell->overhead.verdict, VERDICT_WITHIN_MARGIN);
		assert_true(cell->overhead.p > 0.01);
		assert_true(cell->cost.ci.hi - cell->cost.ci.lo > 5 * (cell->overhead.ci.hi - cell->overhead.ci.lo));
	}
	assert_int_equal(seen, 1);
}

/* An arm and its twin, too. */
static void test_twin(void **state)
{
	(void)state;
	cleanup(run_freep) struct run *run = made(3);
	run->n_arms = 1;
	run->n_twins = 1;
	run->arms[1].twin_of = xstrdup("host");
	cleanup(report_freep) struct report *r = report_new(run);
	assert_true(r->n_aa > 0);
	for (size_t i = 0; i < r->n_aa; i++)
		if (strcmp(r->metrics[r->aa[i].metric].label, "syscall") == 0)
			assert_near(r->aa[i].noise.floor, 0.1, 0.02);   /* the made twin costs 1.1 times as much */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_matching),
		cmocka_unit_test(test_overheads),
		cmocka_unit_test(test_twin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

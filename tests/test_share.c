/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_share.c - libvirt's share: which arms are compared, what the difference is, and what the calls sum up to. */
#include "report/md.h"
#include "report/share.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "run_made.h"

#define PHASES_QEMU "connect qemu early kernel init main exit destroyed"
#define PHASES "prepare " PHASES_QEMU

static const struct made_arm arms[4] = {
	{ "host", "host", "host", NULL, 0.0006, 1.0, "fork exec main exit reaped" },
	{ "vm", "vm", "vm (TCG)", "TCG (software emulation)", 2.0, 20, PHASES },
	{ "direct", "vm", "direct (TCG)", "TCG (software emulation)", 1.0, 20, PHASES },
	{ "vm-other", "vm", "vm-other (TCG)", "TCG (software emulation)", 2.0, 20, "prepare exec " PHASES_QEMU },
};

static struct run *make_run(unsigned n)
{
	struct run *r = run_made(arms, 4, n, 7);
	for (size_t a = 1; a < 4; a++) {
		kvs_set(&r->arms[a].options, "via", a == 2 ? "qemu" : "libvirt", 0);
		kvs_set(&r->arms[a].options, "machine", a == 3 ? "q35" : "auto", 0);
	}
	return r;
}

static void add_calls(struct run *r, const char *arm)
{
	unsigned n = 0;
	for (size_t i = 0; i < r->n_launches; i++) {
		struct launch *l = &r->launches[i];
		if (strcmp(l->arm, arm) != 0 || strcmp(l->workload, "startup") != 0)
			continue;
		/* 1, 2, 3 … ms; the second call is missing in the first launch. */
		double ms = ++n * 1e-3;
		l->calls = xcalloc(1, sizeof(*l->calls));
		*l->calls = (struct calls){ .v = { { "qmp_capabilities", 1, ms, 2 * ms }, { "qom-get", 400, 10 * ms, 0 } }, .n = n == 1 ? 1 : 2 };
	}
}

static struct share *computed(const struct run *run, struct report **ret)
{
	*ret = report_new(run);
	return share_new(*ret);
}

static void test_pair(void **state)
{
	(void)state;
	struct run *run = make_run(9);
	struct report *r;
	struct share *s = computed(run, &r);
	assert_non_null(s);
	/* Of the two arms by libvirt only the one with the same machine. */
	assert_int_equal(s->n_pairs, 1);
	assert_int_equal(s->pairs[0].arm, 1);
	assert_int_equal(s->pairs[0].direct, 2);
	const struct share_part *p = &s->pairs[0].parts[0];
	assert_int_equal(p->n, 9);
	/* The third of seven phases before main ends at 9/49 of the startup: 367 and 184 ms. */
	assert_true(fabs(p->median - 2.0 * 9 / 49) < 0.02 && fabs(p->direct - 1.0 * 9 / 49) < 0.02);
	assert_true(fabs(p->diff - (p->median - p->direct)) < 1e-12);
	assert_true(p->diff_ci.ok && p->diff_ci.lo <= p->diff && p->diff <= p->diff_ci.hi && p->word == STEP_ADDS);
	/* A phase that no launch has is no figure. */
	assert_int_equal(s->pairs[0].parts[2].n, 0);
	assert_true(isnan(s->pairs[0].parts[2].diff));
	assert_int_equal(s->n_traces, 0);
	share_free(s);
	report_free(r);
	run_free(run);
}

static void test_calls(void **state)
{
	(void)state;
	struct run *run = make_run(5);
	add_calls(run, "vm-other");
	struct report *r;
	struct share *s = computed(run, &r);
	assert_int_equal(s->n_traces, 1);
	const struct share_trace *t = &s->traces[0];
	assert_int_equal(t->arm, 3);
	assert_int_equal(t->launches, 5);
	assert_int_equal(t->n, 2);
	assert_string_equal(t->calls[1].name, "qom-get");
	assert_true(t->calls[1].count == 400);
	assert_true(fabs(t->calls[0].qemu_s - 3e-3) < 1e-9 && fabs(t->calls[0].libvirt_s - 6e-3) < 1e-9);
	assert_true(fabs(t->calls[1].qemu_s - 30e-3) < 1e-9);
	assert_true(fabs(t->qemu_s - 33e-3) < 1e-9 && fabs(t->libvirt_s - 6e-3) < 1e-9);
	/* The second of eight phases before main ends at 4/64, the first at 1/64 of the startup. */
	assert_true(fabs(t->exec_s - 2.0 * 3 / 64) < 0.01);
	struct str b = { 0 };
	md_share(r, &b);
	assert_non_null(strstr(b.s, "## libvirt's share"));
	assert_non_null(strstr(b.s, "| *before QEMU is exec'd* | | | 9"));
	assert_non_null(strstr(b.s, "| qom-get | 400 | 30.0 ms | 0 s |"));
	assert_non_null(strstr(b.s, "libvirt's share [95 % interval]"));
	str_free(&b);
	share_free(s);
	report_free(r);
	run_free(run);
}

static void test_none(void **state)
{
	(void)state;
	struct run *run = run_made(arms, 2, 6, 1);
	struct report *r;
	assert_null(computed(run, &r));
	struct str b = { 0 };
	md_share(r, &b);
	assert_int_equal(b.len, 0);
	report_free(r);
	run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_pair), cmocka_unit_test(test_calls), cmocka_unit_test(test_none) };
	return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_kvmcost.c - which kind of KVM made-up figures tell of, and what becomes of them in facts, run.json and report. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "model/kvmcost.h"
#include "report/md.h"
#include "run_made.h"
#include "says.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct kvm_host bare = { .virtualization = true }, guest = { .virtualization = true, .is_guest = true },
                             without = { .is_guest = true };

/* A port's exit and an instruction in either ring; 0: not measured. */
static struct kvmcost cost(double port, double ring0, double ring3, const struct kvm_host *host)
{
	struct kvmcost c = { .kind = KVM_KIND_UNKNOWN };
	const double v[] = { port, ring0, ring3 };
	static const enum kvmcost_figure figures[] = { KVMCOST_PORT, KVMCOST_RING0, KVMCOST_RING3 };
	for (size_t i = 0; i < 3; i++)
		if (v[i] > 0)
			c.v[figures[i]] = (struct kvmcost_value){ v[i], v[i] * 0.9, v[i] * 1.1, 200 };
	c.kind = kvmcost_classify(c.v, host);
	return c;
}

static void test_kinds(void **state)
{
	(void)state;
	assert_int_equal(cost(1.5e-6, 0.4e-9, 0.4e-9, &bare).kind, KVM_KIND_HARDWARE);
	assert_int_equal(cost(40e-6, 0.5e-9, 0.4e-9, &guest).kind, KVM_KIND_NESTED);
	assert_int_equal(cost(5e-6, 1e-6, 0.5e-9, &without).kind, KVM_KIND_SOFTWARE);
	/* Ring 0 at full speed, and nothing that could be holding it in. */
	assert_int_equal(cost(5e-6, 0.4e-9, 0.4e-9, &without).kind, KVM_KIND_SOFTWARE);
	/* What was measured goes before what the CPU says. */
	assert_int_equal(cost(5e-6, 1e-6, 0.5e-9, &bare).kind, KVM_KIND_SOFTWARE);
	assert_int_equal(cost(5e-6, 19e-9, 1e-9, &bare).kind, KVM_KIND_HARDWARE);
	assert_int_equal(cost(5e-6, 20e-9, 1e-9, &bare).kind, KVM_KIND_SOFTWARE);
	/* One ring only: the host's word is all there is. */
	assert_int_equal(cost(5e-6, 1e-6, 0, &bare).kind, KVM_KIND_HARDWARE);
	assert_int_equal(cost(5e-6, 0, 0.5e-9, &guest).kind, KVM_KIND_NESTED);
	assert_int_equal(cost(0, 0, 0, &bare).kind, KVM_KIND_UNKNOWN);
}

static void test_about(void **state)
{
	(void)state;
	assert_true(kvmcost_about(2523) == 2500);
	assert_true(kvmcost_about(8450) == 8500 || kvmcost_about(8450) == 8400);
	assert_true(fabs(kvmcost_about(1.234) - 1.2) < 1e-9);
	assert_true(isnan(kvmcost_about(NAN)));
	assert_true(kvmcost_about(0) == 0);
}

static void test_meaning(void **state)
{
	(void)state;
	struct kvmcost c = cost(5e-6, 1.25e-6, 0.5e-9, &without);
	cleanup_free char *emulated = kvmcost_meaning(&c);
	assert_non_null(strstr(emulated, "some 2500 times"));
	c = cost(5e-6, 0.4e-9, 0.4e-9, &without);
	cleanup_free char *held = kvmcost_meaning(&c);
	assert_null(strstr(held, "emulates"));
	c = cost(40e-6, 0.5e-9, 0.4e-9, &guest);
	cleanup_free char *nested = kvmcost_meaning(&c);
	assert_non_null(strstr(nested, "below this host"));
}

static void test_facts(void **state)
{
	(void)state;
	cleanup(kvs_free) struct kvs facts = { 0 };
	struct kvmcost c = cost(4.5678e-6, 1.07e-6, 0, &without), back = { 0 };
	kvmcost_to_facts(&c, &facts);
	assert_string_equal(kvs_get(&facts, "kvm.kind"), "KVM without hardware virtualization");
	assert_string_equal(kvs_get(&facts, "kvm.exit_port_s"), "4.568e-06");
	assert_string_equal(kvs_get(&facts, "kvm.exit_port_n"), "200");
	assert_null(kvs_get(&facts, "kvm.ring3_s"));
	assert_true(kvmcost_from_facts(&facts, &back));
	assert_int_equal(back.kind, KVM_KIND_SOFTWARE);
	assert_true(fabs(back.v[KVMCOST_PORT].q3 / c.v[KVMCOST_PORT].q3 - 1) < 1e-3);
	assert_int_equal(back.v[KVMCOST_RING3].n, 0);
	assert_true(isnan(kvmcost_ring_ratio(&back)));
}

/* Somebody else may have written the file. */
static void test_bad_facts(void **state)
{
	(void)state;
	static const struct {
		const char *key, *val;
	} bad[] = { { "kvm.exit_port_s", "4.5 us" }, { "kvm.exit_port_q1_s", "nan" }, { "kvm.exit_port_q3_s", "" },
		    { "kvm.exit_port_n", "0" },      { "kvm.exit_port_n", "-1" } };
	struct kvmcost c = cost(5e-6, 1e-6, 0.5e-9, &without), back;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		cleanup(kvs_free) struct kvs facts = { 0 };
		kvmcost_to_facts(&c, &facts);
		kvs_set(&facts, bad[i].key, bad[i].val, 0);
		assert_true(kvmcost_from_facts(&facts, &back));
		assert_int_equal(back.v[KVMCOST_PORT].n, 0);
		assert_int_equal(back.v[KVMCOST_RING0].n, 200);
	}
	cleanup(kvs_free) struct kvs facts = { 0 };
	assert_false(kvmcost_from_facts(&facts, &back));
	kvs_set(&facts, "kvm.kind", "something else", 0);
	assert_false(kvmcost_from_facts(&facts, &back));
}

/* ---- run.json and the report ---- */

static const struct made_arm arms[2] = {
	{ "host", "host", "host", NULL, 0.0006, 1.0, "fork exec main exit reaped" },
	{ "vm", "vm", "vm (TCG)", "TCG (software emulation)", 2.1, 20, "libvirt qemu kernel init main poweroff destroyed" },
};

/* Written to run.json, read back, as Markdown. */
static char *reported(const struct kvmcost *c, const char *accel)
{
	char dir[] = "/tmp/isocost-test-kvmcost-XXXXXX";
	assert_non_null(mkdtemp(dir));
	cleanup(run_freep) struct run *run = run_made(arms, 2, 3, 7), *back = NULL;
	struct store store;
	struct err err = { 0 };
	const struct md_figures none = { 0 };
	free(run->arms[1].accel);
	run->arms[1].accel = xstrdup(accel);
	if (c) {
		kvmcost_to_facts(c, &run->arms[1].facts);
		kvs_set(&run->arms[1].facts, "kvm.modules", "kvm_example", 0);
		kvs_set(&run->arms[1].facts, "kvm.missing", "kvm.hypercall: it | hung", 0);
	}
	free(ptr_steal(&run->id));              /* it names the directory anew */
	if (store_create(dir, run, &store, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < run->n_launches; i++)
		assert_int_equal(store_append(&store, &run->launches[i], &err), 0);
	if (store_load(run->dir, &back, &err) < 0)
		fail_msg("%s", err.msg);
	store_close(&store);
	struct report *r = report_new(back);
	char *text = md_text(r, &none);
	report_free(r);
	assert_int_equal(fs_rmtree(dir), 0);
	return text;
}

static void test_report(void **state)
{
	(void)state;
	const struct kvmcost c = cost(5e-6, 1.25e-6, 0.5e-9, &without);
	cleanup_free char *text = reported(&c, "TCG (software emulation)");
	assert_has(text, "## What KVM costs here\n\n**KVM without hardware virtualization** (kvm\\_example): ");
	assert_has(text, "| exit to user space and back: a write to an I/O port | 5.00 µs | 4.50 µs … 5.50 µs | 200 |\n");
	assert_has(text, "| the same instruction in ring 3, a program's | 0.500 ns | 0.450 ns … 0.550 ns | 200 |\n");
	assert_has(text, "Not measured: kvm.hypercall: it \\| hung.");
	assert_has(text, "as long here as some 10000 instructions of a program");
	assert_has(text, "No guest of this run ran by KVM");
	assert_null(strstr(text, "a hypercall |"));
}

static void test_report_nested(void **state)
{
	(void)state;
	const struct kvmcost c = cost(40e-6, 0.5e-9, 0.4e-9, &guest);
	cleanup_free char *text = reported(&c, KVM_KIND_NESTED_NAME);
	assert_has(text, "ran under nested KVM.");
	assert_has(text, "**KVM with nested hardware virtualization**");
	assert_null(strstr(text, "No guest of this run ran by KVM"));
}

static void test_report_without(void **state)
{
	(void)state;
	cleanup_free char *text = reported(NULL, "TCG (software emulation)");
	assert_null(strstr(text, "What KVM costs"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),     cmocka_unit_test(test_about),         cmocka_unit_test(test_meaning),
		cmocka_unit_test(test_facts),     cmocka_unit_test(test_bad_facts),     cmocka_unit_test(test_report),
		cmocka_unit_test(test_report_nested), cmocka_unit_test(test_report_without),
	};
	return cmocka_run_group_tests_name("kvmcost", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_kvmprobe.c - the micro-guest and what is measured with it, by the real /dev/kvm. */
#include "base/cleanup.h"
#include "base/clk.h"
#include "env/accel.h"
#include "env/kvmcode.h"
#include "env/kvmguest.h"
#include "env/kvmprobe.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define LIMIT (1 * CLK_S)

static struct kvmguest *guest;

static int make_guest(void **state)
{
	(void)state;
	struct err err = { 0 };
	int r = kvmguest_new(&guest, &err);
	if (r < 0 && r != -ENOTSUP)
		return r;
	if (r < 0)
		print_message("KVM is not there: %s\n", err.msg);
	return 0;
}

static int end_guest(void **state)
{
	(void)state;
	kvmguest_free(guest);
	guest = NULL;
	return 0;
}

static void need_kvm(void)
{
	if (!guest)
		skip();
}

static void enter(enum kvmguest_mode mode, const char *routine, uint64_t count)
{
	struct err err = { 0 };
	if (kvmguest_enter(guest, mode, routine, count, &err) < 0)
		fail_msg("%s", err.msg);
}

static int64_t run(void)
{
	struct err err = { 0 };
	int64_t ns = -1, begin = clk_now();
	if (kvmguest_run(guest, LIMIT, &ns, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(ns > 0 && ns <= clk_now() - begin);
	return ns;
}

static uint64_t rax(void)
{
	uint64_t v;
	struct err err = { 0 };
	assert_int_equal(kvmguest_rax(guest, &v, &err), 0);
	return v;
}

/* What the guest's program computes, in the place of its data. */
static uint64_t mix(uint64_t *place, uint64_t rounds)
{
	uint64_t a = 0;
	for (uint64_t i = rounds; i > 0; i--)
		a ^= *place += i;
	return a;
}

static void test_exits(void **state)
{
	(void)state;
	need_kvm();
	enter(KVMGUEST_REAL, kvmcode_hello, 0);
	run();
	assert_true(kvmguest_wrote_port(guest) && !kvmguest_wrote_mmio(guest));
	run();
	assert_int_equal(kvmguest_exit(guest)->exit_reason, KVM_EXIT_HLT);
	enter(KVMGUEST_RING0, kvmcode_port, 0);
	for (int i = 0; i < 3; i++) {
		run();
		assert_true(kvmguest_wrote_port(guest));
	}
	enter(KVMGUEST_RING0, kvmcode_mmio, 0);
	for (int i = 0; i < 3; i++) {
		run();
		assert_true(kvmguest_wrote_mmio(guest));
	}
}

/* It really runs what it is timed for, in both rings, also after an exit that was left unfinished. */
static void test_mix(void **state)
{
	(void)state;
	need_kvm();
	uint64_t place = 0;
	for (int i = 0; i < 2; i++) {
		enter(KVMGUEST_RING0, kvmcode_mix, 100);
		run();
		assert_true(kvmguest_wrote_mmio(guest));
		assert_int_equal(rax(), mix(&place, 100));
		enter(KVMGUEST_RING3, kvmcode_mix, 100000);
		run();
		assert_true(kvmguest_wrote_mmio(guest));
		assert_int_equal(rax(), mix(&place, 100000));
	}
}

/* Ring 3 is ring 3: what is forbidden there does not come through. */
static void test_ring3(void **state)
{
	(void)state;
	need_kvm();
	int64_t ns;
	struct err err = { 0 };
	enter(KVMGUEST_RING3, kvmcode_port, 0);
	if (kvmguest_run(guest, LIMIT, &ns, &err) == 0)
		assert_false(kvmguest_wrote_port(guest));
}

static void test_hang(void **state)
{
	(void)state;
	need_kvm();
	for (enum kvmguest_mode mode = KVMGUEST_RING0; mode <= KVMGUEST_RING3; mode++) {
		int64_t ns = -1, begin = clk_now();
		struct err err = { 0 };
		enter(mode, kvmcode_spin, 0);
		assert_int_equal(kvmguest_run(guest, 50 * CLK_MS, &ns, &err), -ETIMEDOUT);
		assert_true(clk_now() - begin >= 50 * CLK_MS && clk_now() - begin < 30 * CLK_S);
		assert_non_null(strstr(err.msg, "0.05 s"));
		assert_int_equal(ns, -1);
	}
	/* It can still be used, and the signal is as it was. */
	enter(KVMGUEST_RING0, kvmcode_port, 0);
	run();
	struct sigaction sa;
	assert_int_equal(sigaction(SIGRTMIN, NULL, &sa), 0);
	assert_true(sa.sa_handler == SIG_DFL);
}

/* The limit holds for a caller that has the signal blocked, which stays so. */
static void test_blocked_signal(void **state)
{
	(void)state;
	need_kvm();
	sigset_t set, was;
	int64_t ns;
	struct err err = { 0 };
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, &was);
	enter(KVMGUEST_RING3, kvmcode_spin, 0);
	assert_int_equal(kvmguest_run(guest, 20 * CLK_MS, &ns, &err), -ETIMEDOUT);
	sigprocmask(SIG_SETMASK, &was, &set);
	assert_true(sigismember(&set, SIGRTMIN));
}

/* ---- the probe ---- */

static void test_probe(void **state)
{
	(void)state;
	struct kvmcost c = { 0 };
	const char *missing = NULL;
	struct err err = { 0 };
	int64_t begin = clk_now();
	int r = kvmprobe(&c, &missing, &err);
	if (!guest) {
		assert_int_equal(r, -ENOTSUP);
		assert_true(*err.msg);
		return;
	}
	if (r < 0)
		fail_msg("%s", err.msg);
	double took = clk_to_s(clk_now() - begin);
	print_message("%s, in %.3f s; missing: %s\n", kvm_kind_name(c.kind), took, *missing ? missing : "nothing");
	assert_true(took < 5);                  /* on a busy machine; some 0.3 s otherwise */
	assert_int_not_equal(c.kind, KVM_KIND_UNKNOWN);
	for (size_t i = 0; i < KVMCOST_FIGURES; i++) {
		const struct kvmcost_value *v = &c.v[i];
		if (v->n == 0) {
			assert_non_null(strstr(missing, kvmcost_defs[i].fact));
			continue;
		}
		print_message("%s: %.4g s [%.4g, %.4g], n = %u\n", kvmcost_defs[i].fact, v->median, v->q1, v->q3, v->n);
		assert_true(v->n >= 5 && v->q1 <= v->median && v->median <= v->q3 && v->q1 > 0);
	}
	/* No machine runs an instruction in less than 20 ps, or leaves a guest within one. */
	assert_true(c.v[KVMCOST_RING3].n == 0 || c.v[KVMCOST_RING3].median > 20e-12);
	assert_true(c.v[KVMCOST_PORT].median > 10 * c.v[KVMCOST_RING3].median);
	assert_true(c.v[KVMCOST_START].median > c.v[KVMCOST_PORT].median);
	struct kvmcost again;
	begin = clk_now();
	assert_int_equal(kvmprobe(&again, &missing, &err), 0);
	assert_true(clk_now() - begin < 50 * CLK_MS);
	for (size_t i = 0; i < KVMCOST_FIGURES; i++)
		assert_true(again.v[i].median == c.v[i].median && again.v[i].n == c.v[i].n);
}

static void test_probe_facts(void **state)
{
	(void)state;
	cleanup(kvs_free) struct kvs facts = { 0 };
	struct kvmcost c;
	struct err err = { 0 };
	assert_int_equal(kvmprobe_facts(&facts, &err), 0);
	assert_int_equal(kvmcost_from_facts(&facts, &c), guest != NULL);
	if (!guest)
		assert_non_null(kvs_get(&facts, "kvm.missing"));
}

/* What accelerates agrees with what was measured. */
static void test_one_truth(void **state)
{
	(void)state;
	struct err err = { 0 };
	assert_int_equal(accel_kvm_runs(&err) == 0, guest != NULL);
	struct accel a = { .kvm = true, .kind = KVM_KIND_NESTED };
	assert_string_equal(accel_name(&a), "KVM with nested hardware virtualization");
	assert_string_equal(accel_short(&a), "KVM, nested");
	a.kvm = false;
	assert_string_equal(accel_name(&a), ACCEL_TCG_NAME);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_guest, end_guest)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_exits), TEST(test_mix),   TEST(test_ring3),       TEST(test_hang),
		TEST(test_blocked_signal), TEST(test_probe), TEST(test_probe_facts), TEST(test_one_truth),
	};
	return cmocka_run_group_tests_name("kvmprobe", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_cells.c - which cells of a session are run: what drivers know, what launches show, what a resumed run keeps. */
#include "base/cleanup.h"
#include "run/cells.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int suits(const struct env_arm *arm, const struct workload *w, const struct kvs *params, struct err *err)
{
	(void)arm;
	(void)params;
	return strcmp(w->name, "startup") == 0 ? 0 : err_setf(err, -ENOTSUP, "it has no operating system");
}

static const struct env_ops bare = { .name = "bare", .suits = suits }, full = { .name = "full" };
static const struct env_arm *const an_arm = (const struct env_arm *)&bare;      /* never looked into */

static struct suite *make_suite(unsigned launches)
{
	static const char text[] = "[suite]\nname = t\narms = host, container\nworkloads = startup, syscall, tlb\nlaunches = %u\n";
	cleanup_free char *filled = xasprintf(text, launches);
	struct suite *s = NULL;
	struct err err = { 0 };
	if (suite_parse("t", filled, &s, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static const struct plan_item host_tlb = { .arm = 0, .workload = 2 }, host_syscall = { .arm = 0, .workload = 1 };

static bool note(struct cells *c, const struct plan_item *it, const char *outcome)
{
	struct launch l = { .ok = strcmp(outcome, "ok") == 0, .cannot = strncmp(outcome, "no ", 3) == 0, .error = (char *)outcome };
	return cells_note(c, it, &l);
}

static void start(struct cells *c, const struct suite *s, struct run *run, const struct env_ops *second)
{
	cells_init(c, s, run);
	cells_ask(c, 0, &full, an_arm);
	cells_ask(c, 1, second, an_arm);
	cells_tell(c);
}

static void drivers_know(void **state)
{
	(void)state;
	cleanup(suite_freep) struct suite *s = make_suite(3);
	struct run run = { 0 };
	struct cells c;
	start(&c, s, &run, &bare);
	assert_int_equal(run.cannot.n, 2);
	assert_string_equal(cannots_find(&run.cannot, "container", "tlb")->reason, "it has no operating system");
	assert_null(cannots_find(&run.cannot, "container", "startup"));
	assert_false(cells_closed(&c, &host_tlb));
	assert_true(cells_closed(&c, &(struct plan_item){ .arm = 1, .workload = 2 }));
	char *names = cannots_names(&run.cannot, 0);
	assert_string_equal(names, "syscall, tlb");
	free(names);
	assert_null(cannots_names(&run.cannot, 1));
	cells_free(&c);
	cannots_free(&run.cannot);
}

static void launches_show(void **state)
{
	(void)state;
	cleanup(suite_freep) struct suite *s = make_suite(3);
	struct run run = { 0 };
	struct cells c;
	start(&c, s, &run, &full);
	assert_int_equal(run.cannot.n, 0);
	assert_false(note(&c, &host_tlb, "no huge pages for 1 of 2 bytes"));
	assert_false(note(&c, &host_tlb, "a failure says nothing"));
	assert_false(cells_closed(&c, &host_tlb));
	assert_true(note(&c, &host_tlb, "no huge pages for 0 of 2 bytes"));
	assert_true(cells_closed(&c, &host_tlb));
	assert_string_equal(cannots_find(&run.cannot, "host", "tlb")->reason, "no huge pages for 0 of 2 bytes");
	/* One that could is not closed by those that can't: what they lack comes and goes. */
	assert_false(note(&c, &host_syscall, "ok"));
	assert_false(note(&c, &host_syscall, "no luck"));
	assert_false(note(&c, &host_syscall, "no luck"));
	assert_false(cells_closed(&c, &host_syscall));
	assert_int_equal(run.cannot.n, 1);
	cells_free(&c);
	cannots_free(&run.cannot);
}

static void one_launch_must_do(void **state)
{
	(void)state;
	cleanup(suite_freep) struct suite *s = make_suite(1);
	struct run run = { 0 };
	struct cells c;
	start(&c, s, &run, &full);
	assert_true(note(&c, &host_tlb, "no huge pages"));
	cells_free(&c);
	cannots_free(&run.cannot);
}

/* What launches have shown stays, also when the run's list lost it to a kill; what a driver said is asked again, if the arm is there. */
static void a_resumed_run_keeps_it(void **state)
{
	(void)state;
	cleanup(suite_freep) struct suite *s = make_suite(3);
	struct launch launches[2] = {
		{ .arm = (char *)"host", .workload = (char *)"tlb", .cannot = true, .error = (char *)"no huge pages" },
		{ .arm = (char *)"host", .workload = (char *)"tlb", .cannot = true, .error = (char *)"no huge pages", .number = 1 },
	};
	struct run run = { .launches = launches, .n_launches = 2 };
	struct cells c;
	cannots_add(&run.cannot, "container", "syscall", "as it was");
	cells_init(&c, s, &run);
	cells_ask(&c, 0, &full, an_arm);
	cells_ask(&c, 1, &full, NULL);          /* it can't be had now */
	cells_tell(&c);
	assert_int_equal(run.cannot.n, 2);
	assert_string_equal(cannots_find(&run.cannot, "host", "tlb")->reason, "no huge pages");
	assert_string_equal(cannots_find(&run.cannot, "container", "syscall")->reason, "as it was");
	cells_free(&c);
	start(&c, s, &run, &full);              /* it is there, and can */
	assert_int_equal(run.cannot.n, 1);
	assert_true(cells_closed(&c, &host_tlb));
	cells_free(&c);
	run.n_launches = 1;                     /* one does not decide, where more are planned */
	start(&c, s, &run, &full);
	assert_int_equal(run.cannot.n, 0);
	cells_free(&c);
	cannots_free(&run.cannot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drivers_know),
		cmocka_unit_test(launches_show),
		cmocka_unit_test(one_launch_must_do),
		cmocka_unit_test(a_resumed_run_keeps_it),
	};
	return cmocka_run_group_tests_name("cells", tests, NULL, NULL);
}

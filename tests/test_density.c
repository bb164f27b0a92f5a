/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instances of one arm beside each other: ended from outside, each with a record of its own; limits that are met. */
#include "arm.h"

#include "run/density.h"
#include "run/density_limits.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

/* One instance with a thread that waits for its end. */
struct one {
	const struct env_ops *ops;
	struct env_arm *arm;
	int stop, said;                 /* eventfds */
	struct phases phases;
	pthread_t thread;
	int r;
	struct err err;
};

static void on_output(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	struct one *o = arg;
	(void)fd, (void)buf, (void)len, (void)t_ns;
	eventfd_write(o->said, 1);
}

static void *live(void *arg)
{
	struct one *o = arg;
	struct env_spec spec = { .phases = &o->phases };
	struct env_call call = {
		.argv = (char *[]){ (char *)"sh", (char *)"-c", (char *)"echo here; exec sleep 100", NULL },
		.output = on_output, .arg = o, .stop_fd = &o->stop, .deadline_ns = clk_now() + 50 * CLK_S,
	};
	struct env *env = NULL;
	o->phases.start_ns = clk_now();
	o->r = o->ops->start(o->arm, &spec, &env, &o->err);
	if (o->r == 0)
		o->r = o->ops->exec(env, &call, &o->err);
	eventfd_write(o->said, 1);
	o->ops->stop(env);
	return NULL;
}

static void begin(struct one *o, const struct env_ops *ops, struct env_arm *arm)
{
	*o = (struct one){ .ops = ops, .arm = arm, .stop = eventfd(0, EFD_CLOEXEC), .said = eventfd(0, EFD_CLOEXEC) };
	eventfd_t n;
	assert_int_equal(pthread_create(&o->thread, NULL, live, o), 0);
	assert_int_equal(eventfd_read(o->said, &n), 0);
}

static void end(struct one *o)
{
	eventfd_write(o->stop, 1);
	pthread_join(o->thread, NULL);
	close(o->stop);
	close(o->said);
	if (o->r != -ECANCELED)
		fail_msg("%d: %s", o->r, o->err.msg);
}

static void beside_each_other(const struct env_ops *ops)
{
	struct session s;
	struct err err = { 0 };
	struct env_facts facts = { 0 };
	struct env_arm *arm;
	struct one a, b;
	session_make(&s);
	int r = arm_open(ops, &s, "crowd", "", &facts, &arm, &err);
	env_facts_free(&facts);
	if (r < 0) {
		session_remove(&s);
		print_message("skipped: %s\n", err.msg);
		skip();
	}
	begin(&a, ops, arm);
	begin(&b, ops, arm);
	end(&a);
	end(&b);
	/* The first one's record is of its own start, although the second one started before it was read. */
	assert_true(phases_at(&a.phases, "exec") > a.phases.start_ns);
	assert_true(phases_at(&a.phases, "exec") < b.phases.start_ns);
	assert_true(phases_at(&b.phases, "exec") > b.phases.start_ns);
	assert_true(phases_at(&a.phases, "reaped") > phases_at(&b.phases, "exec"));
	ops->close(arm);
	assert_int_equal(session_cgroups(&s), 0);
	session_remove(&s);
}

static void test_host(void **state)
{
	(void)state;
	beside_each_other(&env_host);
}

static void test_container(void **state)
{
	(void)state;
	beside_each_other(&env_container);
}

static void test_limits(void **state)
{
	(void)state;
	struct err err = { 0 };
	assert_int_equal(density_limits_check(3, 2, &err), 0);
	assert_int_equal(density_limits_check(0, 1u << 31, &err), 0);
	assert_int_equal(density_limits_check(1000, 1u << 31, &err), -EMFILE);
	assert_non_null(strstr(err.msg, "RLIMIT_NOFILE"));
	int n = density_descriptors();
	int fd = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(density_descriptors(), n + 1);
	close(fd);
	uint64_t rss, used, slab;
	density_read_memory(&rss, &used, &slab);
	assert_true(rss > MiB / 4 && used > MiB && slab > MiB / 16);
}

/* The program that is there is not isoload and ends at once: no instance, a reason, nothing left. */
static void test_start_that_fails(void **state)
{
	(void)state;
	struct session s;
	struct err err = { 0 };
	struct env_facts facts = { 0 };
	struct env_arm *arm;
	struct density d;
	session_make(&s);
	assert_int_equal(arm_open(&env_host, &s, "crowd", "", &facts, &arm, &err), 0);
	env_facts_free(&facts);
	struct density_conf conf = { .ops = &env_host, .arm = arm, .n = 3, .group = 1, .deadline_s = 20 };
	assert_int_equal(density_run(&conf, &d, &err), -EIO);
	assert_non_null(strstr(err.msg, "instance 1 can't be started"));
	assert_non_null(strstr(err.msg, "before it was ready"));
	assert_int_equal(d.n, 0);
	assert_int_equal(d.n_readings, 1);
	density_free(&d);
	env_host.close(arm);
	assert_int_equal(session_cgroups(&s), 0);
	session_remove(&s);
}

/* One that says nothing is not waited for longer than was agreed. */
static void test_start_that_hangs(void **state)
{
	(void)state;
	struct session s;
	struct err err = { 0 };
	struct env_facts facts = { 0 };
	struct env_arm *arm;
	struct density d;
	char program[128];
	session_make(&s);
	snprintf(program, sizeof(program), "%s/isoload", s.load);
	assert_int_equal(fs_replace(program, "#!/bin/sh\nexec sleep 100\n", 25, 0755), 0);
	assert_int_equal(arm_open(&env_host, &s, "crowd", "", &facts, &arm, &err), 0);
	env_facts_free(&facts);
	struct density_conf conf = { .ops = &env_host, .arm = arm, .n = 3, .group = 1, .deadline_s = 0.3 };
	assert_int_equal(density_run(&conf, &d, &err), -ETIMEDOUT);
	assert_non_null(strstr(err.msg, "instance 1 was not ready within 0.3 s"));
	density_free(&d);
	env_host.close(arm);
	assert_int_equal(session_cgroups(&s), 0);
	session_remove(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host),          cmocka_unit_test(test_container),
		cmocka_unit_test(test_limits),        cmocka_unit_test(test_start_that_fails),
		cmocka_unit_test(test_start_that_hangs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

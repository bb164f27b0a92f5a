/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the host's CPUs spend for an instance while it works, read from outside: of a bare process and of a container, ended children
 * included; when it is looked at; and why it is not known. */
#include "arm.h"

#include "model/wire.h"
#include "run/work.h"

#include <math.h>
#include <stdio.h>
#include <sys/eventfd.h>

/* ---- real instances ---- */

struct look {
	const struct env_ops *ops;
	struct env *env;
	int stop;
	double before_s, after_s;
};

static double cpu_now(const struct look *l)
{
	struct err err = { 0 };
	double s;
	if (l->ops->cpu(l->env, &s, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static void look(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	struct look *l = arg;
	(void)fd, (void)t_ns;
	if (memchr(buf, 'a', len))
		l->before_s = cpu_now(l);
	if (!memchr(buf, 'b', len))
		return;
	l->after_s = cpu_now(l);
	eventfd_write(l->stop, 1);
}

/* A child works, is waited for, and is gone when the CPU time is read again; at the end the kernel tells of all that there was. */
static void look_at(const struct env_ops *ops, const char *options)
{
	struct session s;
	struct err err = { 0 };
	struct env_facts facts = { 0 };
	struct env_arm *arm;
	session_make(&s);
	int r = arm_open(ops, &s, "at-work", options, &facts, &arm, &err);
	env_facts_free(&facts);
	if (r < 0) {
		session_remove(&s);
		print_message("skipped: %s\n", err.msg);
		skip();
	}
	struct look l = { .ops = ops, .stop = eventfd(0, EFD_CLOEXEC), .before_s = NAN, .after_s = NAN };
	struct footprint all = { 0 };
	struct env_spec spec = { 0 };
	assert_int_equal(ops->start(arm, &spec, &l.env, &err), 0);
	struct env_call call = {
		.argv = (char *[]){ (char *)"sh", (char *)"-c",
		                    (char *)"echo a; (i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done); echo b; sleep 100", NULL },
		.output = look, .arg = &l, .stop_fd = &l.stop, .deadline_ns = clk_now() + 60 * CLK_S,
	};
	r = ops->exec(l.env, &call, &err);
	if (r != -ECANCELED)
		fail_msg("%d: %s", r, err.msg);
	assert_int_equal(ops->footprint(l.env, &all, &err), 0);
	ops->stop(l.env);
	ops->close(arm);
	close(l.stop);
	assert_true(l.before_s >= 0 && l.after_s > l.before_s + 0.02);
	/* Of the bare process without a control group nobody counts the whole. Ticks, and the program's end. */
	if (all.cpu_s > 0)
		assert_true(fabs(all.cpu_s - l.after_s) < 0.04);
	session_remove(&s);
}

static void test_host(void **state)
{
	(void)state;
	look_at(&env_host, "");
	look_at(&env_host, "cgroup=off");
}

static void test_container(void **state)
{
	(void)state;
	look_at(&env_container, "");
	look_at(&env_container, "cgroup=off");
}

/* ---- when it is looked at ---- */

struct fake {
	double cpu_s;
	unsigned looks;
	int error;
};

static int fake_cpu(struct env *env, double *ret_s, struct err *err)
{
	struct fake *f = (struct fake *)env;
	f->looks++;
	if (f->error)
		return err_setf(err, f->error, "it hides");
	*ret_s = f->cpu_s;
	return 0;
}

static const struct env_ops faked = { .name = "faked", .cpu = fake_cpu }, mute = { .name = "mute" };

struct heard {
	struct launch launch;
	struct wire_reader reader;
	struct work_watch watch;
};

static void hear_begin(struct heard *h, const struct env_ops *ops, struct fake *f)
{
	*h = (struct heard){ .launch = { .work_cpu_s = NAN }, .watch = { .ops = ops, .env = (struct env *)f } };
	h->watch.launch = &h->launch;
	wire_reader_init(&h->reader, &h->launch.result);
}

static void hear(struct heard *h, const char *text)
{
	wire_reader_feed(&h->reader, text, strlen(text), 1000);
	work_heard(&h->watch);
}

static void test_between_the_records(void **state)
{
	(void)state;
	struct heard h;
	struct fake f = { .cpu_s = 5 };
	hear_begin(&h, &faked, &f);
	hear(&h, "ready 1\nbegin net-rr\n");
	assert_int_equal(f.looks, 0);
	hear(&h, "work 0\n");
	hear(&h, "later 1\n");
	assert_int_equal(f.looks, 1);
	f.cpu_s = 7.5;
	hear(&h, "work 200\n");
	f.cpu_s = 100;
	hear(&h, "done 1\n");
	assert_int_equal(f.looks, 2);
	assert_true(h.launch.work_cpu_s == 2.5 && h.launch.result.worked == 200);
	assert_null(h.launch.work_unknown);
	launch_free(&h.launch);
}

static void is_unknown(struct heard *h, const char *why)
{
	assert_true(isnan(h->launch.work_cpu_s));
	assert_string_equal(h->launch.work_unknown, why);
	launch_free(&h->launch);
}

/* Not known is not zero. */
static void test_unknown(void **state)
{
	(void)state;
	struct heard h;
	struct fake hidden = { .error = -ENOTSUP }, f = { .cpu_s = 1 };
	hear_begin(&h, &faked, &hidden);
	hear(&h, "ready 1\nbegin net-rr\nwork 0\n");
	hidden.error = 0;
	hear(&h, "work 3\n");
	is_unknown(&h, "it hides");
	hear_begin(&h, &faked, &f);
	hear(&h, "ready 1\nbegin net-rr\nwork 0\n");
	f.error = -ESRCH;
	hear(&h, "work 3\n");
	is_unknown(&h, "it hides");
	f.error = 0;
	hear_begin(&h, &faked, &f);
	hear(&h, "ready 1\nbegin net-rr\nwork 0\nwork 3\n");
	is_unknown(&h, "it was over when the host heard of its beginning");
	hear_begin(&h, &mute, &f);
	hear(&h, "ready 1\nbegin net-rr\nwork 0\n");
	hear(&h, "work 3\n");
	is_unknown(&h, "the driver mute can't tell");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host), cmocka_unit_test(test_container), cmocka_unit_test(test_between_the_records),
		cmocka_unit_test(test_unknown),
	};
	return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_qemutrace.c - QEMU's trace of its monitor's calls becomes a list with the right times. */
#include "env/qemutrace.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SAMPLE "tests/data/qmp-trace.txt"       /* of libvirt 9.0 and QEMU 7.2, long answers cut; tests run in the top directory */

static char *text;

static int read_sample(void **state)
{
	(void)state;
	return fs_read(SAMPLE, &text, NULL);
}

static int free_sample(void **state)
{
	(void)state;
	free(text);
	return 0;
}

static void near(double v, double expected)
{
	if (fabs(v - expected) > 2e-6)          /* the stamps are numbers near 1.8e9, in microseconds */
		fail_msg("%.6f instead of %.6f", v, expected);
}

static const struct call *find(const struct calls *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].name, name) == 0)
			return &c->v[i];
	fail_msg("there is no call %s", name);
	return NULL;
}

static void test_sample(void **state)
{
	(void)state;
	struct calls c;
	struct err err = { 0 };
	if (qemutrace_parse(text, &c, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(c.n, 12);
	assert_string_equal(c.v[0].name, "qmp_capabilities");
	near(c.v[0].qemu_s, 0.516046);
	near(c.v[0].libvirt_s, 0.007678);
	assert_string_equal(c.v[11].name, "cont");
	near(c.v[11].qemu_s, 0.008374);         /* the event RESUME in between is no reply */
	assert_true(c.v[11].libvirt_s == 0);
	/* Two of a kind, not next to each other: */
	const struct call *list = find(&c, "qom-list");
	assert_int_equal(list->count, 2);
	near(list->qemu_s, 0.002177 + 0.000089);
	near(list->libvirt_s, 0.006510 + 0.014980);
	/* All of it together is the time from the first call to the last reply. */
	double sum = 0;
	for (size_t i = 0; i < c.n; i++)
		sum += c.v[i].qemu_s + c.v[i].libvirt_s;
	if (fabs(sum - (67.682465 - 67.092616)) > 1e-5)
		fail_msg("the sum is %.6f", sum);
}

/* What comes after the vCPUs run is not counted, and what other lines say does not matter. */
static void test_rest_ignored(void **state)
{
	(void)state;
	cleanup_free char *more = xasprintf("warning: something\n%s14@1795548068.000000:handle_qmp_command mon 0x1 req: {\"execute\": \"stop\"}\n", text);
	struct calls c;
	assert_int_equal(qemutrace_parse(more, &c, NULL), 0);
	assert_int_equal(c.n, 12);
}

static void bad(const char *trace, const char *word)
{
	struct calls c = { .n = 7 };
	struct err err = { 0 };
	assert_int_equal(qemutrace_parse(trace, &c, &err), -EPROTO);
	assert_int_equal(c.n, 7);
	if (!strstr(err.msg, word))
		fail_msg("'%s' is not in: %s", word, err.msg);
}

static void test_bad(void **state)
{
	(void)state;
	bad("", "ends before");
	bad("nothing of the kind\n", "ends before");
	bad("1@2.000003:handle_qmp_command mon 0x1 req: {\"execute\": \n", "line 1");
	bad("x\n1@2.000003:handle_qmp_command mon 0x1 req: {\"id\": 1}\n", "line 2");
	const char *cont = strstr(text, "\"cont\"");
	assert_non_null(cont);
	cleanup_free char *cut = xstrndup(text, (size_t)(cont - text) - 80);
	bad(cut, "ends before");
	cleanup(str_free) struct str many = { 0 };
	for (int i = 0; i <= CALLS_MAX; i++)
		str_addf(&many, "1@2.000003:handle_qmp_command mon 0x1 req: {\"execute\": \"call-%d\"}\n", i);
	bad(many.s, "kinds");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample), cmocka_unit_test(test_rest_ignored), cmocka_unit_test(test_bad),
	};
	return cmocka_run_group_tests_name("qemutrace", tests, read_sample, free_sample);
}

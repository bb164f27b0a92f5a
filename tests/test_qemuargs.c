/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_qemuargs.c - QEMU's command line as libvirt prints it: taken apart, freed of what is libvirt's, and nothing else changed. */
#include "env/qemuargs.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SAMPLE "tests/data/qemu-argv.txt"       /* of libvirt 9.0; tests run in the top directory */

static void parse(const char *text, struct qemuargs *q)
{
	struct err err = { 0 };
	if (qemuargs_parse(text, q, &err) < 0)
		fail_msg("%s", err.msg);
}

static bool has(const struct qemuargs *q, const char *word)
{
	return strv_has(&q->argv, word);
}

static void test_words(void **state)
{
	(void)state;
	cleanup(qemuargs_free) struct qemuargs q = { 0 };
	parse("A=1 B_2='x y' /bin/q -a 'it'\\''s' \"b c\" d=e '' f\\ g\n", &q);
	assert_int_equal(q.env.n, 2);
	assert_string_equal(q.env.v[1], "B_2=x y");
	static const char *const words[] = { "/bin/q", "-a", "it's", "b c", "d=e", "", "f g" };
	assert_int_equal(q.argv.n, 7);
	for (size_t i = 0; i < 7; i++)
		assert_string_equal(q.argv.v[i], words[i]);
}

static void test_bad_words(void **state)
{
	(void)state;
	struct qemuargs q = { 0 };
	assert_int_equal(qemuargs_parse("/bin/q 'x", &q, NULL), -EINVAL);
	assert_int_equal(qemuargs_parse("A=1 ", &q, NULL), -EINVAL);
	assert_int_equal(qemuargs_parse("", &q, NULL), -EINVAL);
	assert_int_equal(q.argv.n, 0);
}

static void test_sample(void **state)
{
	(void)state;
	cleanup_free char *text = NULL;
	assert_int_equal(fs_read(SAMPLE, &text, NULL), 0);
	cleanup(qemuargs_free) struct qemuargs q = { 0 }, before = { 0 };
	parse(text, &q);
	parse(text, &before);
	assert_string_equal(q.argv.v[0], "/usr/bin/qemu-system-x86_64");
	assert_int_equal(q.env.n, 6);
	struct err err = { 0 };
	if (qemuargs_free_of_libvirt(&q, "/w/a,b/qmp", &err) < 0)
		fail_msg("%s", err.msg);
	assert_false(has(&q, "-no-shutdown"));
	assert_true(has(&q, "-no-reboot") && has(&q, "-S"));
	assert_true(has(&q, "socket,id=charmonitor,path=/w/a,,b/qmp"));
	/* The secret's two words and -no-shutdown are gone, one is new, and the monitor's is another; all others are as they were, in
	 * their order. */
	assert_int_equal(q.argv.n, before.argv.n - 3 + 1);
	size_t at = 0, changed = 0;
	for (size_t i = 0; i < before.argv.n; i++) {
		if (at < q.argv.n && strcmp(q.argv.v[at], before.argv.v[i]) == 0)
			at++;
		else if (strstr(before.argv.v[i], "charmonitor"))
			at++, changed++;
		else
			changed++;
	}
	assert_int_equal(at, q.argv.n - 1);
	assert_int_equal(changed, 4);
}

/* A libvirt that controls QEMU in another way is not guessed at. */
static void test_unknown(void **state)
{
	(void)state;
	cleanup(qemuargs_free) struct qemuargs q = { 0 };
	parse("/bin/q -no-shutdown -chardev socket,id=charmonitor,fd=3", &q);
	struct err err = { 0 };
	assert_int_equal(qemuargs_free_of_libvirt(&q, "/qmp", &err), -EPROTO);
	assert_non_null(strstr(err.msg, "masterKey0"));
	assert_int_equal(q.argv.n, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words), cmocka_unit_test(test_bad_words), cmocka_unit_test(test_sample), cmocka_unit_test(test_unknown),
	};
	return cmocka_run_group_tests_name("qemuargs", tests, NULL, NULL);
}

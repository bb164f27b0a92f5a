/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the options of the container driver mean, and which are refused together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "env/containeropts.h"

#include <errno.h>
#include <string.h>

#define ALL (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNET)

/* "key=value;key=value" */
static int parse(const char *text, bool privileged, struct container_opts *ret, struct err *err)
{
	struct kvs given = { 0 }, resolved = { 0 };
	struct strv words = { 0 };
	strv_split(&words, text, ";");
	for (size_t i = 0; i < words.n; i++) {
		char *val = strchr(words.v[i], '=');
		*val++ = '\0';
		kvs_set(&given, words.v[i], val, 0);
	}
	int r = opts_resolve(container_optdefs, &given, NULL, &resolved, err);
	if (r == 0)
		r = container_opts_parse(&resolved, privileged, ret, err);
	/* They point into the options. */
	ret->caps = NULL;
	ret->seccomp = NULL;
	kvs_free(&given);
	kvs_free(&resolved);
	strv_free(&words);
	return r;
}

static struct container_opts good(const char *text, bool privileged)
{
	struct container_opts o = { 0 };
	struct err err = { 0 };
	if (parse(text, privileged, &o, &err) < 0)
		fail_msg("'%s': %s", text, err.msg);
	return o;
}

static void bad(const char *text, const char *because)
{
	struct container_opts o;
	struct err err = { 0 };
	assert_int_equal(parse(text, true, &o, &err), -EINVAL);
	if (!strstr(err.msg, because))
		fail_msg("'%s' is refused with: %s", text, err.msg);
}

static void test_default_is_everything(void **state)
{
	(void)state;
	struct container_opts o = good("", true);
	assert_int_equal(o.namespaces, ALL);
	assert_true(o.masks && o.no_new_privs);
	assert_false(o.writable || o.host_dev || o.inherit);
	assert_int_equal(o.root, ROOT_BIND);
	assert_int_equal(o.enter, NS_PIVOT_ROOT);
	assert_int_equal(o.cgroup, CGROUP_ON);
	assert_int_equal(o.network, NETWORK_LOOPBACK);
	assert_int_equal(good("", false).namespaces, ALL | CLONE_NEWUSER);
	assert_int_equal(good("userns=off", false).namespaces, ALL);
	assert_int_equal(good("userns=on", true).namespaces, ALL | CLONE_NEWUSER);
}

static void test_lists_of_namespaces(void **state)
{
	(void)state;
	assert_int_equal(good("namespaces=mount pid;network=host", true).namespaces, CLONE_NEWNS | CLONE_NEWPID);
	assert_int_equal(good("namespaces=mount, net", true).namespaces, CLONE_NEWNS | CLONE_NEWNET);
	assert_int_equal(good("namespaces=none;network=host;root=host", true).namespaces, 0);
	assert_int_equal(good("network=host", true).namespaces, ALL & ~CLONE_NEWNET);
	cleanup_free char *text = container_namespaces_text(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUSER);
	assert_string_equal(text, "user mount net");
	cleanup_free char *none = container_namespaces_text(0);
	assert_string_equal(none, "none");
}

static void test_values(void **state)
{
	(void)state;
	static const char *const roots[] = { "bind", "overlay", "tmpfs", "squashfs", "erofs", "host" };
	for (unsigned i = 0; i < 6; i++) {
		cleanup_free char *text = xasprintf("root=%s", roots[i]);
		assert_int_equal(good(text, true).root, i);
	}
	assert_int_equal(good("root=overlay;layers=64", true).layers, 64);
	assert_int_equal(good("cgroup=before", true).cgroup, CGROUP_BEFORE);
	assert_int_equal(good("enter=chroot", true).enter, NS_CHROOT);
	assert_int_equal(good("network=pool", true).network, NETWORK_POOL);
}

static void test_refused(void **state)
{
	(void)state;
	bad("namespaces=mount pids", "'pids': expected all, none, or some of");
	bad("namespaces=user", "'user'");
	bad("namespaces=all pid", "'all'");
	bad("namespaces=pid;network=host", "needs the mount namespace");
	bad("namespaces=mount", "say network = host");
	bad("namespaces=mount net;network=host", "exclude each other");
	bad("layers=0;root=overlay", "from 1 to 64");
	bad("layers=65;root=overlay", "from 1 to 64");
	bad("layers=2", "only root = overlay");
	bad("no-new-privs=off", "seccomp = off");
	bad("root=zfs", "expected one of");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_is_everything), cmocka_unit_test(test_lists_of_namespaces),
		cmocka_unit_test(test_values),                cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

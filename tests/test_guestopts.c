/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_guestopts.c - the options of the vm driver: what they default to and what can't be had together. */
#include "env/guestopts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Up to two options, the others by default. */
static int parse(const char *key, const char *val, const char *key2, const char *val2, struct kvs *keep, struct guest_opts *o, struct err *err)
{
	struct kvs given = { 0 };
	if (key)
		kvs_set(&given, key, val, 1);
	if (key2)
		kvs_set(&given, key2, val2, 2);
	int r = opts_resolve(guest_optdefs, &given, "x.suite", keep, err);
	kvs_free(&given);
	return r < 0 ? r : guest_opts_parse(keep, o, err);
}

static void good(const char *key, const char *val, struct kvs *keep, struct guest_opts *o)
{
	struct err err = { 0 };
	if (parse(key, val, NULL, NULL, keep, o, &err) < 0)
		fail_msg("%s", err.msg);
}

static void bad(const char *key, const char *val, const char *key2, const char *val2, const char *word)
{
	struct err err = { 0 };
	struct kvs keep = { 0 };
	struct guest_opts o;
	assert_int_equal(parse(key, val, key2, val2, &keep, &o, &err), -EINVAL);
	if (!strstr(err.msg, word))
		fail_msg("'%s' is not in: %s", word, err.msg);
	kvs_free(&keep);
}

static void test_tuned_by_default(void **state)
{
	(void)state;
	struct kvs keep = { 0 };
	struct guest_opts o;
	good(NULL, NULL, &keep, &o);
	assert_int_equal(o.machine, GUEST_MACHINE_AUTO);
	assert_int_equal(o.boot, GUEST_BOOT_AUTO);
	assert_int_equal(o.via, GUEST_VIA_LIBVIRT);
	assert_false(o.trace);
	assert_int_equal(o.hugepages, GUEST_AUTO);
	assert_int_equal(o.network, GUEST_NETWORK_AUTO);
	assert_int_equal(o.scratch, GUEST_SCRATCH_ON_DISK);
	assert_true(o.tuned_args && o.iothread);
	assert_false(o.mitigations || o.default_devices || o.cpu_queries);
	assert_int_equal(o.disk, 384 << 20);
	assert_string_equal(o.cache, "none");
	kvs_free(&keep);
}

static void test_untuned(void **state)
{
	(void)state;
	struct kvs keep = { 0 };
	struct guest_opts o;
	good("args", "plain", &keep, &o);
	assert_true(o.mitigations);             /* a distribution's command line leaves them on */
	kvs_free(&keep);
	good("devices", "default", &keep, &o);
	assert_int_equal(o.machine, GUEST_MACHINE_Q35);
	kvs_free(&keep);
	good("scratch", "virtiofs", &keep, &o);
	assert_int_equal(o.machine, GUEST_MACHINE_Q35);
	kvs_free(&keep);
	good("firmware", "seabios", &keep, &o);
	assert_int_equal(o.machine, GUEST_MACHINE_Q35);
	kvs_free(&keep);
}

static void test_refused(void **state)
{
	(void)state;
	bad("machine", "microvm", "devices", "default", "q35");
	bad("machine", "microvm", "firmware", "seabios", "qboot");
	bad("cache", "writeback", "io", "native", "cache = none");
	bad("via", "qemu", "trace", "on", "leave out one");
	bad("via", "qemu", "scratch", "virtiofs", "virtiofsd");
	bad("via", "qemu", "network", "hub", "tap");
	bad("via", "direct", NULL, NULL, "expected");
	bad("machine", "microvm", "scratch", "virtiofs", "q35");
	bad("network", "bridge", NULL, NULL, "expected");
	bad("scratch", "9p", NULL, NULL, "expected");
	bad("kernel", "tiny", "boot", "bzimage", "vmlinux");
	bad("kernel", "debian", NULL, NULL, "tiny");
	bad("disk", "1MiB", NULL, NULL, "16");
	bad("disk", "much", NULL, NULL, "size");
	bad("machine", "i440fx", NULL, NULL, "expected");
	bad("tuning", "on", NULL, NULL, "unknown option");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tuned_by_default),
		cmocka_unit_test(test_untuned),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests_name("guestopts", tests, NULL, NULL);
}

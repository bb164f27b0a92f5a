/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_base.c - strings, numbers, files, helper programs, random numbers. */
#include "base/beacon.h"
#include "base/cleanup.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/proc.h"
#include "base/rng.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static void test_err(void **state)
{
	(void)state;
	struct err e = { 0 };
	assert_int_equal(err_setf(&e, -EINVAL, "bad %d", 7), -EINVAL);
	assert_string_equal(e.msg, "bad 7");
	assert_int_equal(err_wrapf(&e, "file %s", "x"), -EINVAL);
	assert_string_equal(e.msg, "file x: bad 7");
	err_sysf(&e, -ENOENT, "open");
	assert_string_equal(e.msg, "open: No such file or directory");
	assert_int_equal(err_setf(NULL, -EIO, "nobody listens"), -EIO);
	/* A message longer than the buffer is cut, not written past it. */
	char big[4096];
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err_setf(&e, -EIO, "%s", big);
	err_wrapf(&e, "%s", big);
	err_addf(&e, "%s", big);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
}

static void test_numbers(void **state)
{
	(void)state;
	uint64_t u = 99;
	double d = 0;
	bool b = false;
	assert_int_equal(parse_size("4KiB", &u), 0);
	assert_int_equal(u, 4096);
	assert_int_equal(parse_size("2 MB", &u), 0);
	assert_int_equal(u, 2000000);
	assert_int_equal(parse_size("1G", &u), 0);
	assert_int_equal(u, 1u << 30);
	u = 99;
	const char *bad_sizes[] = { "", "-1", "KiB", "4KB2", "1.5M", "99999999999999999999", "16000000000GiB", " 4" };
	for (size_t i = 0; i < sizeof(bad_sizes) / sizeof(*bad_sizes); i++)
		if (parse_size(bad_sizes[i], &u) == 0)
			fail_msg("'%s' was taken for a size", bad_sizes[i]);
	assert_int_equal(u, 99);
	assert_int_equal(parse_duration("250ms", &d), 0);
	assert_true(d > 0.2499 && d < 0.2501);
	assert_int_equal(parse_duration("1.5m", &d), 0);
	assert_true(d == 90);
	assert_int_equal(parse_duration("soon", &d), -EINVAL);
	assert_int_equal(parse_duration("-1s", &d), -EINVAL);
	assert_int_equal(parse_duration("nan", &d), -EINVAL);
	assert_int_equal(parse_duration("1.5e308h", &d), -ERANGE);
	assert_int_equal(parse_u64("12x", &u), -EINVAL);
	assert_int_equal(parse_bool("On", &b), 0);
	assert_true(b);
	assert_int_equal(parse_bool("maybe", &b), -EINVAL);
	assert_int_equal(parse_percent("2.5%", &d), 0);
	assert_true(d > 0.02499 && d < 0.02501);
	static const char *const bad_percents[] = { "", "5", "%", "-1%", "5 %", "5%%", "nan%", "inf%", " 5%", "1e999%" };
	for (size_t i = 0; i < sizeof(bad_percents) / sizeof(*bad_percents); i++)
		if (parse_percent(bad_percents[i], &d) == 0)
			fail_msg("'%s' was taken for a percentage", bad_percents[i]);
}

static void test_lists(void **state)
{
	(void)state;
	struct strv l = { 0 };
	strv_split(&l, " a, b ,,c ", ",");
	assert_int_equal(l.n, 3);
	assert_string_equal(l.v[1], "b");
	assert_null(l.v[3]);
	assert_true(strv_has(&l, "c"));
	assert_false(strv_has(&l, ""));
	strv_free(&l);
	struct kvs k = { 0 };
	kvs_set(&k, "x", "1", 3);
	kvs_set(&k, "y", "2", 4);
	kvs_set(&k, "x", kvs_get(&k, "x"), 5);
	kvs_setf(&k, "y", "%d", 7);
	assert_int_equal(k.n, 2);
	assert_string_equal(kvs_get(&k, "x"), "1");
	assert_int_equal(k.v[0].line, 5);
	assert_string_equal(kvs_get(&k, "y"), "7");
	assert_null(kvs_get(&k, "z"));
	kvs_free(&k);
}

static void test_files(void **state)
{
	(void)state;
	char dir[] = "/tmp/isocost-test-XXXXXX";
	assert_non_null(mkdtemp(dir));
	cleanup_free char *deep = xasprintf("%s/a/b/c", dir), *file = xasprintf("%s/f", deep), *copy = xasprintf("%s/g", deep);
	assert_int_equal(fs_mkdirs(deep, 0755), 0);
	assert_int_equal(fs_mkdirs(deep, 0755), 0);
	assert_int_equal(fs_replace(file, "one\ntwo", 7, 0640), 0);
	assert_int_equal(fs_replace(file, "three\n", 6, 0640), 0);
	cleanup_free char *line = fs_read_line(file);
	assert_string_equal(line, "three");
	assert_null(fs_read_line("/nonexistent/x"));
	assert_int_equal(fs_mkdirs(file, 0755), -ENOTDIR);
	/* What is no file is not replaced by one. */
	cleanup_free char *pipe_path = xasprintf("%s/pipe", deep);
	struct stat st;
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	int end = open(pipe_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char got[8] = "";
	assert_int_equal(fs_replace(pipe_path, "three\n", 6, 0640), 0);
	assert_int_equal(read(end, got, sizeof(got) - 1), 6);
	close(end);
	assert_string_equal(got, "three\n");
	assert_true(stat(pipe_path, &st) == 0 && S_ISFIFO(st.st_mode));
	assert_int_equal(unlink(pipe_path), 0);
	assert_int_equal(fs_replace(deep, "x", 1, 0640), -EISDIR);

	/* A sparse file stays sparse and equal. */
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 8 << 20), 0);
	assert_int_equal(pwrite(fd, "mark", 4, 5 << 20), 4);
	close(fd);
	assert_int_equal(fs_copy(file, copy, 0600), 0);
	char *a, *b;
	size_t na, nb;
	assert_int_equal(fs_read(file, &a, &na), 0);
	assert_int_equal(fs_read(copy, &b, &nb), 0);
	assert_int_equal(na, 8 << 20);
	assert_int_equal(nb, na);
	assert_memory_equal(a, b, na);
	free(a);
	free(b);
	assert_int_equal(stat(copy, &st), 0);
	assert_true(st.st_blocks * 512 < 4 << 20);
	assert_int_equal(st.st_mode & 0777, 0600);

	/* A link is removed, not followed. */
	cleanup_free char *link = xasprintf("%s/a/link", dir);
	assert_int_equal(symlink("/etc/hostname", link), 0);
	assert_int_equal(fs_rmtree(dir), 0);
	assert_false(fs_exists(dir));
	assert_int_equal(fs_rmtree(dir), 0);
}

static void test_proc(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct proc_out o;
	char *const echo[] = { (char *)"sh", (char *)"-c", (char *)"echo out; echo err >&2; exit 3", NULL };
	assert_int_equal(proc_run(echo, NULL, &o, &err), 0);
	assert_int_equal(o.status, 3);
	assert_string_equal(o.out, "out\n");
	assert_string_equal(o.err, "err\n");
	proc_out_free(&o);
	assert_int_equal(proc_check(echo, NULL, &err), -EIO);
	assert_non_null(strstr(err.msg, "err"));
	char *const none[] = { (char *)"no-such-program-here", NULL };
	assert_int_equal(proc_run(none, NULL, &o, &err), -ENOENT);
	/* More than a pipe holds, on both streams at once. */
	char *const big[] = { (char *)"sh", (char *)"-c",
	                      (char *)"head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2", NULL };
	assert_int_equal(proc_run(big, "/", &o, &err), 0);
	assert_int_equal(o.out_len, 300000);
	proc_out_free(&o);
}

static void test_rng(void **state)
{
	(void)state;
	struct rng *a = rng_new(42), *b = rng_new(42);
	int x[10], y[10];
	for (int i = 0; i < 10; i++)
		x[i] = y[i] = i;
	rng_shuffle(a, x, 10, sizeof(*x));
	rng_shuffle(b, y, 10, sizeof(*y));
	assert_memory_equal(x, y, sizeof(x));
	int sum = 0, moved = 0;
	for (int i = 0; i < 10; i++) {
		sum += x[i];
		moved += x[i] != i;
	}
	assert_int_equal(sum, 45);
	assert_true(moved > 0);
	/* The first output of mt19937 with seed 5489, the reference implementation's default: the sequence must never change. */
	struct rng *c = rng_new(5489);
	assert_true(rng_uniform(c) == 3499211612.0 / 4294967296.0);
	rng_free(a);
	rng_free(b);
	rng_free(c);
}

static void test_beacon(void **state)
{
	(void)state;
	cleanup_free char *name = xasprintf("isocost-test-%d", (int)getpid());
	assert_false(beacon_is_lit(name));
	int fd = beacon_light(name);
	assert_true(fd >= 0);
	assert_true(beacon_is_lit(name));
	assert_int_equal(beacon_light(name), -EADDRINUSE);
	close(fd);
	assert_false(beacon_is_lit(name));
	char longer[200];
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(beacon_light(longer), -ENAMETOOLONG);
}

/* Two that spin on one CPU wait for each other; one that sleeps waits for none. */
static void test_cpu_wait(void **state)
{
	(void)state;
	cpu_set_t all, one;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	for (int c = 0; c < CPU_SETSIZE && !CPU_COUNT(&one); c++)
		if (CPU_ISSET(c, &all))
			CPU_SET(c, &one);
	pid_t spinners[2], sleeper = fork();
	if (sleeper == 0) {
		pause();
		_exit(0);
	}
	sched_setaffinity(0, sizeof(one), &one);
	for (int i = 0; i < 2; i++) {
		spinners[i] = fork();
		while (spinners[i] == 0)
			;
	}
	sched_setaffinity(0, sizeof(all), &all);
	poll(NULL, 0, 500);
	int64_t waited = proc_cpu_wait(spinners[0]), slept = proc_cpu_wait(sleeper);
	bool told = fs_exists("/proc/self/schedstat");
	kill(sleeper, SIGKILL);
	proc_wait(sleeper);
	for (int i = 0; i < 2; i++) {
		kill(spinners[i], SIGKILL);
		proc_wait(spinners[i]);
	}
	assert_true(!told || waited > 50 * CLK_MS);
	assert_true(!told || slept < waited);
	assert_int_equal(proc_cpu_wait(spinners[0]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beacon),
		cmocka_unit_test(test_err),   cmocka_unit_test(test_numbers), cmocka_unit_test(test_lists),
		cmocka_unit_test(test_files), cmocka_unit_test(test_proc),    cmocka_unit_test(test_rng),
		cmocka_unit_test(test_cpu_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

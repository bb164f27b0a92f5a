/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_vm_many.c - guests one after the other: none hangs, and none costs the harness descriptors, threads, files or memory for good.
 * ISOCOST_TEST_STARTS says how many (`make bench-guests` takes 200). */
#include "vm_arm.h"

#include "base/sig.h"

#include <fts.h>
#include <unistd.h>

/* What the first ones leave with libvirt for good: buffers, caches, a thread of its pool. */
#define SETTLED 2
#define GROWTH_KIB 64           /* of the harness's memory for each further start: a leaked description of a guest is more */

struct holding {
	size_t descriptors, threads, files;
	long rss_kib;
};

static size_t entries(const char *path)
{
	cleanup(dir_closep) DIR *d = opendir(path);
	size_t n = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		n += *e->d_name != '.';
	return n;
}

static size_t files_below(char *path)
{
	char *const paths[] = { path, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	size_t n = 0;
	for (FTSENT *e; fts && (e = fts_read(fts));)
		n += e->fts_info != FTS_DP;
	fts_close(fts);
	return n;
}

static struct holding holds(void)
{
	cleanup_free char *status = NULL;
	assert_int_equal(fs_read("/proc/self/status", &status, NULL), 0);
	const char *rss = strstr(status, "VmRSS:");
	return (struct holding){ entries("/proc/self/fd"), entries("/proc/self/task"), files_below(work), rss ? atol(rss + 6) : 0 };
}

static double start_and_stop(struct fixture *f)
{
	must_start(f, true);
	run(f, "true", 0);
	double s = clk_to_s(f->phases.v[f->phases.n - 1].end_ns - f->phases.start_ns);
	env_vm.stop(f->env);
	f->env = NULL;
	return s;
}

static void test_in_a_row(void **state)
{
	(void)state;
	const char *given = getenv("ISOCOST_TEST_STARTS");
	int n = given ? atoi(given) : SETTLED + 2;
	struct fixture f = { 0 };
	struct holding first = { 0 }, last = { 0 };
	must_open(&f, NULL, NULL);
	for (int i = 1; i <= n; i++) {
		double s = start_and_stop(&f);
		last = holds();
		if (i == SETTLED)
			first = last;
		if (i <= SETTLED || i == n || i % 10 == 0)
			print_message("start %d: up in %.2f s; %zu descriptors, %zu threads, %zu files, %ld KiB resident\n", i, s, last.descriptors,
			              last.threads, last.files, last.rss_kib);
	}
	assert_true(n > SETTLED);
	assert_int_equal(last.descriptors, first.descriptors);
	assert_true(last.threads <= first.threads);
	assert_int_equal(last.files, first.files);
	/* A sanitizer keeps what is freed. */
#ifndef __SANITIZE_ADDRESS__
	assert_true(last.rss_kib - first.rss_kib <= GROWTH_KIB * (n - SETTLED) + 1024);
#endif
	finish(&f);
	nothing_left();
}

int main(void)
{
	sig_catch();
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_in_a_row) };
	return cmocka_run_group_tests_name("vm many", tests, make_session, end_session);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory and CPU time of processes: the parsers on made-up text, the readers on this process, and what can't be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "env/body.h"
#include "env/procmem.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define KiB 1024
#define MiB (1 << 20)

static const char rollup[] =
	"55d0c0a00000-7ffd3a5f9000 ---p 00000000 00:00 0                          [rollup]\n"
	"Rss:                4000 kB\nPss:                3000 kB\nPss_Dirty:           999 kB\nPss_Anon:           2000 kB\n"
	"Pss_File:            900 kB\nPss_Shmem:           100 kB\nShared_Clean:       1200 kB\nPrivate_Clean:       700 kB\n"
	"Private_Dirty:      2100 kB\nSwap:                  0 kB\n";

static void test_rollup(void **state)
{
	(void)state;
	struct procmem_rollup r;
	assert_int_equal(procmem_parse_rollup(rollup, &r), 0);
	assert_int_equal(r.pss, 3000 * KiB);
	assert_int_equal(r.anon, 2000 * KiB);
	assert_int_equal(r.file, 900 * KiB);
	assert_int_equal(r.shmem, 100 * KiB);
	assert_int_equal(r.private, 2800 * KiB);
	assert_true(r.has_parts);
	/* Huge pages of a pool come on top. */
	cleanup_free char *huge = xasprintf("%sShared_Hugetlb: 2048 kB\nPrivate_Hugetlb: 4096 kB\n", rollup);
	assert_int_equal(procmem_parse_rollup(huge, &r), 0);
	assert_int_equal(r.pss, (3000 + 6144) * KiB);
	assert_int_equal(r.private, (2800 + 4096) * KiB);
	/* An older kernel tells no parts; Pss_Dirty must not be taken for Pss. */
	assert_int_equal(procmem_parse_rollup("Pss_Dirty: 9 kB\nPss: 5 kB\nPrivate_Clean: 1 kB\nPrivate_Dirty: 2 kB\n", &r), 0);
	assert_int_equal(r.pss, 5 * KiB);
	assert_false(r.has_parts);
	static const char *const bad[] = { "", "Pss: 5 kB\n", "Pss: x kB\nPrivate_Clean: 1 kB\nPrivate_Dirty: 2 kB\n", "nonsense" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(procmem_parse_rollup(bad[i], &r), -EPROTO);
}

static void test_page_tables(void **state)
{
	(void)state;
	uint64_t v;
	assert_int_equal(procmem_parse_page_tables("Name:\tx\nVmSwap:\t0 kB\nVmPTE:\t     596 kB\nThreads:\t3\n", &v), 0);
	assert_int_equal(v, 596 * KiB);
	assert_int_equal(procmem_parse_page_tables("Name:\tkthreadd\nThreads:\t1\n", &v), -EPROTO);
}

/* A guest of 512 MiB: QEMU's heap, code buffer, the RAM, and what lies around it. */
static const char smaps[] =
	"7f0000000000-7f0040000000 rwxp 00000000 00:00 0 \nSize:            1048576 kB\nRss:              30000 kB\nSwap: 0 kB\n"
	"7f0050000000-7f0060000000 rw-p 00000000 00:00 0 \nSize:             262144 kB\nRss:                100 kB\nSwap: 0 kB\n"
	"7f0100000000-7f0120000000 rw-p 00000000 00:00 0 \nSize:             524288 kB\nRss:              94208 kB\nPss:              94208 kB\n"
	"Swap:               512 kB\nVmFlags: rd wr mr mw me ac sd dd hg\n"
	"7f0120000000-7f0120001000 ---p 00000000 00:00 0 \nSize:                  4 kB\nRss:                  4 kB\nSwap: 0 kB\n"
	"7f0200000000-7f0280000000 rw-s 00000000 00:01 9       /memfd:other (deleted)\nRss:             7 kB\n";

static void test_guest_mapping(void **state)
{
	(void)state;
	uint64_t v;
	assert_int_equal(procmem_parse_guest(smaps, 512ull * MiB, &v), 0);
	assert_int_equal(v, (94208 + 512) * KiB);
	/* Not the code buffer of 1 GiB, which is executable, but the next one that is large enough. */
	assert_int_equal(procmem_parse_guest(smaps, 1024ull * MiB, &v), 0);
	assert_int_equal(v, 7 * KiB);
	/* Merged with a neighbour it is a little larger than the RAM. */
	assert_int_equal(procmem_parse_guest(smaps, 511ull * MiB, &v), 0);
	assert_int_equal(v, (94208 + 512) * KiB);
	assert_int_equal(procmem_parse_guest(smaps, 4096ull * MiB, &v), -ENOENT);
	assert_int_equal(procmem_parse_guest("", MiB, &v), -ENOENT);
	assert_int_equal(procmem_parse_guest("7f0000000000-7f0020000000 rw-s 00000000 00:0f 9  /memfd:ram (deleted)\nRss: 0 kB\n"
	                                     "Private_Hugetlb: 6144 kB\n", 512ull * MiB, &v), 0);
	assert_int_equal(v, 6 * MiB);
}

static void test_own_memory(void **state)
{
	(void)state;
	const pid_t self = getpid();
	struct footprint before = { 0 }, after = { 0 };
	procmem_read(&self, 1, &before);
	assert_true(footprint_get(&before, FOOTPRINT_PSS) > 100 * KiB);
	assert_true(footprint_get(&before, FOOTPRINT_PAGE_TABLES) >= 4 * KiB);
	/* Touched memory is seen, whole; that of libraries is private or shared as other processes come and go. */
	const size_t size = 128 * MiB;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	memset(p, 1, size / 2);
	procmem_read(&self, 1, &after);
	double grown = footprint_get(&after, FOOTPRINT_PRIVATE) - footprint_get(&before, FOOTPRINT_PRIVATE);
	assert_true(grown > 48 * MiB && grown < 80 * MiB);
	/* As a guest's RAM would be: half of it is touched. */
	mprotect(p, size, PROT_READ | PROT_WRITE);
	procmem_read_guest(&self, 1, size, &after);
	assert_true(footprint_get(&after, FOOTPRINT_GUEST_PAGES) >= size / 2);
	assert_true(footprint_get(&after, FOOTPRINT_GUEST_PAGES) < size / 2 + 4 * MiB);
	munmap(p, size);
	footprint_free(&before);
	footprint_free(&after);
}

/* A child that has ended, first as a zombie and then not at all. */
static void test_ended(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	for (int i = 0; i < 2; i++) {
		struct footprint f = { 0 };
		procmem_read(&pid, 1, &f);
		assert_false(footprint_has(&f, FOOTPRINT_PSS));
		assert_true(isnan(footprint_get(&f, FOOTPRINT_PAGE_TABLES)));
		assert_string_equal(kvs_get(&f.unknown, "pss"), "none of its processes lives");
		/* Beside one that lives it counts nothing. */
		const pid_t both[] = { pid, getpid() };
		struct footprint g = { 0 };
		procmem_read(both, 2, &g);
		assert_true(footprint_get(&g, FOOTPRINT_PSS) > 0 && footprint_has(&g, FOOTPRINT_PAGE_TABLES));
		footprint_free(&f);
		footprint_free(&g);
		if (i == 0)
			assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	double cpu;
	assert_int_equal(procmem_cpu_s(&pid, 1, &cpu), -ESRCH);
}

static void test_cpu(void **state)
{
	(void)state;
	const pid_t self = getpid();
	double a, b;
	assert_int_equal(procmem_cpu_s(&self, 1, &a), 0);
	do
		assert_int_equal(procmem_cpu_s(&self, 1, &b), 0);
	while (b < a + 0.002);          /* finer than a tick of 10 ms, and it grows */
	assert_true(b < a + 1);
}

/* A name may hold whatever the line itself does. */
static void test_waited(void **state)
{
	(void)state;
	static const char stat[] = "4711 (a) b (c) S 1 4711 4711 0 -1 4194560 100 200 0 0 7 8 30 12 20 0 1 0 12345 1000 200\n";
	unsigned long long ticks;
	assert_int_equal(procmem_parse_waited(stat, &ticks), 0);
	assert_int_equal(ticks, 42);
	assert_int_equal(procmem_parse_waited("4711 (a) S 1 2 3\n", &ticks), -EPROTO);
	assert_int_equal(procmem_parse_waited("", &ticks), -EPROTO);
	/* A child that worked counts once it was waited for. */
	const pid_t self = getpid();
	double before, after, own = 0;
	assert_int_equal(procmem_waited_s(&self, 1, &before), 0);
	pid_t pid = fork();
	if (pid == 0) {
		const pid_t me = getpid();
		while (own < 0.06)
			if (procmem_cpu_s(&me, 1, &own) < 0)
				_exit(1);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(procmem_waited_s(&self, 1, &after), 0);
	assert_true(after - before >= 0.03 && after - before < 1);
}

/* What belongs to an instance: each process once, children of children too, never this one. */
static void test_tree(void **state)
{
	(void)state;
	int ready[2];
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		pid_t child = fork();
		if (child > 0 && write(ready[1], &child, sizeof(child)) < 0)
			_exit(1);
		pause();
		_exit(0);
	}
	pid_t child;
	assert_int_equal(read(ready[0], &child, sizeof(child)), sizeof(child));
	struct env_body b = body_new();
	body_add_tree(&b, pid);
	body_add_tree(&b, pid);
	body_add_pid(&b, getpid());
	body_add_pid(&b, 0);
	assert_int_equal(b.n, 2);
	assert_int_equal(b.pids[0], pid);
	assert_int_equal(b.pids[1], child);
	body_free(&b);
	kill(child, SIGKILL);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ready[0]);
	close(ready[1]);
}

static void test_image(void **state)
{
	(void)state;
	char dir[] = "/tmp/isocost-test-XXXXXX";
	assert_non_null(mkdtemp(dir));
	cleanup_free char *file = xasprintf("%s/file", dir), *link = xasprintf("%s/link", dir), *none = xasprintf("%s/none", dir);
	cleanup_free char *zeros = calloc(1, MiB);
	memset(zeros, 1, MiB);
	assert_int_equal(fs_write(file, zeros, MiB, 0644), 0);
	assert_int_equal(symlink(file, link), 0);
	uint64_t bytes;
	assert_int_equal(fs_allocated(file, &bytes), 0);
	assert_in_range(bytes, MiB, MiB + 64 * KiB);
	assert_int_equal(fs_allocated(link, &bytes), 0);        /* what is named is followed */
	assert_in_range(bytes, MiB, MiB + 64 * KiB);
	assert_int_equal(fs_allocated(dir, &bytes), 0);         /* what is found is not */
	assert_in_range(bytes, MiB, MiB + 64 * KiB);
	/* A hole takes nothing. */
	assert_int_equal(truncate(file, 64 * MiB), 0);
	assert_int_equal(fs_allocated(file, &bytes), 0);
	assert_in_range(bytes, MiB, MiB + 64 * KiB);
	assert_int_equal(fs_allocated(none, &bytes), -ENOENT);
	struct env_body b = body_new();
	struct footprint f = { 0 };
	body_add_file(&b, file);
	body_add_file(&b, NULL);
	body_add_image(&b, MiB);
	assert_true(footprint_get(&b.known, FOOTPRINT_IMAGE) >= 2 * MiB);
	/* A part that is not there makes the sum unknown, for good. */
	body_add_file(&b, none);
	body_add_image(&b, MiB);
	body_read_memory(&b, &f);
	assert_false(footprint_has(&f, FOOTPRINT_IMAGE));
	assert_non_null(strstr(kvs_get(&f.unknown, "image"), none));
	assert_string_equal(kvs_get(&f.unknown, "guest_pages"), "it is no guest");
	footprint_free(&f);
	body_free(&b);
	assert_int_equal(fs_rmtree(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rollup), cmocka_unit_test(test_page_tables), cmocka_unit_test(test_guest_mapping),
		cmocka_unit_test(test_own_memory), cmocka_unit_test(test_ended), cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_waited), cmocka_unit_test(test_tree), cmocka_unit_test(test_image),
	};
	return cmocka_run_group_tests_name("procmem", tests, NULL, NULL);
}

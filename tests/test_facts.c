/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_facts.c - the memory limit that binds, found in made-up cgroup trees of each kind. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char root[] = "/tmp/isocost-facts-XXXXXX";

static void put(const char *dir, const char *file, const char *text)
{
	cleanup_free char *d = xasprintf("%s/%s", root, dir), *f = xasprintf("%s/%s", d, file);
	assert_int_equal(fs_mkdirs(d, 0755), 0);
	assert_int_equal(fs_write(f, text, strlen(text), 0644), 0);
}

static int make_root(void **state)
{
	(void)state;
	strcpy(root + sizeof(root) - 7, "XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)state;
	return fs_rmtree(root);
}

static void v1(void **state)
{
	(void)state;
	put("memory", "memory.limit_in_bytes", "9223372036854771712\n");
	put("memory/isocost", "memory.limit_in_bytes", "536870912\n");
	put("memory/isocost/arm", "memory.limit_in_bytes", "1073741824\n");
	assert_true(load_cgroup_memory(root, "5:cpu,cpuacct:/isocost\n4:memory:/isocost/arm\n") == 536870912);
	assert_true(load_cgroup_memory(root, "4:hugetlb,memory:/isocost/arm\n") == 536870912);
	assert_true(load_cgroup_memory(root, "4:memory:/\n") == 9223372036854771712u);
	assert_true(load_cgroup_memory(root, "4:memoryless:/isocost\n5:name=memory:/isocost\n") == UINT64_MAX);
}

/* In a container the path may be the host's while the mount shows only the container's own cgroup. */
static void v1_in_a_container(void **state)
{
	(void)state;
	put("memory", "memory.limit_in_bytes", "268435456\n");
	assert_true(load_cgroup_memory(root, "4:memory:/isocost/session/arm\n") == 268435456);
	assert_true(load_cgroup_memory(root, "4:memory:/../elsewhere\n") == 268435456);
}

static void v2(void **state)
{
	(void)state;
	put("user.slice", "memory.max", "max\n");
	put("user.slice/isocost", "memory.max", "536870912\n");
	put("user.slice/isocost/arm", "memory.max", "max\n");
	assert_true(load_cgroup_memory(root, "0::/user.slice/isocost/arm\n") == 536870912);
	assert_true(load_cgroup_memory(root, "0::/user.slice\n") == UINT64_MAX);
	assert_true(load_cgroup_memory(root, "0::/user.slice/iso:cost\n") == UINT64_MAX);
}

static void hybrid(void **state)
{
	(void)state;
	put("memory/isocost", "memory.limit_in_bytes", "536870912\n");
	put("unified/isocost", "memory.max", "max\n");
	assert_true(load_cgroup_memory(root, "4:memory:/isocost\n0::/isocost\n") == 536870912);
	put("unified/isocost", "memory.max", "4096\n");
	assert_true(load_cgroup_memory(root, "4:memory:/isocost\n0::/isocost\n") == 4096);
}

static void rubbish(void **state)
{
	(void)state;
	put("", "memory.max", "");
	assert_true(load_cgroup_memory(root, "") == UINT64_MAX);
	assert_true(load_cgroup_memory(root, "rubbish\n0\n0:\n::\n") == UINT64_MAX);
}

static void file_systems(void **state)
{
	(void)state;
	char type[32];
	load_fs_type("/proc", type, sizeof(type));
	assert_string_equal(type, "0x9fa0");            /* has no name here: nobody writes benchmarks into it */
	load_fs_type("/no/such/directory", type, sizeof(type));
	assert_string_equal(type, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(v1, make_root, remove_root),
		cmocka_unit_test_setup_teardown(v1_in_a_container, make_root, remove_root),
		cmocka_unit_test_setup_teardown(v2, make_root, remove_root),
		cmocka_unit_test_setup_teardown(hybrid, make_root, remove_root),
		cmocka_unit_test_setup_teardown(rubbish, make_root, remove_root),
		cmocka_unit_test(file_systems),
	};
	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}

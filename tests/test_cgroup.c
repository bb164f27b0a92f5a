/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cgroups: where limits are found to be possible on made-up v1, hybrid and v2 trees, what is written there, and real ones. */
#include "arm.h"

#include "base/beacon.h"
#include "env/cgroup_tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static char top[64];

/* In a made-up v2 tree a new directory must be filled with files, as the kernel does: this program's own mkdir and rmdir
 * stand before the C library's. */
int mkdir(const char *path, mode_t mode)
{
	int r = mkdirat(AT_FDCWD, path, mode);
	static const char *const files[] = {
		"cgroup.procs", "memory.max", "memory.swap.max", "memory.peak", "memory.events", "pids.max", "cpuset.cpus", "cpu.stat",
	};
	const char *name = strrchr(path, '/') + 1;
	for (size_t i = 0; r == 0 && *top && strncmp(path, top, strlen(top)) == 0 && strncmp(name, "isocost-", 8) == 0 && i < 8; i++) {
		cleanup_free char *file = xasprintf("%s/%s", path, files[i]);
		fs_write(file, "", 0, 0644);
	}
	return r;
}

int rmdir(const char *path)
{
	bool made_up = *top && strncmp(path, top, strlen(top)) == 0 && strstr(path, "isocost-t");
	DIR *dir = made_up ? opendir(path) : NULL;
	for (struct dirent *e; dir && (e = readdir(dir));)
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

static void put(const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("%s/%s", top, name);
	cleanup_free char *dir = xstrdup(path);
	*strrchr(dir, '/') = '\0';
	assert_int_equal(fs_mkdirs(dir, 0755), 0);
	assert_int_equal(fs_write(path, text, strlen(text), 0644), 0);
}

static void has(const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("%s/%s", top, name);
	cleanup_free char *have = NULL;
	assert_int_equal(fs_read(path, &have, NULL), 0);
	assert_string_equal(have, text);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/isocost-cgtest-XXXXXX");
	assert_non_null(mkdtemp(top));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fs_rmtree(top);
	*top = '\0';
	return 0;
}

static struct cgroup_tree *parse(const char *mounts, const char *own)
{
	struct cgroup_tree *t = NULL;
	struct err err = { 0 };
	if (cgroup_tree_parse(mounts, own, top, &t, &err) < 0)
		fail_msg("%s", err.msg);
	return t;
}

static const struct envelope limits = { .cpu_list = (char *)"1,3", .cpus = 2, .memory = 64 * MiB, .pids = 32 };

static void test_v1(void **state)
{
	(void)state;
	put("cg/cpu,cpuacct/tasks", "");
	put("cg/memory/tasks", "");
	put("cg/c s/tasks", "");
	struct cgroup_tree *t = parse(
		"30 23 0:28 / /cg rw,relatime shared:4 - tmpfs tmpfs rw,mode=755\n"
		"33 31 0:30 / /cg/cpu,cpuacct rw shared:9 master:2 - cgroup cgroup rw,cpu,cpuacct\n"
		"35 31 0:32 / /cg/memory rw - cgroup cgroup rw,memory\n"
		"36 31 0:33 / /cg/c\\040s rw - cgroup cgroup rw,cpuset\n"
		"37 31 0:34 / /cg/absent rw - cgroup cgroup rw,pids\n",
		"4:memory:/\n");
	assert_string_equal(cgroup_tree_mode(t), "v1");
	assert_int_equal(t->n, 3);
	assert_int_equal(t->node[0].controllers, CG_CPUACCT);
	assert_int_equal(t->node[2].controllers, CG_CPUSET);
	assert_non_null(strstr(t->node[2].parent, "/cg/c s"));
	struct strv missing = { 0 };
	cgroup_tree_warn(t, true, &missing);
	assert_int_equal(missing.n, 1);
	assert_non_null(strstr(missing.v[0], "tasks"));
	strv_free(&missing);
	cgroup_tree_close(t);
}

static void test_hybrid_prefers_v1(void **state)
{
	(void)state;
	put("cg/memory/tasks", "");
	put("cg/unified/cgroup.procs", "");
	put("cg/unified/cgroup.controllers", "pids hugetlb\n");
	put("cg/unified/cgroup.subtree_control", "pids\n");
	struct cgroup_tree *t = parse(
		"41 31 0:38 / /cg/unified rw - cgroup2 cgroup rw\n"
		"35 31 0:32 / /cg/memory rw - cgroup cgroup rw,memory\n", "4:memory:/a\n0::/\n");
	assert_string_equal(cgroup_tree_mode(t), "v1 and v2");
	assert_int_equal(t->node[0].controllers, CG_MEMORY);
	assert_int_equal(t->node[1].controllers, CG_PIDS | CG_CPUACCT);
	cgroup_tree_close(t);
}

static void test_unified_without_controllers_is_not_used(void **state)
{
	(void)state;
	put("cg/unified/cgroup.procs", "");
	put("cg/unified/cgroup.controllers", "\n");
	put("cg/unified/cgroup.subtree_control", "\n");
	struct cgroup_tree *t = parse("41 31 0:38 / /cg/unified rw - cgroup2 cgroup rw\n", "0::/\n");
	assert_string_equal(cgroup_tree_mode(t), "none");
	struct cgroup *c;
	/* Nothing can be enforced, and everything still works. */
	assert_int_equal(cgroup_create(t, "isocost-t1.a", &limits, true, &c, NULL), 0);
	assert_int_equal(cgroup_add(c, getpid(), NULL), 0);
	assert_int_equal(cgroup_kill(c, NULL), 0);
	assert_int_equal(cgroup_memory_peak(c), 0);
	assert_int_equal(cgroup_dir_fd(c), -1);
	cgroup_destroy(c);
	cgroup_tree_close(t);
}

static void give(const char *name, uid_t uid)
{
	cleanup_free char *path = xasprintf("%s/%s", top, name);
	assert_int_equal(chown(path, uid, (gid_t)-1), 0);
}

/* As a user sees it: the top is root's, the own scope holds processes, the service above it is delegated. */
static void test_v2_delegated(void **state)
{
	(void)state;
	uid_t user = geteuid() == 0 ? 65534 : geteuid();
	static const char *const dirs[] = { "cg/user/svc", "cg/user/svc/scope" };
	static const char *const files[] = { "cgroup.procs", "cgroup.controllers", "cgroup.subtree_control" };
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < 3; k++) {
			cleanup_free char *name = xasprintf("%s/%s", dirs[i], files[k]);
			put(name, k == 0 || (i == 1 && k == 2) ? "" : "memory pids\n");
			give(name, user);
		}
		give(dirs[i], user);
	}
	assert_int_equal(chmod(top, 0755), 0);
	cleanup_free char *point = xasprintf("%s/cg/user", top);
	assert_int_equal(chmod(point, 0555), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (setresuid(user, user, user) < 0)
			_exit(3);
		/* The mount shows only a part of the hierarchy, as inside of a container. */
		struct cgroup_tree *t = parse("41 31 0:38 /user /cg/user rw - cgroup2 cgroup rw\n", "0::/user/svc/scope\n");
		if (t->n != 1 || t->node[0].controllers != (CG_MEMORY | CG_PIDS | CG_CPUACCT))
			_exit(1);
		_exit(strcmp(strrchr(t->node[0].parent, '/'), "/svc") == 0 ? 0 : 2);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(point, 0755), 0);
}

static void test_v2(void **state)
{
	(void)state;
	put("cg/cgroup.procs", "");
	put("cg/cgroup.controllers", "cpuset cpu io memory pids\n");
	put("cg/cgroup.subtree_control", "cpuset memory pids\n");
	struct cgroup_tree *t = parse("41 31 0:38 / /cg rw - cgroup2 cgroup2 rw,nsdelegate\n", "0::/a.slice\n");
	assert_string_equal(cgroup_tree_mode(t), "v2");
	struct cgroup *c;
	struct err err = { 0 };
	if (cgroup_create(t, "isocost-t1.a", &limits, true, &c, &err) < 0)
		fail_msg("%s", err.msg);
	has("cg/isocost-t1.a/memory.max", "67108864");
	has("cg/isocost-t1.a/memory.swap.max", "0");
	has("cg/isocost-t1.a/pids.max", "32");
	has("cg/isocost-t1.a/cpuset.cpus", "1,3");
	put("cg/isocost-t1.a/memory.peak", "4096\n");
	put("cg/isocost-t1.a/memory.events", "low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\n");
	put("cg/isocost-t1.a/cpu.stat", "usage_usec 2500000\nuser_usec 1\n");
	assert_int_equal(cgroup_memory_peak(c), 4096);
	assert_int_equal(cgroup_oom_news(c), 1);
	assert_int_equal(cgroup_oom_news(c), 0);
	assert_true(cgroup_cpu_s(c) > 2.49 && cgroup_cpu_s(c) < 2.51);
	struct cgroup_tasks tasks;
	assert_int_equal(cgroup_tasks_open(c, false, &tasks, NULL), 0);
	assert_int_equal(tasks.n, 0);
	assert_true(cgroup_dir_fd(c) >= 0);
	bool v2 = false;
	assert_non_null(cgroup_memory_dir(c, &v2));
	assert_true(v2);
	cgroup_destroy(c);
	cleanup_free char *gone = xasprintf("%s/cg/isocost-t1.a", top);
	assert_false(fs_exists(gone));
	cgroup_tree_close(t);
}

/* ---- real ones ---- */

static struct cgroup_tree *real_tree(void)
{
	struct cgroup_tree *t = NULL;
	struct err err = { 0 };
	if (cgroup_tree_open(&t, &err) < 0)
		fail_msg("%s", err.msg);
	if (strcmp(cgroup_tree_mode(t), "none") == 0) {
		cgroup_tree_close(t);
		print_message("skipped: no cgroup can be made here\n");
		skip();
	}
	return t;
}

static pid_t sleeper(void)
{
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void test_real(void **state)
{
	(void)state;
	struct cgroup_tree *t = real_tree();
	struct envelope e = { .cpu_list = (char *)"0", .cpus = 1, .memory = 64 * MiB, .pids = 8 };
	cleanup_free char *name = xasprintf("isocost-t%x.real", (unsigned)getpid());
	struct cgroup *c;
	struct err err = { 0 };
	if (cgroup_create(t, name, &e, true, &c, &err) < 0)
		fail_msg("%s", err.msg);
	pid_t pid = sleeper();
	if (cgroup_add(c, pid, &err) < 0)
		fail_msg("%s", err.msg);
	bool v2;
	const char *dir = cgroup_memory_dir(c, &v2);
	cleanup_free char *limit = dir ? xasprintf("%s/%s", dir, v2 ? "memory.max" : "memory.limit_in_bytes") : NULL;
	cleanup_free char *text = dir ? fs_read_line(limit) : NULL;
	if (dir)
		assert_string_equal(text, "67108864");
	/* Destroying kills what is inside, and only that. */
	cgroup_destroy(c);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	/* A name that is taken is refused, and the other's cgroup stays. */
	struct cgroup *again;
	assert_int_equal(cgroup_create(t, name, &e, true, &c, &err), 0);
	assert_int_equal(cgroup_create(t, name, &e, true, &again, &err), -EEXIST);
	cgroup_destroy(c);
	cgroup_tree_close(t);
}

/* One cpuset for all, that none of them takes away. */
static void test_shared_cpus(void **state)
{
	(void)state;
	struct cgroup_tree *t = real_tree();
	struct envelope e = { .cpu_list = (char *)"0", .cpus = 1, .memory = 64 * MiB, .pids = 8 };
	cleanup_free char *shared = xasprintf("isocost-t%x.cpus", (unsigned)getpid());
	cleanup_free char *name = xasprintf("isocost-t%x.a", (unsigned)getpid());
	cleanup_free char *path = xasprintf("/sys/fs/cgroup/cpuset/%s", shared);
	cleanup_free char *list = xasprintf("%s/cpuset.cpus", path), *tasks = xasprintf("%s/tasks", path);
	struct err err = { 0 };
	if (cgroup_share_cpus(t, shared, &e, &err) < 0)
		fail_msg("%s", err.msg);
	if (!fs_exists(path)) {
		cgroup_tree_close(t);
		print_message("no cpuset of its own here\n");
		skip();
	}
	struct cgroup *a;
	assert_int_equal(cgroup_create(t, name, &e, true, &a, &err), 0);
	cleanup_free char *own = xasprintf("/sys/fs/cgroup/cpuset/%s", name);
	assert_false(fs_exists(own));
	cleanup_free char *cpus = fs_read_line(list);
	assert_string_equal(cpus, "0");
	pid_t pid = sleeper();
	assert_int_equal(cgroup_add(a, pid, &err), 0);
	cleanup_free char *inside = fs_read_line(tasks);
	assert_int_equal(atoi(inside), pid);
	struct cgroup_tasks all, some;
	assert_int_equal(cgroup_tasks_open(a, false, &all, &err), 0);
	assert_int_equal(cgroup_tasks_open(a, true, &some, &err), 0);
	/* Born inside: it is everywhere but among the CPUs, where its parent can't stand. */
	assert_int_equal(some.n, 1);
	assert_true(all.n >= 2);
	cgroup_tasks_close(&all);
	cgroup_tasks_close(&some);
	cgroup_destroy(a);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	cgroup_tree_close(t);
	assert_false(fs_exists(path));
}

/* The mounts as they are, but those of cpuset first. */
static struct cgroup_tree *real_tree_cpuset_first(void)
{
	cleanup_free char *mounts = NULL, *own = NULL;
	assert_int_equal(fs_read("/proc/self/mountinfo", &mounts, NULL), 0);
	assert_int_equal(fs_read("/proc/self/cgroup", &own, NULL), 0);
	struct strv lines = { 0 };
	cleanup(str_free) struct str b = { 0 };
	strv_split(&lines, mounts, "\n");
	for (int first = 1; first >= 0; first--)
		for (size_t i = 0; i < lines.n; i++)
			if (!strstr(lines.v[i], "cpuset") == !first)
				str_addf(&b, "%s\n", lines.v[i]);
	strv_free(&lines);
	struct cgroup_tree *t = NULL;
	assert_int_equal(cgroup_tree_parse(b.s, own, "", &t, NULL), 0);
	return t;
}

/* cgroup_enter leaves cpuset out: what is born inside is found and killed all the same, and nobody else is. */
static void test_kill_what_was_born_inside(void **state)
{
	(void)state;
	cgroup_tree_close(real_tree());
	struct cgroup_tree *t = real_tree_cpuset_first();
	struct envelope e = { .cpu_list = (char *)"0", .cpus = 1, .memory = 64 * MiB, .pids = 8 };
	cleanup_free char *name = xasprintf("isocost-t%x.born", (unsigned)getpid());
	struct cgroup *c;
	assert_int_equal(cgroup_create(t, name, &e, true, &c, NULL), 0);
	assert_int_equal(cgroup_enter(c, NULL), 0);
	pid_t pid = sleeper();
	cgroup_leave(c);
	bool inside = strcmp(cgroup_tree_mode(t), "v2") != 0;   /* v2 takes no single thread */
	int killed = cgroup_kill(c, NULL);
	pid_t found = waitpid(pid, NULL, WNOHANG);
	if (found != pid) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	cgroup_destroy(c);
	cgroup_tree_close(t);
	assert_int_equal(killed, 0);
	if (inside)
		assert_int_equal(found, pid);
}

static void test_sweep(void **state)
{
	(void)state;
	struct cgroup_tree *t = real_tree();
	struct envelope e = { .cpu_list = (char *)"0", .cpus = 1, .memory = 64 * MiB, .pids = 8 };
	cleanup_free char *dead = xasprintf("isocost-d%x", (unsigned)getpid());
	cleanup_free char *one = xasprintf("%s.arm-0", dead);
	cleanup_free char *two = xasprintf("%s.arm-1", dead);
	cleanup_free char *other = xasprintf("%s0.arm-0", dead);
	/* Its session dies when all is laid out: another isocost on this machine would sweep what is dead. */
	int dying = beacon_light(dead);
	struct cgroup *a, *b, *keep;
	assert_int_equal(cgroup_create(t, one, &e, true, &a, NULL), 0);
	assert_int_equal(cgroup_create(t, two, &e, true, &b, NULL), 0);
	assert_int_equal(cgroup_create(t, other, &e, true, &keep, NULL), 0);
	pid_t pid = sleeper();
	assert_int_equal(cgroup_add(a, pid, NULL), 0);
	close(dying);
	struct strv ids = { 0 };
	assert_int_equal(cgroup_sweep_list(&ids, NULL), 0);
	assert_true(strv_has(&ids, dead));
	strv_free(&ids);
	struct err err = { 0 };
	int n = env_sweep(dead, NULL, &err);
	if (n < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(n, 2);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	ids = (struct strv){ 0 };
	assert_int_equal(cgroup_sweep_list(&ids, NULL), 0);
	assert_false(strv_has(&ids, dead));
	cleanup_free char *living = xasprintf("%s0", dead);
	assert_true(strv_has(&ids, living));
	strv_free(&ids);
	/* A stray goes when it is empty and nobody knows it. */
	pid = sleeper();
	assert_int_equal(cgroup_add(keep, pid, NULL), 0);
	assert_int_equal(cgroup_sweep_list(&ids, NULL), 0);
	struct strv others = { 0 };
	for (size_t i = 0; i < ids.n; i++)
		if (strcmp(ids.v[i], living) != 0)
			strv_add(&others, ids.v[i]);
	assert_int_equal(cgroup_sweep_strays(&others, &err), 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(cgroup_sweep_strays(&ids, &err), 0);
	/* It may belong to a session that works elsewhere. */
	int beacon = beacon_light(living);
	assert_true(beacon >= 0);
	assert_int_equal(cgroup_sweep_strays(&others, &err), 0);
	close(beacon);
	assert_true(cgroup_sweep_strays(&others, &err) >= (geteuid() == 0));
	strv_free(&others);
	strv_free(&ids);
	cgroup_destroy(a);
	cgroup_destroy(b);
	cgroup_destroy(keep);
	cgroup_tree_close(t);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_v1),
		T(test_hybrid_prefers_v1),
		T(test_unified_without_controllers_is_not_used),
		T(test_v2_delegated),
		T(test_v2),
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_shared_cpus),
		cmocka_unit_test(test_kill_what_was_born_inside),
		cmocka_unit_test(test_sweep),
	};
	/* Until this program's end: `isocost clean` beside it leaves its control groups alone, which are empty at first. */
	cleanup_free char *session = xasprintf("isocost-t%x", (unsigned)getpid());
	beacon_light(session);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

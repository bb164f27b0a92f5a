/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real network namespaces: made, entered, left, and prepared beforehand. */
#include "in_netns.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>

static void test_fresh(void **state)
{
	(void)state;
	struct err err = { 0 };
	cleanup(fd_closep) int a = -1;
	cleanup(fd_closep) int b = -1;
	int r = netns_new(&a, &err);
	if (r == -EPERM || r == -ENOSPC) {
		print_message("skipped: %s\n", err.msg);
		skip();
	}
	must(r, &err);
	must(netns_new(&b, &err), &err);
	assert_int_not_equal(inode(a), inode(home));
	assert_int_not_equal(inode(a), inode(b));
	assert_int_equal(fcntl(a, F_GETFD), FD_CLOEXEC);
	assert_true(netns_run(a, lo_flags, NULL, &err) & IFF_UP);
	assert_int_equal(netns_run(a, eth0_flags, NULL, &err), -ENODEV);
	assert_int_equal(netns_run_fresh(lo_flags, NULL, &err) & IFF_UP, 0);
	at_home();
}

static void *enter_and_end(void *arg)
{
	struct err err = { 0 };
	if (netns_enter(*(int *)arg, NULL, &err) < 0)
		return NULL;
	cleanup(fd_closep) int own = netns_open_own();
	struct stat st, want;
	return fstat(own, &st) == 0 && fstat(*(int *)arg, &want) == 0 && st.st_ino == want.st_ino ? arg : NULL;
}

/* A thread that can't come back is not let in, unless it means to end there. */
static void test_enter_and_leave(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct nethub *hub = hub_or_skip();
	cleanup(netns_leave) int back = -1;
	int r = netns_enter(nethub_ns(hub), &back, &err);
	if (r == 0) {
		cleanup(fd_closep) int own = netns_open_own();
		assert_int_equal(inode(own), inode(nethub_ns(hub)));
		netns_leave(&back);
		assert_int_equal(back, -1);
	} else {
		assert_int_equal(r, -EPERM);
		assert_int_equal(setns(home, CLONE_NEWNET), -1);
	}
	at_home();
	pthread_t thread;
	void *arrived = NULL;
	int ns = nethub_ns(hub);
	assert_int_equal(pthread_create(&thread, NULL, enter_and_end, &ns), 0);
	pthread_join(thread, &arrived);
	assert_ptr_equal(arrived, &ns);
	at_home();
	nethub_close(hub);
}

static size_t open_files(void)
{
	size_t n = 0;
	DIR *d = opendir("/proc/self/fd");
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void pool_of(struct nethub *hub)
{
	struct err err = { 0 };
	struct netpool *pool;
	int fds[5];
	must(netpool_open(3, hub, &pool, &err), &err);
	for (int i = 0; i < 4; i++)
		must(netpool_take(pool, &fds[i], &err), &err);
	assert_int_equal(netpool_missed(pool), 1);
	must(netpool_refill(pool, &err), &err);
	must(netpool_take(pool, &fds[4], &err), &err);
	assert_int_equal(netpool_missed(pool), 1);
	for (int i = 0; i < 5; i++) {
		assert_true(netns_run(fds[i], lo_flags, NULL, &err) & IFF_UP);
		assert_int_equal(netns_run(fds[i], eth0_flags, NULL, &err) > 0, hub != NULL);
		for (int k = 0; k < i; k++)
			assert_int_not_equal(inode(fds[i]), inode(fds[k]));
	}
	for (int i = 0; i < 5; i++)
		close(fds[i]);
	netpool_close(pool);
	at_home();
}

static void test_pool(void **state)
{
	(void)state;
	struct nethub *hub = hub_or_skip();
	size_t before = open_files();
	pool_of(NULL);
	pool_of(hub);
	assert_int_equal(open_files(), before);
	/* Their ports die with them: lo and the bridge are left. */
	struct err err = { 0 };
	cleanup(fd_closep) int watch = -1;
	assert_int_equal(netns_run(nethub_ns(hub), watch_links, &watch, &err), 0);
	expect_links(nethub_ns(hub), watch, 2);
	nethub_close(hub);
}

static int run_all(const char *who)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fresh),
		cmocka_unit_test(test_enter_and_leave),
		cmocka_unit_test(test_pool),
	};
	cleanup_free char *name = xasprintf("network namespaces, %s", who);
	return cmocka_run_group_tests_name(name, tests, know_home, forget_home);
}

int main(void)
{
	return netns_twice(run_all);
}

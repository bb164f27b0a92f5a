/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_execstamp.c - the kernel's stamps of exec: of the process that is asked for, at the time when it was. */
#include "env/execstamp.h"

#include "base/clk.h"
#include "base/proc.h"

#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

extern char **environ;

static pid_t spawn(const char *script)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	pid_t pid;
	assert_int_equal(posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ), 0);
	return pid;
}

static void test_exec(void **state)
{
	(void)state;
	struct execstamp *s = NULL;
	struct err err = { 0 };
	if (execstamp_open(&s, &err) < 0) {
		print_message("skipped: %s\n", err.msg);
		skip();
	}
	int64_t begin = clk_now();
	pid_t first = spawn("exit 0");
	int64_t spawned = clk_now();
	assert_int_equal(proc_wait(first), 0);
	/* A process that execs twice, the second time after 50 ms, and one that execs elsewhere. */
	int64_t before = clk_now();
	pid_t second = spawn("/bin/sleep 0.05; exec /bin/true");
	assert_int_equal(proc_wait(second), 0);
	int64_t end = clk_now();
	int64_t t1 = execstamp_of(s, first), t2 = execstamp_of(s, second);
	assert_true(t1 >= begin && t1 <= spawned);
	assert_true(t2 >= before + 50 * CLK_MS && t2 <= end);
	assert_int_equal(execstamp_of(s, getpid()), 0);
	execstamp_close(s);
	execstamp_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_exec) };
	return cmocka_run_group_tests_name("execstamp", tests, NULL, NULL);
}

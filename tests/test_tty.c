/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interactive commands: a user's terminal (a pty of the test) goes raw and comes back, sizes are passed on, ^C reaches the
 * command and not the harness. */
#include "arm.h"

#include "env/tty.h"

#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>

static struct session s;
static pid_t pid;

/* A child on a terminal of its own, which runs an interactive shell in an arm and exits with the shell's status. */
static pid_t interactive(const struct env_ops *ops, int *ret_terminal)
{
	struct winsize ws = { .ws_row = 33, .ws_col = 99 };
	pid_t child = forkpty(ret_terminal, NULL, NULL, &ws);
	if (child != 0)
		return child;
	struct env_facts facts = { 0 };
	struct env_arm *arm;
	struct env *env;
	struct err err = { 0 };
	struct env_spec spec = { 0 };
	struct env_call call = { .argv = (char *[]){ (char *)"sh", NULL } };
	s.ctx.stdin_fd = 0;
	setenv("PS1", "$ ", 1);
	int r = arm_open(ops, &s, "arm", "", &facts, &arm, &err);
	if (r < 0)
		_exit(r == -ENOTSUP ? 77 : 78);
	if (ops->start(arm, &spec, &env, &err) < 0 || ops->exec(env, &call, &err) < 0)
		_exit(79);
	ops->stop(env);
	ops->close(arm);
	env_facts_free(&facts);
	_exit(call.status);
}

/* Read until the text comes. */
static bool wait_for(int terminal, struct str *seen, const char *text, double seconds)
{
	int64_t deadline = clk_now() + (int64_t)(seconds * 1e9);
	while (!strstr(str_get(seen), text)) {
		struct pollfd p = { .fd = terminal, .events = POLLIN };
		char buf[4096];
		if (poll(&p, 1, clk_poll_ms(deadline)) <= 0)
			return false;
		ssize_t n = read(terminal, buf, sizeof(buf));
		if (n <= 0)
			return strstr(str_get(seen), text) != NULL;
		str_add(seen, buf, (size_t)n);
	}
	str_free(seen);
	return true;
}

static void type(int terminal, const char *text)
{
	assert_int_equal(write(terminal, text, strlen(text)), (ssize_t)strlen(text));
}

static bool cooked(int terminal)
{
	struct termios t;
	assert_int_equal(tcgetattr(terminal, &t), 0);
	return (t.c_lflag & (ICANON | ECHO | ISIG)) == (ICANON | ECHO | ISIG);
}

/* After a test that failed in the middle. */
static int tear_down(void **state)
{
	(void)state;
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		env_sweep(s.id, NULL, NULL);
		fs_rmtree(s.dir);
	}
	pid = 0;
	return 0;
}

static void converse(const struct env_ops *ops)
{
	session_make(&s);
	int terminal;
	pid = interactive(ops, &terminal);
	assert_true(pid > 0);
	struct str seen = { 0 };
	bool started = wait_for(terminal, &seen, "# ", 20) || wait_for(terminal, &seen, "$ ", 1);
	if (started) {
		assert_false(cooked(terminal));
		/* What is asked for is put together by the shell, so that an echo of the question can't be taken for the answer. */
		type(terminal, "stty size | tr ' ' x\n");
		assert_true(wait_for(terminal, &seen, "33x99", 10));
		tty_set_size(terminal, 44, 111);
		type(terminal, "stty size | tr ' ' x\n");
		assert_true(wait_for(terminal, &seen, "44x111", 10));
		/* Its own process group has the terminal before it says a word. */
		type(terminal, "sh -c 'echo sle\"\"eping; exec sleep 100'\n");
		assert_true(wait_for(terminal, &seen, "sleeping", 10));
		type(terminal, "\003");
		type(terminal, "\necho al''ive\n");
		assert_true(wait_for(terminal, &seen, "alive", 10));
		type(terminal, "exit 5\n");
		/* Until its terminal is closed, what it still says must be read. */
		wait_for(terminal, &seen, "never said", 10);
		assert_true(cooked(terminal));
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	pid = 0;
	str_free(&seen);
	close(terminal);
	session_remove(&s);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("skipped: no container can be started here\n");
		skip();
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 5);
}

static void test_host(void **state)
{
	(void)state;
	converse(&env_host);
}

static void test_container(void **state)
{
	(void)state;
	converse(&env_container);
}

static void test_raw_and_back(void **state)
{
	(void)state;
	int master, slave;
	struct winsize ws = { .ws_row = 10, .ws_col = 20 };
	assert_int_equal(openpty(&master, &slave, NULL, NULL, &ws), 0);
	assert_true(cooked(slave));
	struct tty_raw *raw = NULL;
	assert_int_equal(tty_raw_enter(slave, &raw, NULL), 0);
	assert_false(cooked(slave));
	struct pollfd p = { .fd = tty_resized_fd(raw), .events = POLLIN };
	assert_int_equal(poll(&p, 1, 0), 0);
	raise(SIGWINCH);
	assert_int_equal(poll(&p, 1, 1000), 1);
	tty_raw_leave(raw);
	tty_raw_leave(NULL);
	assert_true(cooked(slave));
	unsigned short rows, cols;
	assert_int_equal(tty_size(slave, &rows, &cols), 0);
	assert_int_equal(rows, 10);
	assert_int_equal(cols, 20);
	close(master);
	close(slave);
	cleanup(fd_closep) int file = memfd_create("file", 0);
	struct err err = { 0 };
	assert_true(tty_raw_enter(file, &raw, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raw_and_back),
		cmocka_unit_test_teardown(test_host, tear_down),
		cmocka_unit_test_teardown(test_container, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_guestlink.c - frames survive any cut of the stream; a garbled one is noticed. */
#include "env/guestlink.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct pair {
	struct guestlink host;
	int guest;
};

static int connect_pair(void **state)
{
	static struct pair p;
	int fds[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	guestlink_init(&p.host, fds[0]);
	p.guest = fds[1];
	*state = &p;
	return 0;
}

static int disconnect_pair(void **state)
{
	struct pair *p = *state;
	guestlink_free(&p->host);
	if (p->guest >= 0)
		close(p->guest);
	return 0;
}

static void say(struct pair *p, const void *data, size_t len)
{
	assert_int_equal(write(p->guest, data, len), (ssize_t)len);
}

static void test_bytewise(void **state)
{
	struct pair *p = *state;
	char msg[2 * sizeof(struct guest_frame) + 5];
	struct guest_frame f = { GUEST_MAGIC, GUEST_STDOUT, 5 }, empty = { GUEST_MAGIC, GUEST_STDERR, 0 };
	memcpy(msg, &f, sizeof(f));
	memcpy(msg + sizeof(f), "hello", 5);
	memcpy(msg + sizeof(f) + 5, &empty, sizeof(empty));
	struct link_frame got;
	int n = 0;
	for (size_t i = 0; i < sizeof(msg); i++) {
		say(p, msg + i, 1);
		assert_int_equal(guestlink_read(&p->host), 1);
		int r = guestlink_next(&p->host, &got, NULL);
		assert_true(r >= 0);
		if (r == 1 && n++ == 0) {
			assert_int_equal(got.type, GUEST_STDOUT);
			assert_int_equal(got.len, 5);
			assert_memory_equal(got.data, "hello", 5);
		}
	}
	assert_int_equal(n, 2);
	assert_int_equal(got.type, GUEST_STDERR);
	assert_int_equal(got.len, 0);
	assert_int_equal(guestlink_read(&p->host), -EAGAIN);
}

static void test_largest(void **state)
{
	struct pair *p = *state;
	char *big = calloc(1, GUEST_FRAME_MAX);
	struct guest_frame f = { GUEST_MAGIC, GUEST_STDOUT, GUEST_FRAME_MAX };
	struct link_frame got;
	for (int i = 0; i < 20; i++) {
		memset(big, i, GUEST_FRAME_MAX);
		say(p, &f, sizeof(f));
		say(p, big, GUEST_FRAME_MAX);
		int r;
		while ((r = guestlink_next(&p->host, &got, NULL)) == 0)
			assert_true(guestlink_read(&p->host) > 0);
		assert_int_equal(r, 1);
		assert_int_equal(got.len, GUEST_FRAME_MAX);
		assert_memory_equal(got.data, big, GUEST_FRAME_MAX);
	}
	free(big);
}

static void test_garbled(void **state)
{
	struct pair *p = *state;
	static const struct guest_frame bad[] = {
		{ 0x12345678, GUEST_STDOUT, 0 }, { GUEST_MAGIC, 77, 0 }, { GUEST_MAGIC, GUEST_EXEC, 0 }, { GUEST_MAGIC, GUEST_STDOUT, GUEST_FRAME_MAX + 1 },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err err = { 0 };
		struct link_frame got;
		say(p, &bad[i], sizeof(bad[i]));
		assert_true(guestlink_read(&p->host) > 0);
		assert_int_equal(guestlink_next(&p->host, &got, &err), -EPROTO);
		assert_non_null(strstr(err.msg, "garbled"));
		p->host.at = p->host.len;
	}
}

static void test_hang_up(void **state)
{
	struct pair *p = *state;
	close(p->guest);
	p->guest = -1;
	assert_int_equal(guestlink_read(&p->host), 0);
	assert_int_equal(guestlink_send(&p->host, GUEST_POWEROFF, NULL, 0, 0), -EPIPE);
}

static void test_send(void **state)
{
	struct pair *p = *state;
	struct guest_frame f;
	char data[3];
	assert_int_equal(guestlink_send(&p->host, GUEST_STDIN, "abc", 3, 0), 0);
	assert_int_equal(read(p->guest, &f, sizeof(f)), (ssize_t)sizeof(f));
	assert_int_equal(f.magic, GUEST_MAGIC);
	assert_int_equal(f.type, GUEST_STDIN);
	assert_int_equal(f.len, 3);
	assert_int_equal(read(p->guest, data, 3), 3);
	assert_memory_equal(data, "abc", 3);
}

static void test_send_deadline(void **state)
{
	struct pair *p = *state;
	char *big = calloc(1, GUEST_FRAME_MAX);
	int r = 0;
	for (int i = 0; i < 1000 && r == 0; i++)
		r = guestlink_send(&p->host, GUEST_STDIN, big, GUEST_FRAME_MAX, 1);
	assert_int_equal(r, -ETIMEDOUT);
	free(big);
}

static void test_long_path(void **state)
{
	(void)state;
	struct err err = { 0 };
	char path[200];
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(guestlink_listen(path, &err), -ENAMETOOLONG);
	assert_non_null(strstr(err.msg, "shorter"));
}

#define WITH_PAIR(f) cmocka_unit_test_setup_teardown(f, connect_pair, disconnect_pair)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PAIR(test_bytewise), WITH_PAIR(test_largest), WITH_PAIR(test_garbled),       WITH_PAIR(test_hang_up),
		WITH_PAIR(test_send),     WITH_PAIR(test_send_deadline), cmocka_unit_test(test_long_path),
	};
	return cmocka_run_group_tests_name("guestlink", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_resp.c - Redis' protocol: commands as its documentation has them, replies whole, cut anywhere, and spoilt. */
#include "resp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *text;
	size_t len;
	char type;
	const char *data;
	size_t data_len;
} replies[] = {
#define R(text, type, data) { text, sizeof(text) - 1, type, data, sizeof(data) - 1 }
	R("+OK\r\n", '+', "OK"),
	R("+\r\n", '+', ""),
	R("-ERR unknown command 'x'\r\n", '-', "ERR unknown command 'x'"),
	R(":1000\r\n", ':', "1000"),
	R(":-1\r\n", ':', "-1"),
	R("$5\r\nhello\r\n", '$', "hello"),
	R("$0\r\n\r\n", '$', ""),
	R("$4\r\n\r\n\r\n\r\n", '$', "\r\n\r\n"),
	R("$3\r\na\0b\r\n", '$', "a\0b"),
	R("$12\r\nabcdefghijkl\r\n", '$', "abcdefghijkl"),
	R("$-1\r\n", '0', ""),
};
#define N_REPLIES (sizeof(replies) / sizeof(*replies))

/* A copy of exactly so many bytes: one read too many is one that a sanitizer sees. */
static char *copy(const char *text, size_t len)
{
	char *p = malloc(len ? len : 1);
	assert_non_null(p);
	memcpy(p, text, len);
	return p;
}

static void whole_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_REPLIES; i++) {
		char *buf = copy(replies[i].text, replies[i].len);
		struct resp r = { 0 };
		assert_int_equal(resp_parse(buf, replies[i].len, &r), replies[i].len);
		assert_int_equal(r.type, replies[i].type);
		assert_int_equal(r.len, replies[i].data_len);
		assert_true(r.len == 0 || memcmp(r.data, replies[i].data, r.len) == 0);
		free(buf);
	}
}

/* Wherever a packet ends, more is waited for, and what was said before is left alone. */
static void cut_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_REPLIES; i++)
		for (size_t n = 0; n < replies[i].len; n++) {
			char *buf = copy(replies[i].text, n);
			struct resp r = { .type = 'x' };
			if (resp_parse(buf, n, &r) != 0)
				fail_msg("reply %zu, %zu bytes of it", i, n);
			assert_int_equal(r.type, 'x');
			free(buf);
		}
}

static void replies_in_a_row(void **state)
{
	(void)state;
	char row[512];
	size_t len = 0, at = 0;
	for (size_t i = 0; i < N_REPLIES; i++) {
		memcpy(row + len, replies[i].text, replies[i].len);
		len += replies[i].len;
	}
	for (size_t i = 0; i < N_REPLIES; i++) {
		struct resp r;
		long n = resp_parse(row + at, len - at, &r);
		assert_int_equal(n, replies[i].len);
		assert_int_equal(r.type, replies[i].type);
		at += (size_t)n;
	}
	assert_int_equal(at, len);
}

static void spoilt_replies(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"hello\r\n", "*2\r\n$1\r\na\r\n$1\r\nb\r\n", "\r\n", "$x\r\n", "$\r\n\r\n", "$-2\r\n", "$-\r\n", "$+1\r\na\r\n", "$1 \r\na\r\n", "$1\r\nab\r\n",
		"$1\r\na\rx", "+OK\rx", "$536870913\r\n", "$99999999999999999999999\r\n", "_\r\n",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *buf = copy(bad[i], strlen(bad[i]));
		struct resp r = { .type = 'x' };
		if (resp_parse(buf, strlen(bad[i]), &r) != -EPROTO)
			fail_msg("%zu: '%s'", i, bad[i]);
		assert_int_equal(r.type, 'x');
		free(buf);
	}
	assert_int_equal(resp_parse("\0\r\n", 3, &(struct resp){ 0 }), -EPROTO);
	/* A line that never ends. */
	char *line = malloc(RESP_LINE_MAX);
	assert_non_null(line);
	memset(line, 'a', RESP_LINE_MAX);
	line[0] = '+';
	assert_int_equal(resp_parse(line, RESP_LINE_MAX - 1, &(struct resp){ 0 }), 0);
	assert_int_equal(resp_parse(line, RESP_LINE_MAX, &(struct resp){ 0 }), -EPROTO);
	free(line);
}

static void commands(void **state)
{
	(void)state;
	const struct resp_word set[] = { { "SET", 3 }, { "key:1", 5 }, { "a\r\nb", 4 } };
	const char want[] = "*3\r\n$3\r\nSET\r\n$5\r\nkey:1\r\n$4\r\na\r\nb\r\n";
	const size_t len = sizeof(want) - 1;
	assert_true(len <= RESP_ROOM(3, 12));
	char *buf = malloc(len);
	assert_non_null(buf);
	assert_int_equal(resp_command(buf, len, set, 3), len);
	assert_memory_equal(buf, want, len);
	free(buf);
	for (size_t size = 0; size < len; size++) {
		buf = malloc(size ? size : 1);
		assert_non_null(buf);
		assert_int_equal(resp_command(buf, size, set, 3), 0);
		free(buf);
	}
	char ping[32];
	assert_int_equal(resp_command(ping, sizeof(ping), &(struct resp_word){ "PING", 4 }, 1), 14);
	assert_memory_equal(ping, "*1\r\n$4\r\nPING\r\n", 14);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_replies), cmocka_unit_test(cut_replies), cmocka_unit_test(replies_in_a_row),
		cmocka_unit_test(spoilt_replies), cmocka_unit_test(commands),
	};
	return cmocka_run_group_tests_name("resp", tests, NULL, NULL);
}

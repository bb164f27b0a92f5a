/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_serve.c - the network workloads' peer by its conversation: what it answers, to whom, and what it does with nonsense. */
#include "base/cleanup.h"
#include "base/proc.h"
#include "serve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <signal.h>
#include <unistd.h>

static struct serve serve;
static int life = -1;
static pid_t server;

/* Each test has a server of its own, and sees that it ends well. */
static int set_up(void **state)
{
	(void)state;
	struct sockaddr_in lo = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int p[2];
	assert_int_equal(serve_open(&serve, lo), 0);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	server = fork();
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(p[1]);
		_exit(-serve_run(&serve, p[0]));
	}
	close(p[0]);
	life = p[1];
	serve_close(&serve);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(life);
	assert_int_equal(proc_wait(server), 0);
	return 0;
}

/* Never waits for ever. */
static int dial(int type)
{
	const struct timeval patience = { .tv_sec = 20 };
	int s = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(s, (struct sockaddr *)&serve.at, sizeof(serve.at)), 0);
	assert_int_equal(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	return s;
}

static void say(int s, const void *data, size_t len)
{
	assert_int_equal(send(s, data, len, MSG_NOSIGNAL), len);
}

static void ask_by(int s, enum serve_what what, uint64_t bytes, bool every, uint32_t block)
{
	struct serve_request q = { SERVE_MAGIC, what, bytes, every, block };
	say(s, &q, sizeof(q));
}

static void ask(int s, enum serve_what what, uint64_t bytes, bool every)
{
	ask_by(s, what, bytes, every, 0);
}

static void hear(int s, void *ret, size_t len)
{
	assert_int_equal(recv(s, ret, len, MSG_WAITALL), len);
}

static struct serve_receipt receipt(int s)
{
	struct serve_receipt r;
	hear(s, &r, sizeof(r));
	return r;
}

static bool is_closed(int s)
{
	char c;
	ssize_t n = recv(s, &c, 1, 0);
	return n == 0 || (n < 0 && errno == ECONNRESET);
}

static void is_echoed(int s, const char *text)
{
	char back[64];
	say(s, text, strlen(text));
	hear(s, back, strlen(text));
	assert_memory_equal(back, text, strlen(text));
}

/* len bytes of the stream; the caller's to free. */
static uint8_t *stream(size_t len)
{
	uint8_t *all = malloc(len);
	assert_non_null(all);
	for (size_t done = 0; done < len;) {
		const uint8_t *part;
		size_t n = serve_stream(done, &part);
		n = n < len - done ? n : len - done;
		memcpy(all + done, part, n);
		done += n;
	}
	return all;
}

static void test_stream_is_compared(void **state)
{
	(void)state;
	enum { LEN = 2 * SERVE_BUFFER + 100 };
	cleanup_free uint8_t *all = stream(LEN);
	assert_int_equal(serve_wrong(0, all, LEN, true), 0);
	assert_int_equal(serve_wrong(1000, all + 1000, LEN - 1000, true), 0);
	/* The right bytes in the wrong place, by one and by a buffer. */
	assert_true(serve_wrong(1, all, LEN - 1, true) > LEN / 2);
	assert_true(serve_wrong(SERVE_BUFFER, all, SERVE_BUFFER, true) > SERVE_BUFFER / 2);
	assert_true(serve_wrong(SERVE_BUFFER, all, SERVE_BUFFER, false) > 0);
	all[3] ^= 1;
	all[500000] ^= 1;
	assert_int_equal(serve_wrong(0, all, LEN, true), 2);
	assert_int_equal(serve_wrong(0, all, LEN, false), 1);
}

static void test_addresses(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "x", "10.111.0", "10.111.0.1:", "10.111.0.1:x", "10.111.0.1:1x", "10.111.0.1:65536",
	                                   "10.111.0.1:-1", "256.1.1.1:1", "::1", "localhost:80", "10.111.0.1:1:2", NULL };
	struct sockaddr_in at;
	assert_int_equal(serve_address("10.111.0.1:4711", &at), 0);
	assert_int_equal(ntohs(at.sin_port), 4711);
	assert_int_equal(ntohl(at.sin_addr.s_addr), 0x0a6f0001);
	assert_int_equal(serve_address("127.0.0.1", &at), 0);
	assert_int_equal(at.sin_port, 0);
	for (size_t i = 0; bad[i]; i++)
		if (serve_address(bad[i], &at) != -EINVAL)
			fail_msg("'%s' was taken for an address", bad[i]);
}

static void test_one_port_for_both(void **state)
{
	(void)state;
	struct serve other;
	assert_true(serve.at.sin_port != 0);
	assert_int_equal(serve_open(&other, serve.at), -EADDRINUSE);
}

static void test_echo(void **state)
{
	(void)state;
	cleanup(fd_closep) int tcp = dial(SOCK_STREAM);
	cleanup(fd_closep) int udp = dial(SOCK_DGRAM);
	ask(tcp, SERVE_ECHO, 0, false);
	is_echoed(tcp, "x");
	is_echoed(udp, "y");
	is_echoed(tcp, "a longer one");
	is_echoed(udp, "another longer one");
	/* More than it keeps at once, all sent before any is read. */
	cleanup_free uint8_t *all = stream(SERVE_ECHO_MAX + 1000);
	cleanup_free uint8_t *back = malloc(SERVE_ECHO_MAX + 1000);
	say(tcp, all, SERVE_ECHO_MAX + 1000);
	hear(tcp, back, SERVE_ECHO_MAX + 1000);
	assert_memory_equal(back, all, SERVE_ECHO_MAX + 1000);
}

static void test_sink(void **state)
{
	(void)state;
	enum { LEN = 1000000 };
	cleanup(fd_closep) int s = dial(SOCK_STREAM);
	cleanup_free uint8_t *all = stream(LEN);
	/* One after the other on one connection, an empty one among them. */
	for (int i = 0; i < 3; i++) {
		ask(s, SERVE_SINK, LEN, i == 0);
		say(s, all, LEN);
		struct serve_receipt r = receipt(s);
		assert_int_equal(r.bytes, LEN);
		assert_int_equal(r.wrong, 0);
	}
	all[LEN - 1] ^= 1;
	ask(s, SERVE_SINK, LEN, true);
	say(s, all, LEN);
	struct serve_receipt r = receipt(s);
	assert_int_equal(r.bytes, LEN);
	assert_int_equal(r.wrong, 1);
}

static void test_source(void **state)
{
	(void)state;
	enum { LEN = 3000000 };
	cleanup(fd_closep) int s = dial(SOCK_STREAM);
	cleanup_free uint8_t *back = malloc(LEN);
	for (int i = 0; i < 2; i++) {
		ask(s, SERVE_SOURCE, LEN, false);
		hear(s, back, LEN);
		assert_int_equal(serve_wrong(0, back, LEN, true), 0);
	}
	/* Nothing came behind it. */
	ask(s, SERVE_ECHO, 0, false);
	is_echoed(s, "z");
}

static unsigned packets_received(int s)
{
	struct tcp_info i;
	socklen_t len = sizeof(i);
	assert_int_equal(getsockopt(s, IPPROTO_TCP, TCP_INFO, &i, &len), 0);
	return i.tcpi_data_segs_in;
}

static void test_blocks(void **state)
{
	(void)state;
	enum { LEN = 1000, BLOCK = 100 };
	uint8_t back[LEN];
	cleanup_free uint8_t *all = stream(LEN);
	/* Of each read the first bytes are compared, so that what is wrong in the middle is seen where a read begins there. */
	all[5 * BLOCK] ^= 1;
	for (unsigned i = 0; i < 2; i++) {
		cleanup(fd_closep) int s = dial(SOCK_STREAM);
		ask_by(s, SERVE_SINK, LEN, false, i ? BLOCK : 0);
		say(s, all, LEN);
		assert_int_equal(receipt(s).wrong, i);
	}
	/* What is sent goes off at once: a packet for each, but for those that waited for the first ones' receipt together. */
	for (unsigned i = 0; i < 2; i++) {
		cleanup(fd_closep) int s = dial(SOCK_STREAM);
		ask_by(s, SERVE_SOURCE, LEN, false, i ? BLOCK : 0);
		hear(s, back, LEN);
		assert_int_equal(serve_wrong(0, back, LEN, true), 0);
		assert_in_range(packets_received(s), i ? LEN / BLOCK / 2 : 1, i ? LEN / BLOCK : 1);
	}
}

static void test_once(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 2 * SERVE_CONNECTIONS_MAX; i++) {
		cleanup(fd_closep) int s = dial(SOCK_STREAM);
		ask(s, SERVE_ONCE, i, false);
		struct serve_receipt r = receipt(s);
		assert_int_equal(r.bytes, i);
		assert_true(is_closed(s));      /* by that side, though this one is still there */
	}
}

static void test_requests_in_parts(void **state)
{
	(void)state;
	cleanup(fd_closep) int s = dial(SOCK_STREAM);
	struct serve_request q = { SERVE_MAGIC, SERVE_ECHO, 0, 0, 0 };
	int one = 1;
	setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (size_t i = 0; i < sizeof(q); i++)
		say(s, (char *)&q + i, 1);
	is_echoed(s, "whole");
}

static void test_nonsense(void **state)
{
	(void)state;
	cleanup(fd_closep) int good = dial(SOCK_STREAM);
	ask(good, SERVE_ECHO, 0, false);
	cleanup(fd_closep) int http = dial(SOCK_STREAM);
	say(http, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
	assert_true(is_closed(http));
	cleanup(fd_closep) int unknown = dial(SOCK_STREAM);
	ask(unknown, (enum serve_what)77, 0, false);
	assert_true(is_closed(unknown));
	/* One that goes away in the middle, one that takes nothing of what it asked for, and one that never says a word. */
	int gone = dial(SOCK_STREAM);
	ask(gone, SERVE_SINK, UINT64_MAX, false);
	close(gone);
	cleanup(fd_closep) int deaf = dial(SOCK_STREAM);
	ask(deaf, SERVE_SOURCE, UINT64_MAX, false);
	cleanup(fd_closep) int mute = dial(SOCK_STREAM);
	is_echoed(good, "still here");
}

static void test_many(void **state)
{
	(void)state;
	int s[SERVE_CONNECTIONS_MAX];
	for (int i = 0; i < SERVE_CONNECTIONS_MAX; i++) {
		s[i] = dial(SOCK_STREAM);
		ask(s[i], SERVE_ECHO, 0, false);
		is_echoed(s[i], "in");
	}
	cleanup(fd_closep) int more = dial(SOCK_STREAM);
	assert_true(is_closed(more));
	for (int i = 0; i < SERVE_CONNECTIONS_MAX; i += 2)
		close(s[i]);
	for (int i = 1; i < SERVE_CONNECTIONS_MAX; i += 2) {
		is_echoed(s[i], "those that stay are not taken for those that left");
		close(s[i]);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stream_is_compared),
		cmocka_unit_test(test_addresses),
		T(test_one_port_for_both),
		T(test_echo),
		T(test_sink),
		T(test_source),
		T(test_blocks),
		T(test_once),
		T(test_requests_in_parts),
		T(test_nonsense),
		T(test_many),
	};
	return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}

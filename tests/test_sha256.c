/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_sha256.c - the published vectors, every way to cut the input, and sha256sum's word. */
#include "base/cleanup.h"
#include "base/proc.h"
#include "sha256.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void digest_is(const char *data, size_t len, const char *expected)
{
	struct sha256 s;
	char hex[SHA256_HEX];
	sha256_init(&s);
	sha256_update(&s, data, len);
	sha256_hex(&s, hex);
	assert_string_equal(hex, expected);
}

/* FIPS 180-4 examples (NIST, "SHA256.pdf") and the empty message of the SHAVS short messages. */
static void published_vectors(void **state)
{
	(void)state;
	digest_is("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest_is("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	digest_is(two, strlen(two), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_million_times_a(void **state)
{
	(void)state;
	struct sha256 s;
	char hex[SHA256_HEX], a[1000];
	memset(a, 'a', sizeof(a));
	sha256_init(&s);
	for (int i = 0; i < 1000; i++)
		sha256_update(&s, a, sizeof(a));
	sha256_hex(&s, hex);
	assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Lengths around the block and the padding boundary, cut at every place. */
static void cuts_do_not_matter(void **state)
{
	(void)state;
	char data[130];
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7);
	for (size_t len = 50; len <= sizeof(data); len++) {
		struct sha256 whole, cut;
		char hex[SHA256_HEX], hex_cut[SHA256_HEX];
		sha256_init(&whole);
		sha256_update(&whole, data, len);
		sha256_hex(&whole, hex);
		for (size_t at = 0; at <= len; at++) {
			sha256_init(&cut);
			sha256_update(&cut, data, at);
			sha256_update(&cut, data + at, len - at);
			sha256_hex(&cut, hex_cut);
			assert_string_equal(hex_cut, hex);
		}
	}
}

static void agrees_with_sha256sum(void **state)
{
	(void)state;
	char program[] = "sha256sum", *argv[] = { program, realpath("/proc/self/exe", NULL), NULL };
	struct proc_out out;
	struct err err = { 0 };
	char hex[SHA256_HEX];
	assert_int_equal(proc_run(argv, NULL, &out, &err), 0);
	assert_int_equal(out.status, 0);
	cleanup(fd_closep) int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(sha256_fd(fd, hex), 0);
	assert_memory_equal(hex, out.out, SHA256_HEX - 1);
	proc_out_free(&out);
	free(argv[1]);
}

static void unreadable_is_an_error(void **state)
{
	(void)state;
	char hex[SHA256_HEX];
	cleanup(fd_closep) int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(sha256_fd(fd, hex) < 0);
	assert_true(sha256_fd(-1, hex) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_vectors),      cmocka_unit_test(a_million_times_a),
		cmocka_unit_test(cuts_do_not_matter),     cmocka_unit_test(agrees_with_sha256sum),
		cmocka_unit_test(unreadable_is_an_error),
	};
	return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}

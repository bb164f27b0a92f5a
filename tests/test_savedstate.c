/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_savedstate.c - a saved state is given through pipes with other XML, to many, whole; what is no state is refused. */
#include "env/savedstate.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define OLD_XML "<domain><name>old</name></domain>"
#define STREAM_BYTES (3u << 20)         /* more than a pipe holds */

static char dir[] = "/tmp/isocost-state-XXXXXX";
static char *file;

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	file = xasprintf("%s/saved", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	free(file);
	return fs_rmtree(dir);
}

/* As libvirt writes it: magic, version, length of what follows, was running, compression, where its cookie begins, unused. */
static void add_header(struct str *b, uint32_t version, uint32_t len, uint32_t compressed, uint32_t cookie)
{
	const uint32_t words[19] = { version, len, 1, compressed, cookie };
	str_add(b, "LibvirtQemudSave", 16);
	str_add(b, words, sizeof(words));
}

static void write_state(uint32_t version, uint32_t compressed, const char *magic)
{
	cleanup(str_free) struct str b = { 0 };
	static const char rest[] = "<cookie/>\0and padding";
	add_header(&b, version, sizeof(OLD_XML) + sizeof(rest), compressed, sizeof(OLD_XML));
	str_add(&b, OLD_XML, sizeof(OLD_XML));
	str_add(&b, rest, sizeof(rest));
	str_add(&b, magic, strlen(magic));
	for (unsigned i = 0; i < STREAM_BYTES / sizeof(i); i++)
		str_add(&b, &i, sizeof(i));
	assert_int_equal(fs_write(file, b.s, b.len, 0600), 0);
}

static struct savedstate *open_state(void)
{
	struct savedstate *s;
	struct err err = { 0 };
	if (savedstate_open(file, &s, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(savedstate_bytes(s), 4 + STREAM_BYTES);
	return s;
}

static struct statefeed *feed(const struct savedstate *s, const char *name, const char *xml, char **ret_path)
{
	struct statefeed *f;
	struct err err = { 0 };
	*ret_path = xasprintf("%s/%s", dir, name);
	if (savedstate_feed(s, xml, *ret_path, &f, &err) < 0)
		fail_msg("%s", err.msg);
	return f;
}

static void read_exactly(int fd, void *buf, size_t len)
{
	for (char *p = buf; len;) {
		ssize_t n = read(fd, p, len);
		assert_true(n > 0);
		p += n;
		len -= (size_t)n;
	}
}

static void expect_head(int fd, const char *xml)
{
	cleanup(str_free) struct str b = { 0 };
	add_header(&b, 2, (uint32_t)strlen(xml) + 1, 0, 0);
	str_add(&b, xml, strlen(xml) + 1);
	str_add(&b, "QEVM", 4);
	cleanup_free char *got = xcalloc(1, b.len);
	read_exactly(fd, got, b.len);
	assert_memory_equal(got, b.s, b.len);
}

static void expect_stream(int fd, unsigned from, unsigned to)
{
	for (unsigned i = from, got; i < to; i++) {
		read_exactly(fd, &got, sizeof(got));
		assert_int_equal(got, i);
	}
}

static void test_two_at_once(void **state)
{
	(void)state;
	const unsigned n = STREAM_BYTES / sizeof(n);
	write_state(2, 0, "QEVM");
	struct savedstate *s = open_state();
	char *path[2];
	struct statefeed *f[2] = { feed(s, "a", "<domain>a</domain>", &path[0]), feed(s, "b", "<domain>another</domain>", &path[1]) };
	int fd[2] = { open(path[0], O_RDONLY | O_CLOEXEC), open(path[1], O_RDONLY | O_CLOEXEC) };
	expect_head(fd[0], "<domain>a</domain>");
	expect_stream(fd[0], 0, n / 2);
	expect_head(fd[1], "<domain>another</domain>");
	expect_stream(fd[1], 0, n);
	expect_stream(fd[0], n / 2, n);
	for (int i = 0; i < 2; i++) {
		char more;
		struct err err = { 0 };
		assert_int_equal(read(fd[i], &more, 1), 0);
		close(fd[i]);
		statefeed_end(f[i], &err);
		assert_string_equal(err.msg, "");
		unlink(path[i]);
		free(path[i]);
	}
	savedstate_free(s);
}

static void test_nobody_comes(void **state)
{
	(void)state;
	write_state(2, 0, "QEVM");
	struct savedstate *s = open_state();
	cleanup_free char *path = NULL;
	struct statefeed *f = feed(s, "c", "<domain/>", &path);
	statefeed_end(f, NULL);
	unlink(path);
	savedstate_free(s);
}

static void test_reader_leaves(void **state)
{
	(void)state;
	write_state(2, 0, "QEVM");
	struct savedstate *s = open_state();
	cleanup_free char *path = NULL;
	struct statefeed *f = feed(s, "d", "<domain/>", &path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	expect_head(fd, "<domain/>");
	expect_stream(fd, 0, 1000);
	close(fd);
	struct err err = { 0 };
	err_setf(&err, -EIO, "QEMU gave up");
	statefeed_end(f, &err);
	assert_non_null(strstr(err.msg, "QEMU gave up (the reader took "));
	assert_int_equal(err.code, -EIO);
	unlink(path);
	savedstate_free(s);
}

static void test_became_shorter(void **state)
{
	(void)state;
	write_state(2, 0, "QEVM");
	struct savedstate *s = open_state();
	cleanup_free char *path = NULL;
	struct statefeed *f = feed(s, "e", "<domain/>", &path);
	assert_int_equal(truncate(file, 1000), 0);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	expect_head(fd, "<domain/>");
	char buf[1000];
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
	struct err err = { 0 };
	statefeed_end(f, &err);
	assert_non_null(strstr(err.msg, "the file is cut short"));
	unlink(path);
	savedstate_free(s);
}

/* What was done to the file after it was saved. */
static void refused_after(void (*damage)(void), const char *word)
{
	struct savedstate *s = open_state();
	cleanup_free char *path = xasprintf("%s/f", dir);
	struct statefeed *f;
	struct err err = { 0 };
	damage();
	assert_int_equal(savedstate_feed(s, "<domain/>", path, &f, &err), -ESTALE);
	assert_non_null(strstr(err.msg, file));
	assert_non_null(strstr(err.msg, word));
	assert_false(fs_exists(path));
	savedstate_free(s);
}

static void cut(void)
{
	assert_int_equal(truncate(file, STREAM_BYTES / 2), 0);
}

static void write_into(void)
{
	cleanup(fd_closep) int fd = open(file, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "x", 1, 5000), 1);
	assert_int_equal(futimens(fd, (struct timespec[]){ { 1, 0 }, { 1, 0 } }), 0);
}

static void test_damaged(void **state)
{
	(void)state;
	write_state(2, 0, "QEVM");
	refused_after(cut, "bytes and had");
	write_state(2, 0, "QEVM");
	refused_after(write_into, "written to");
}

static void refused_at_open(int code, const char *word)
{
	struct savedstate *s;
	struct err err = { 0 };
	assert_int_equal(savedstate_open(file, &s, &err), code);
	if (!strstr(err.msg, word))
		fail_msg("'%s' does not say '%s'", err.msg, word);
}

static void test_no_state(void **state)
{
	(void)state;
	write_state(3, 0, "QEVM");
	refused_at_open(-ENOTSUP, "version 3");
	write_state(2, 1, "QEVM");
	refused_at_open(-ENOTSUP, "compression 1");
	write_state(2, 0, "NONE");
	refused_at_open(-EPROTO, "no state of QEMU");
	assert_int_equal(fs_write(file, "rubbish", 7, 0600), 0);
	refused_at_open(-EPROTO, "not a state");
	assert_int_equal(unlink(file), 0);
	refused_at_open(-ENOENT, file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_at_once),    cmocka_unit_test(test_nobody_comes), cmocka_unit_test(test_reader_leaves),
		cmocka_unit_test(test_became_shorter), cmocka_unit_test(test_damaged),      cmocka_unit_test(test_no_state),
	};
	return cmocka_run_group_tests_name("savedstate", tests, make_dir, remove_dir);
}

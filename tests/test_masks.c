/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What container runtimes hide in /proc and /sys is hidden in the container, what they make read-only is read-only. */
#include "arm.h"

#include <stdio.h>

/* Whether the mount that a path lies on is read-only, by the lines of /proc/mounts. */
static bool on_read_only(const struct strv *mounts, const char *path)
{
	size_t longest = 0;
	bool ro = false;
	for (size_t i = 0; i < mounts->n; i++) {
		char point[256], options[256];
		if (sscanf(mounts->v[i], "%*s %255s %*s %255s", point, options) != 2)
			continue;
		size_t len = strcmp(point, "/") == 0 ? 0 : strlen(point);
		if (len < longest || strncmp(point, path, len) != 0 || (path[len] && path[len] != '/'))
			continue;
		longest = len;
		ro = strncmp(options, "ro", 2) == 0;
	}
	return ro;
}

/* What is said inside: a word for each path that is not empty, then the mounts. */
static char *look_inside(const struct strv *lines)
{
	struct session s;
	struct err err = { 0 };
	struct env_facts facts = { 0 };
	struct env_arm *arm = NULL;
	struct env *env = NULL;
	struct said said = { 0 };
	struct str script = { 0 };
	for (size_t i = 0; i < lines->n; i++) {
		const char *path = strchr(lines->v[i], ' ') + 1;
		if (*lines->v[i] != '#' && strncmp(lines->v[i], "readonly", 8) != 0)
			str_addf(&script, "[ -z \"$(ls -A %s/ 2>/dev/null; head -c 1 %s 2>/dev/null | wc -c | grep -v '^0$')\" ] || echo shown %s\n",
			         path, path, path);
	}
	str_addf(&script, "cat /proc/mounts\n");
	session_make(&s);
	int status = 0, r = arm_open(&env_container, &s, "container", "", &facts, &arm, &err);
	if (r == 0)
		r = env_container.start(arm, &(struct env_spec){ 0 }, &env, &err);
	if (r == 0)
		r = env_sh(&env_container, env, script.s, 20, &said, &status, &err);
	env_container.stop(env);
	env_container.close(arm);
	env_facts_free(&facts);
	session_remove(&s);
	str_free(&script);
	str_free(&said.err);
	if (r == -ENOTSUP)
		skip();
	if (r < 0 || status)
		fail_msg("%d, status %d: %s", r, status, err.msg);
	return said.out.s;
}

/* What runtimes hide is hidden, what they make read-only is read-only, as far as this host has it. */
static void test_masks_no_narrower_than_runc(void **state)
{
	(void)state;
	cleanup_free char *text = NULL;
	struct strv lines = { 0 }, inside = { 0 };
	assert_int_equal(fs_read("tests/data/runc-paths.txt", &text, NULL), 0);
	strv_split(&lines, text, "\n");
	cleanup_free char *seen = look_inside(&lines);
	strv_split(&inside, seen, "\n");
	unsigned checked = 0;
	for (size_t i = 0; i < lines.n; i++) {
		const char *path = strchr(lines.v[i], ' ') + 1;
		cleanup_free char *shown = xasprintf("shown %s", path);
		if (*lines.v[i] == '#' || !fs_exists(path))
			continue;
		checked++;
		if (strv_has(&inside, shown))
			fail_msg("%s is not hidden", path);
		if (strncmp(lines.v[i], "readonly", 8) == 0 && !on_read_only(&inside, path))
			fail_msg("%s is not read-only", path);
	}
	assert_true(checked >= 6);
	strv_free(&lines);
	strv_free(&inside);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_masks_no_narrower_than_runc) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

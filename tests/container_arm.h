/* SPDX-License-Identifier: GPL-3.0-or-later */
/* container_arm.h - for tests of real containers: one arm, one container in it, what is asked of it, and that nothing is left. Each program
 * runs its tests twice: as it is, and, when that is root, once more as an ordinary user. */
#ifndef ISOCOST_TESTS_CONTAINER_ARM_H
#define ISOCOST_TESTS_CONTAINER_ARM_H

#include "arm.h"
#include "nobody.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>

static struct session session;
static struct env_arm *arm;
static struct env *env;
static struct phases phases;

static inline void must(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d: %s", r, err->msg);
}

/* Start one container of an arm with these options; the test is skipped where that is not permitted. */
static inline void begin_with(const char *options, struct env_facts *facts)
{
	struct err err = { 0 };
	session_make(&session);
	int r = arm_open(&env_container, &session, "container", options, facts, &arm, &err);
	if (r == -ENOTSUP) {
		print_message("skipped: %s\n", err.msg);
		session_remove(&session);
		skip();
	}
	must(r, &err);
	phases = (struct phases){ .start_ns = clk_now() };
	struct env_spec spec = { .scratch = true, .phases = &phases };
	must(env_container.start(arm, &spec, &env, &err), &err);
}

/* As begin, but where it can't be had that is said, and the test goes on with the next. */
static inline bool try_begin(const char *options)
{
	struct env_facts facts = { 0 };
	struct err err = { 0 };
	session_make(&session);
	int r = arm_open(&env_container, &session, "container", options, &facts, &arm, &err);
	env_facts_free(&facts);
	if (r == -ENOTSUP) {
		print_message("skipped: %s: %s\n", options, err.msg);
		session_remove(&session);
		return false;
	}
	must(r, &err);
	struct env_spec spec = { .scratch = true };
	must(env_container.start(arm, &spec, &env, &err), &err);
	return true;
}

static inline void begin(const char *options)
{
	struct env_facts facts = { 0 };
	begin_with(options, &facts);
	env_facts_free(&facts);
}

/* Also after a test that failed: nothing may be left. */
static inline int tear_down(void **state)
{
	(void)state;
	env_container.stop(env);
	env_container.close(arm);
	env = NULL;
	arm = NULL;
	if (fs_exists(session.dir))
		fs_rmtree(session.dir);
	return 0;
}

static inline void end(void)
{
	env_container.stop(env);
	env_container.close(arm);
	env = NULL;
	arm = NULL;
	assert_int_equal(session_cgroups(&session), 0);
	cleanup_free char *root = xasprintf("%s/container.tree", session.dir);
	cleanup_free char *mounts = NULL;
	assert_false(fs_exists(root));
	assert_int_equal(fs_read("/proc/self/mountinfo", &mounts, NULL), 0);
	assert_null(strstr(mounts, session.dir));
	session_remove(&session);
}

/* The output of a script that must succeed. */
static inline char *ask(const char *script)
{
	struct said said = { 0 };
	struct err err = { 0 };
	int status;
	must(env_sh(&env_container, env, script, 20, &said, &status, &err), &err);
	if (status != 0)
		fail_msg("'%s' ended with %d: %s%s", script, status, said.out.s, said.err.s);
	char *text = xstrdup(str_trim(said.out.s));
	said_free(&said);
	return text;
}

static inline void expect(const char *script, const char *wanted)
{
	cleanup_free char *text = ask(script);
	assert_string_equal(text, wanted);
}

/* A script that must fail, with a word in what it says. */
static inline void refused(const char *script, const char *because)
{
	struct said said = { 0 };
	struct err err = { 0 };
	int status;
	must(env_sh(&env_container, env, script, 20, &said, &status, &err), &err);
	if (status == 0 || !strstr(said.err.s, because))
		fail_msg("'%s' ended with %d: %s%s; expected a failure with '%s'", script, status, said.out.s, said.err.s, because);
	said_free(&said);
}

#define T(name) cmocka_unit_test_teardown(name, tear_down)

/* Run the tests as who runs this, and, when that is root, once more as an ordinary user. The program's exit status. */
static inline int container_twice(int (*run_all)(const char *who))
{
	/* As the lifeline gives it to the harness: what is mounted here is nobody else's. */
	if (geteuid() == 0 && (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
		return 1;
	if (geteuid() != 0)
		return run_all("rootless");
	const gid_t adm = 4;
	if (setgroups(1, &adm) < 0)
		return 1;
	int failed = run_all("as root");
	return as_nobody(run_all, "rootless") + failed;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The floor: it has the container's namespaces and mounts, nothing of its protection, and leaves nothing. */
#include "arm.h"

#include <sys/mount.h>

static void test_floor(void **state)
{
	(void)state;
	static const char *const options[] = { "", "cgroup=off", "network=host" };
	for (size_t i = 0; i < 3; i++) {
		struct session s;
		struct env_facts facts = { 0 };
		struct env_arm *arm = NULL;
		struct err err = { 0 };
		session_make(&s);
		int r = arm_open(&env_floor, &s, "floor", options[i], &facts, &arm, &err);
		env_facts_free(&facts);
		if (r == -ENOTSUP) {
			print_message("skipped: %s\n", err.msg);
			session_remove(&s);
			skip();
		}
		if (r < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(env_floor.suits(arm, registry_find("syscall"), &(struct kvs){ 0 }, &err), 0);
		assert_int_equal(env_floor.suits(arm, registry_find("file-fsync"), &(struct kvs){ 0 }, &err), -ENOTSUP);
		assert_non_null(strstr(err.msg, "no disk"));
		assert_int_equal(env_floor.suits(arm, registry_find("kv"), &(struct kvs){ 0 }, &err), -ENOTSUP);
		assert_non_null(strstr(err.msg, "no root file system"));
		struct env *env = NULL;
		struct phases phases = { .start_ns = clk_now() };
		/* No disk: a file workload's figure would be another thing. */
		struct env_spec spec = { .scratch = true, .phases = &phases };
		assert_int_equal(env_floor.start(arm, &spec, &env, &err), -ENOTSUP);
		spec = (struct env_spec){ .root = true, .phases = &phases };
		assert_int_equal(env_floor.start(arm, &spec, &env, &err), -ENOTSUP);
		spec.root = false;
		assert_int_equal(env_floor.start(arm, &spec, &env, &err), 0);
		struct said said = { 0 };
		int status;
		r = env_sh(&env_floor, env, "echo $$; hostname; ls / | tr '\\n' ' '; awk '/^(Seccomp|NoNewPrivs):/{print $2}' /proc/self/status;"
		           "wc -c < /proc/keys; exit 3", 20, &said, &status, &err);
		if (r < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(status, 3);
		assert_string_equal(str_trim(said.out.s), "1\nisocost\napp bin dev etc proc root scratch sys tmp var 0\n0\n0");
		said_free(&said);
		assert_true(phases_at(&phases, "reaped") >= phases_at(&phases, "exit"));
		/* What never ends is ended. */
		said = (struct said){ 0 };
		assert_int_equal(env_sh(&env_floor, env, "sleep 100", 0.3, &said, &status, &err), -ETIMEDOUT);
		said_free(&said);
		env_floor.stop(env);
		env_floor.close(arm);
		assert_int_equal(session_cgroups(&s), 0);
		session_remove(&s);
	}
}

int main(void)
{
	/* As the lifeline gives it to the harness. */
	if (geteuid() == 0 && (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
		return 1;
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_floor) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

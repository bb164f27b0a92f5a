/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guestarm.h - for tests with real guests: one session for all of a program, since libvirt's embedded driver has one root a process. */
#ifndef ISOCOST_TESTS_GUESTARM_H
#define ISOCOST_TESTS_GUESTARM_H

#include "arm.h"

#include "env/guest_priv.h"

static struct session guests;

static inline int guests_begin(void **state)
{
	(void)state;
	session_make(&guests);
	cleanup_free char *exe = fs_exe_dir(), *up = xasprintf("%s/..", exe);
	const char *cache = getenv("ISOCOST_TEST_CACHE"), *kernel = getenv("ISOCOST_GUEST_KERNEL");
	guests.ctx.load_dir = realpath(up, NULL);
	guests.ctx.cache = cache ? cache : guests.ctx.load_dir;
	guests.ctx.guest_kernel = kernel;
	guests.ctx.accel = ACCEL_TCG;
	guests.ctx.envelope.memory = 256 * MiB;
	return fs_mkdirs(guests.ctx.cache, 0755);
}

static inline int guests_end(void **state)
{
	(void)state;
	session_remove(&guests);
	free((char *)guests.ctx.load_dir);
	return 0;
}

struct guestarm {
	struct env_facts facts;
	struct env_arm *arm;
	struct err err;
};

/* Skips the test where such an arm can't be had. */
static inline void guestarm_open(struct guestarm *a, const char *name, const char *options)
{
	*a = (struct guestarm){ 0 };
	int r = arm_open(&env_vm, &guests, name, options, &a->facts, &a->arm, &a->err);
	if (r == -ENOTSUP || r == -ENOENT || r == -EPERM) {
		print_message("skipped: %s\n", a->err.msg);
		env_facts_free(&a->facts);
		skip();
	}
	if (r < 0)
		fail_msg("open: %s", a->err.msg);
}

static inline void guestarm_close(struct guestarm *a)
{
	env_vm.close(a->arm);
	env_facts_free(&a->facts);
}

static inline struct env *guestarm_start(struct guestarm *a, bool scratch, bool peer)
{
	struct env *env = NULL;
	struct env_spec spec = { .scratch = scratch, .peer = peer, .deadline_ns = clk_now() + 120 * CLK_S };
	if (env_vm.start(a->arm, &spec, &env, &a->err) < 0)
		fail_msg("start: %s", a->err.msg);
	return env;
}

/* Run a shell script that must succeed. What it wrote is the caller's to free. */
static inline char *guest_sh(struct env *env, const char *script)
{
	struct said said = { 0 };
	struct err err = { 0 };
	int status = -1;
	if (env_sh(&env_vm, env, script, 120, &said, &status, &err) < 0)
		fail_msg("%s: %s", script, err.msg);
	if (status != 0)
		fail_msg("%s: status %d: %s%s", script, status, said.out.s, said.err.s);
	str_free(&said.err);
	return said.out.s;
}

static inline void guest_true(struct env *env, const char *script)
{
	free(guest_sh(env, script));
}

static inline pid_t guest_pid(const struct env *env)
{
	return ((const struct guest *)env)->pid;
}

#endif

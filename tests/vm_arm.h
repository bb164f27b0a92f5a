/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm_arm.h - for tests of guests: the session that all tests of a program share, an arm, a guest, commands in it. */
#ifndef ISOCOST_TESTS_VM_ARM_H
#define ISOCOST_TESTS_VM_ARM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/beacon.h"
#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "env/drivers.h"

#include <errno.h>
#include <string.h>

/* The session all tests share: libvirt's embedded driver has one root a process. */
static char work[] = "/tmp/isocost-vm-XXXXXX";
static char *build, *cache, *keep, *id;
static struct env_ctx ctx;

static inline int make_session(void **state)
{
	(void)state;
	if (!mkdtemp(work))
		return -1;
	cleanup_free char *exe = fs_exe_dir();
	cleanup_free char *up = xasprintf("%s/..", exe);
	build = realpath(up, NULL);
	cache = getenv("ISOCOST_TEST_CACHE") ? xstrdup(getenv("ISOCOST_TEST_CACHE")) : xstrdup(build);
	keep = xasprintf("%s/keep", work);
	id = xasprintf("isocost-t%d", (int)getpid());
	beacon_light(id);       /* until this program's end */
	ctx = (struct env_ctx){
		.load_dir = build, .cache = cache, .work = work, .id = id, .keep = keep, .accel = ACCEL_TCG,
		.envelope = { .cpu_list = (char *)"0", .cpus = 1, .memory = 256 << 20, .pids = 100 }, .stdin_fd = -1,
	};
	ctx.guest_kernel = getenv("ISOCOST_GUEST_KERNEL");
	return fs_mkdirs(cache, 0755) < 0 || fs_mkdirs(keep, 0755) < 0 ? -1 : 0;
}

static inline int end_session(void **state)
{
	(void)state;
	int r = fs_rmtree(work);
	free(build);
	free(cache);
	free(keep);
	free(id);
	return r;
}

/* ---- one arm, one guest ---- */

struct fixture {
	struct env_ctx ctx;
	struct kvs opts;
	struct env_facts facts;
	struct env_arm *arm;
	struct env *env;
	struct phases phases;
	struct err err;
	struct str out, errout;
	int64_t last_ns;
};

static inline int open_arm(struct fixture *f, const struct kvs *given)
{
	f->ctx = ctx;
	assert_int_equal(opts_resolve(env_vm.options, given, NULL, &f->opts, &f->err), 0);
	return env_vm.open(&ctx, "test", &f->opts, &f->facts, &f->arm, &f->err);
}

static inline int start_for(struct fixture *f, bool scratch, double seconds)
{
	int64_t now = clk_now();
	f->phases = (struct phases){ .start_ns = now };
	struct env_spec s = { .scratch = scratch, .phases = &f->phases, .deadline_ns = now + (int64_t)(seconds * 1e9) };
	return env_vm.start(f->arm, &s, &f->env, &f->err);
}

static inline void must_open(struct fixture *f, const char *key, const char *val)
{
	struct kvs given = { 0 };
	if (key)
		kvs_set(&given, key, val, 0);
	int r = open_arm(f, &given);
	kvs_free(&given);
	if (r == -ENOTSUP || r == -ENOENT) {
		print_message("skipped: %s\n", f->err.msg);
		skip();
	}
	if (r < 0)
		fail_msg("open: %s", f->err.msg);
}

static inline void must_start(struct fixture *f, bool scratch)
{
	if (start_for(f, scratch, 60) < 0)
		fail_msg("start: %s", f->err.msg);
}

static inline void collect(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	struct fixture *f = arg;
	assert_true(t_ns >= f->last_ns && t_ns <= clk_now());
	f->last_ns = t_ns;
	str_add(fd == 1 ? &f->out : &f->errout, buf, len);
}

static inline int exec_for(struct fixture *f, double seconds, int *ret_status, char *const argv[])
{
	str_free(&f->out);
	str_free(&f->errout);
	struct env_call c = { .argv = argv, .output = collect, .arg = f, .deadline_ns = clk_now() + (int64_t)(seconds * 1e9) };
	int r = env_vm.exec(f->env, &c, &f->err);
	*ret_status = c.status;
	return r;
}

/* Run a shell command that must end with that status. */
static inline void run(struct fixture *f, const char *command, int status)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	int got = -1, r = exec_for(f, 30, &got, argv);
	if (r < 0)
		fail_msg("%s: %s", command, f->err.msg);
	if (got != status)
		fail_msg("%s: status %d instead of %d: %s%s", command, got, status, str_get(&f->out), str_get(&f->errout));
}

static inline void finish(struct fixture *f)
{
	env_vm.stop(f->env);
	env_vm.close(f->arm);
	env_facts_free(&f->facts);
	kvs_free(&f->opts);
	str_free(&f->out);
	str_free(&f->errout);
}

/* No process names the session, and of its files only libvirt's own are left. */
static inline void nothing_left(void)
{
	cleanup(dir_closep) DIR *d = opendir("/proc");
	for (struct dirent *e; (e = readdir(d));) {
		cleanup_free char *file = xasprintf("/proc/%s/cmdline", e->d_name), *text = NULL;
		size_t len;
		if (fs_read(file, &text, &len) == 0 && memmem(text, len, work, strlen(work)) && atoi(e->d_name) != getpid())
			fail_msg("process %s is left", e->d_name);
	}
	cleanup(dir_closep) DIR *w = opendir(work);
	for (struct dirent *e; (e = readdir(w));)
		if (*e->d_name != '.' && strcmp(e->d_name, "virt") != 0 && strcmp(e->d_name, "keep") != 0 && strcmp(e->d_name, "files") != 0)
			fail_msg("%s/%s is left", work, e->d_name);
}

#endif

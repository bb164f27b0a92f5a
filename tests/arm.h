/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arm.h - for tests of drivers: a session of its own, an arm in it, commands run there with what they wrote. */
#ifndef ISOCOST_TESTS_ARM_H
#define ISOCOST_TESTS_ARM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/beacon.h"
#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "env/cgroup.h"
#include "env/drivers.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MiB (UINT64_C(1) << 20)

/* A session in a directory of its own, with the first CPU that this process may use. */
struct session {
	char dir[64], id[64], load[96], keep[96], cpu[16];
	int beacon;
	struct env_ctx ctx;
};

/* Its id, lit: `isocost clean` beside this test leaves the session's control groups alone, which are empty at first. */
static inline void session_name(struct session *s, pid_t pid)
{
	snprintf(s->id, sizeof(s->id), "isocost-t%x", (unsigned)pid);
	s->beacon = beacon_light(s->id);
}

static inline void session_unlight(const struct session *s)
{
	if (s->beacon >= 0)
		close(s->beacon);
}

static inline void session_make(struct session *s)
{
	snprintf(s->dir, sizeof(s->dir), "/tmp/isocost-test-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	assert_int_equal(chmod(s->dir, 0755), 0);
	session_name(s, getpid());
	snprintf(s->load, sizeof(s->load), "%s/load", s->dir);
	snprintf(s->keep, sizeof(s->keep), "%s/keep", s->dir);
	assert_int_equal(mkdir(s->load, 0755), 0);
	assert_int_equal(mkdir(s->keep, 0755), 0);
	/* The driver only wants a program of that name. */
	char to[128];
	snprintf(to, sizeof(to), "%s/isoload", s->load);
	assert_int_equal(fs_copy("/bin/busybox", to, 0755), 0);
	cpu_set_t cpus;
	sched_getaffinity(0, sizeof(cpus), &cpus);
	int cpu = 0;
	while (!CPU_ISSET(cpu, &cpus))
		cpu++;
	snprintf(s->cpu, sizeof(s->cpu), "%d", cpu);
	s->ctx = (struct env_ctx){
		.load_dir = s->load, .cache = s->dir, .work = s->dir, .id = s->id, .keep = s->keep, .stdin_fd = -1,
		.envelope = { .cpu_list = s->cpu, .cpus = 1, .memory = 64 * MiB, .pids = 32 },
	};
}

static inline void session_remove(struct session *s)
{
	session_unlight(s);
	assert_int_equal(fs_rmtree(s->dir), 0);
}

/* An arm with options "key=value …", opened. */
static inline int arm_open(const struct env_ops *ops, const struct session *s, const char *name, const char *options,
                           struct env_facts *facts, struct env_arm **ret, struct err *err)
{
	struct kvs given = { 0 }, resolved = { 0 };
	struct strv words = { 0 };
	strv_split(&words, options, " ");
	for (size_t i = 0; i < words.n; i++) {
		char *val = strchr(words.v[i], '=');
		*val++ = '\0';
		kvs_set(&given, words.v[i], val, 0);
	}
	int r = opts_resolve(ops->options, &given, NULL, &resolved, err);
	if (r == 0)
		r = ops->open(&s->ctx, name, &resolved, facts, ret, err);
	kvs_free(&given);
	kvs_free(&resolved);
	strv_free(&words);
	return r;
}

struct said {
	struct str out, err;
	int64_t last_ns;
};

static inline void said_take(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	struct said *s = arg;
	assert_true(fd == 1 || fd == 2);
	assert_true(t_ns >= s->last_ns);
	s->last_ns = t_ns;
	str_add(fd == 1 ? &s->out : &s->err, buf, len);
}

static inline void said_free(struct said *s)
{
	str_free(&s->out);
	str_free(&s->err);
}

/* Run `sh -c script` in a started environment; what it wrote, trimmed, or the error. */
static inline int env_sh(const struct env_ops *ops, struct env *env, const char *script, double seconds, struct said *said,
                         int *ret_status, struct err *err)
{
	struct env_call call = {
		.argv = (char *[]){ (char *)"sh", (char *)"-c", (char *)script, NULL },
		.deadline_ns = clk_now() + (int64_t)(seconds * 1e9), .output = said_take, .arg = said,
	};
	int r = ops->exec(env, &call, err);
	*ret_status = call.status;
	str_add(&said->out, "", 0);
	str_add(&said->err, "", 0);
	return r;
}

/* How many cgroups of this session there are. */
static inline size_t session_cgroups(const struct session *s)
{
	struct strv ids = { 0 };
	struct err err = { 0 };
	assert_int_equal(cgroup_sweep_list(&ids, &err), 0);
	size_t n = strv_has(&ids, s->id);
	strv_free(&ids);
	return n;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* onearm.c - one arm, named on the command line, in a session of its own. */
#include "onearm.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "run/session.h"

#include <errno.h>

static int load_suite(const char *arm, const char *name, struct suite **ret, struct err *err)
{
	if (name) {
		cleanup_free char *file = NULL;
		int r = suite_find(name, &file, err);
		return r < 0 ? r : suite_load(file, ret, err);
	}
	if (!env_find(arm)) {
		err_setf(err, -EINVAL, "no arm '%s'; expected one of:", arm);
		for (size_t i = 0; env_drivers[i]; i++)
			err_addf(err, " %s", env_drivers[i]->name);
		err_addf(err, ", or -s SUITE that defines it");
		return -EINVAL;
	}
	cleanup_free char *text = xasprintf("[suite]\nname = one\narms = %s\nworkloads = startup\n", arm);
	return suite_parse("-a", text, ret, err);
}

int one_arm_find(const char *arm, const char *suite, const struct kvs *options, struct one_arm *ret, struct err *err)
{
	struct one_arm a = { .work = { .lock = -1 } };
	int r = load_suite(arm, suite, &a.suite, err);
	if (r == 0)
		r = suite_select_arms(a.suite, arm, err);
	if (r == 0 && a.suite->n_arms != 1)
		r = err_setf(err, -EINVAL, "-a %s: expected one arm", arm);
	if (r == 0) {
		kvs_copy(&a.suite->arms[0].options, options);
		r = suite_check_arms(a.suite, err);
	}
	if (r < 0) {
		suite_free(a.suite);
		return r;
	}
	a.ops = env_find(a.suite->arms[0].driver);
	*ret = a;
	return 0;
}

int one_arm_session(struct one_arm *a, const struct common *common, struct err *err)
{
	struct envelope envelope = { 0 };
	int r = session_envelope(a->suite, &envelope, err);
	if (r < 0)
		return r;
	a->load_dir = path_load_dir();
	a->ctx = (struct env_ctx){
		.load_dir = a->load_dir, .uri = common->uri, .accel = common->accel, .guest_kernel = common->guest_kernel, .envelope = envelope,
		.stdin_fd = -1,
	};
	r = cache_make(&a->cache, err);
	if (r == 0)
		r = workspace_create(common->uri, &a->work, err);
	a->ctx.cache = a->cache;
	a->ctx.work = a->work.dir;
	a->ctx.id = a->work.id;
	return r;
}

int one_arm_open(struct one_arm *a, struct err *err)
{
	const struct suite_arm *sa = &a->suite->arms[0];
	cleanup(kvs_free) struct kvs resolved = { 0 };
	int r = opts_resolve(a->ops->options, &sa->options, a->suite->file, &resolved, err);
	if (r < 0)
		return r;
	r = a->ops->open(&a->ctx, sa->name, &resolved, &a->facts, &a->arm, err);
	if (r < 0)
		return err_wrapf(err, "arm %s can't run here", sa->name);
	if (a->facts.note)
		log_debugf("arm %s: %s", sa->name, a->facts.note);
	for (size_t i = 0; i < a->facts.warnings.n; i++)
		log_debugf("arm %s: %s", sa->name, a->facts.warnings.v[i]);
	return 0;
}

void one_arm_close(struct one_arm *a)
{
	if (a->arm)
		a->ops->close(a->arm);
	a->arm = NULL;
}

void one_arm_free(struct one_arm *a)
{
	one_arm_close(a);
	workspace_destroy(&a->work);
	env_facts_free(&a->facts);
	suite_free(a->suite);
	free(a->ctx.envelope.cpu_list);
	free(a->load_dir);
	free(a->cache);
	*a = (struct one_arm){ .work = { .lock = -1 } };
}

int one_arm_status(int r)
{
	return r == -EINTR ? EXIT_INTERRUPTED : r == -EINVAL ? EXIT_USAGE : EXIT_UNAVAILABLE;
}

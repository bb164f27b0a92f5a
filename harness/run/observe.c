/* SPDX-License-Identifier: GPL-3.0-or-later */
/* observe.c - look at an idle instance from outside. */
#include "run/observe.h"

#include "base/cleanup.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

/* Of this process, all threads. */
static double launcher_s(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int observe_begin(struct observer *o, const struct env_ops *ops, struct launch *launch, struct err *err)
{
	*o = (struct observer){ .ops = ops, .launch = launch, .stop = eventfd(0, EFD_CLOEXEC), .launcher_s = launcher_s() };
	return o->stop < 0 ? err_sysf(err, -errno, "eventfd") : 0;
}

/* The processes and files of the instance. What can't be told is missing in *ret, for all items, with the reason. */
static int find_body(const struct env_ops *ops, struct env *env, struct env_body *body, struct footprint *ret)
{
	struct err err = { 0 };
	*body = body_new();
	int r = ops->body ? ops->body(env, body, &err) : err_setf(&err, -ENOTSUP, "the driver %s can't tell", ops->name);
	for (int i = 0; i < FOOTPRINT_ITEMS && r < 0; i++)
		footprint_miss(ret, (enum footprint_item)i, err.msg);
	return r;
}

static void look_at_cpu(struct observer *o)
{
	struct footprint *f = &o->launch->footprint;
	cleanup(body_free) struct env_body body;
	double cpu_s, launcher = launcher_s() - o->launcher_s;
	footprint_set(f, FOOTPRINT_LAUNCHER_CPU, launcher);
	if (find_body(o->ops, o->env, &body, f) < 0)
		return;
	int r = body_cpu_s(&body, &cpu_s);
	if (r == 0)
		footprint_set(f, FOOTPRINT_CPU, cpu_s);
	else
		footprint_miss(f, FOOTPRINT_CPU, strerror(-r));
}

void observe_memory(const struct env_ops *ops, struct env *env, struct footprint *ret)
{
	cleanup(body_free) struct env_body body;
	if (find_body(ops, env, &body, ret) == 0)
		body_read_memory(&body, ret);
}

void observe_heard(struct observer *o)
{
	if (o->launch->result.ready_ns && !o->has_cpu) {
		look_at_cpu(o);
		o->has_cpu = true;
	}
	if (o->launch->result.begin_ns && !o->done) {
		observe_memory(o->ops, o->env, &o->launch->footprint);
		o->done = true;
		eventfd_write(o->stop, 1);
	}
}

/* One sample a metric, NaN where it is not known: the row of the workload says which there are. */
static void make_metrics(struct launch *l)
{
	for (int i = 0; i < FOOTPRINT_ITEMS; i++) {
		const char *metric = footprint_defs[i].metric;
		struct result *r = &l->result;
		if (!metric || r->n_series == METRICS_MAX)
			continue;
		struct series *s = &r->series[r->n_series++];
		snprintf(s->metric, sizeof(s->metric), "%s", metric);
		s->v = xcalloc(1, sizeof(*s->v));
		s->n = s->cap = 1;
		s->v[0] = footprint_get(&l->footprint, (enum footprint_item)i);
	}
}

int observe_end(struct observer *o, int r, struct err *err)
{
	fd_closep(&o->stop);
	if (!o->done)
		return r < 0 ? r : err_setf(err, -EPROTO, "isoload ended before it could be looked at");
	if (r < 0 && r != -ECANCELED)
		return r;
	if (!o->launch->footprint.known)
		return err_setf(err, -ENODATA, "nothing of what the instance holds can be read");
	make_metrics(o->launch);
	return 0;
}

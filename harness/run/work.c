/* SPDX-License-Identifier: GPL-3.0-or-later */
/* work.c - what the host spends while a workload moves something. */
#include "run/work.h"

#include <errno.h>
#include <math.h>

/* CPU seconds so far; NaN, and the launch says why. */
static double look(struct work_watch *w)
{
	struct err err = { 0 };
	double s = NAN;
	int r = w->ops->cpu ? w->ops->cpu(w->env, &s, &err) : err_setf(&err, -ENOTSUP, "the driver %s can't tell", w->ops->name);
	if (r == 0)
		return s;
	if (!w->launch->work_unknown)
		w->launch->work_unknown = xstrdup(err.msg);
	return NAN;
}

void work_heard(struct work_watch *w)
{
	struct launch *l = w->launch;
	if (l->result.work_ns && !w->begun) {
		w->begun = true;
		w->before_s = look(w);
		if (l->result.worked_ns && !l->work_unknown)
			l->work_unknown = xstrdup("it was over when the host heard of its beginning");
	}
	if (!l->result.worked_ns || w->ended)
		return;
	w->ended = true;
	l->work_cpu_s = l->work_unknown ? NAN : look(w) - w->before_s;
}

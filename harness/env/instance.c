/* SPDX-License-Identifier: GPL-3.0-or-later */
/* instance.c - the cgroup and the scratch directory of a launch. */
#include "env/instance.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/log.h"
#include "env/procmem.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

char *instance_file_name(const char *arm)
{
	char *s = xstrdup(arm);
	for (char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '-')
			*p = '_';
	return s;
}

int instance_start(const struct env_ctx *ctx, const char *arm, unsigned *serial, const struct cgroup_tree *tree,
                   const struct env_spec *spec, struct instance *ret, struct err *err)
{
	cleanup_free char *file = instance_file_name(arm);
	cleanup_free char *name = xasprintf("%s.%s-%u", ctx->id, file, (*serial)++);
	struct instance i = { .phases = spec->phases };
	int r = 0;
	if (tree) {
		r = cgroup_create(tree, name, &ctx->envelope, true, &i.cgroup, err);
		if (i.phases)
			phases_mark(i.phases, "limits", clk_now());
	}
	if (r == 0 && spec->scratch) {
		i.scratch = xasprintf("%s/%s.scratch", ctx->work, name);
		if (mkdir(i.scratch, 0700) < 0)
			r = err_sysf(err, -errno, "can't make the scratch directory %s", i.scratch);
	}
	if (r < 0) {
		instance_stop(&i);
		return r;
	}
	*ret = i;
	return 0;
}

struct phases *instance_phases(struct instance *i)
{
	struct phases *p = i->ran ? NULL : i->phases;
	i->ran = true;
	return p;
}

void instance_vars(struct strv *ret, const char *path, const char *home, const char *scratch)
{
	const char *term = getenv("TERM");
	strv_addf(ret, "PATH=%s", path);
	strv_addf(ret, "HOME=%s", home);
	strv_addf(ret, "TERM=%s", term ? term : "dumb");
	if (scratch)
		strv_addf(ret, "ISOCOST_SCRATCH=%s", scratch);
}

void instance_stop(struct instance *i)
{
	cgroup_destroy(i->cgroup);
	int r = i->scratch ? fs_rmtree(i->scratch) : 0;
	if (r < 0)
		log_warnf("can't remove %s: %s", i->scratch, strerror(-r));
	free(i->scratch);
	*i = (struct instance){ 0 };
}

void instance_footprint(const struct instance *i, struct footprint *ret)
{
	double cpu_s = i->cgroup ? cgroup_cpu_s(i->cgroup) : 0;
	ret->memory_peak = i->cgroup ? cgroup_memory_peak(i->cgroup) : 0;
	ret->cpu_s = cpu_s > 0 ? cpu_s : i->cpu_s;
}

void instance_body(const struct instance *i, struct env_body *ret)
{
	body_add_cgroup(ret, i->cgroup);
	body_add_tree(ret, i->pid);
}

int instance_cpu(const struct instance *i, double *ret, struct err *err)
{
	double counted = i->cgroup ? cgroup_cpu_s(i->cgroup) : 0, lives, ended;
	if (counted > 0) {
		*ret = counted;
		return 0;
	}
	cleanup(body_free) struct env_body body = body_new();
	body_add_tree(&body, i->pid);
	/* Before the living are asked: one that ends meanwhile is not counted twice. */
	int r = procmem_waited_s(body.pids, body.n, &ended);
	if (r == 0)
		r = procmem_cpu_s(body.pids, body.n, &lives);
	if (r < 0)
		return err_sysf(err, r, "can't tell the CPU time of process %d and its children", (int)i->pid);
	*ret = ended + lives;
	return 0;
}

void instance_keep(const struct env_ctx *ctx, const char *driver, const char *arm, const char *suffix, const char *text)
{
	if (!ctx->keep)
		return;
	cleanup_free char *file = instance_file_name(arm);
	cleanup_free char *path = xasprintf("%s/%s-%s.%s", ctx->keep, driver, file, suffix);
	int r = fs_replace(path, text, strlen(text), 0644);
	if (r < 0)
		log_warnf("can't write %s: %s", path, strerror(-r));
}

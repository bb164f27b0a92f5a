/* SPDX-License-Identifier: GPL-3.0-or-later */
/* common.c - what the verbs share: common options, finding suites. */
#include "cmd.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/lifeline.h"
#include "base/log.h"
#include "base/sig.h"
#include "run/workspace.h"

#include <errno.h>
#include <glob.h>
#include <string.h>

static const struct argp_option options[] = {
	{ "connect", 'c', "URI", 0, "libvirt connection of the guests, as in virsh (default: $LIBVIRT_DEFAULT_URI, or else "
	  "the embedded QEMU driver, which needs no daemon)", 1 },
	{ "accel", 'A', "auto|kvm|tcg", 0, "accelerator of the guests; auto (the default) tries KVM with a real guest and takes "
	  "TCG, software emulation, when that fails", 1 },
	{ "guest-kernel", 'k', "FILE", 0, "kernel of the guests, a bzImage or vmlinux (default: $ISOCOST_GUEST_KERNEL, or else "
	  "the host's from /boot, or else Debian's cloud kernel)", 1 },
	{ "verbose", 'v', NULL, 0, "say more", 1 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct common *c = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		c->uri = getenv("LIBVIRT_DEFAULT_URI");
		c->guest_kernel = getenv("ISOCOST_GUEST_KERNEL");
		if (c->uri && !*c->uri)
			c->uri = NULL;
		if (c->guest_kernel && !*c->guest_kernel)
			c->guest_kernel = NULL;
		return 0;
	case 'c': c->uri = arg; return 0;
	case 'k': c->guest_kernel = arg; return 0;
	case 'v': log_level(LOG_DEBUG); c->verbose = 1; return 0;
	case 'A':
		if (strcmp(arg, "auto") == 0)
			c->accel = ACCEL_AUTO;
		else if (strcmp(arg, "kvm") == 0)
			c->accel = ACCEL_KVM;
		else if (strcmp(arg, "tcg") == 0)
			c->accel = ACCEL_TCG;
		else
			argp_error(state, "--accel %s: expected auto, kvm or tcg", arg);
		return 0;
	case ARGP_KEY_FINI:
		if (c->guest_kernel && access(c->guest_kernel, R_OK) < 0)
			argp_error(state, "--guest-kernel %s: %s; expected a readable bzImage or vmlinux", c->guest_kernel,
			           strerror(errno));
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp common_argp = { options, parse, NULL, NULL, NULL, NULL, NULL };

int cmd_fail(const struct err *err, int status)
{
	log_errorf("%s", err->msg);
	return status;
}

int suite_find(const char *name, char **ret, struct err *err)
{
	size_t len = strlen(name);
	if (strchr(name, '/') || (len > 6 && strcmp(name + len - 6, ".suite") == 0)) {
		if (!fs_exists(name))
			return err_setf(err, -ENOENT, "no suite file %s", name);
		*ret = xstrdup(name);
		return 0;
	}
	cleanup_free char *dir = path_suites(), *file = xasprintf("%s/%s.suite", dir, name);
	if (fs_exists(file)) {
		*ret = ptr_steal(&file);
		return 0;
	}
	cleanup_free char *pattern = xasprintf("%s/*.suite", dir);
	glob_t g = { 0 };
	err_setf(err, -ENOENT, "no suite '%s' in %s; there are:", name, dir);
	if (glob(pattern, 0, NULL, &g) == 0)
		for (size_t i = 0; i < g.gl_pathc; i++) {
			const char *base = strrchr(g.gl_pathv[i], '/') + 1;
			err_addf(err, " %.*s", (int)(strlen(base) - 6), base);
		}
	globfree(&g);
	return -ENOENT;
}

int suite_check_arms(const struct suite *s, struct err *err)
{
	for (size_t i = 0; i < s->n_arms; i++) {
		const struct suite_arm *a = &s->arms[i];
		const struct env_ops *ops = env_find(a->driver);
		if (!ops) {
			err_setf(err, -EINVAL, "%s:%d: arm %s: no driver '%s'; expected one of:", s->file, a->line, a->name, a->driver);
			for (size_t k = 0; env_drivers[k]; k++)
				err_addf(err, " %s", env_drivers[k]->name);
			return -EINVAL;
		}
		const char *missing = opts_missing(ops->options, &a->options);
		if (missing)
			return err_setf(err, -EINVAL, "%s:%d: arm %s: expected '%s = …': the driver %s needs it", s->file, a->line, a->name,
			                missing, a->driver);
		cleanup(kvs_free) struct kvs resolved = { 0 };
		int r = opts_resolve(ops->options, &a->options, s->file, &resolved, err);
		if (r < 0)
			return r;
		if (ops->check && (r = ops->check(&resolved, err)) < 0) {
			err_wrapf(err, "%s:%d: arm %s", s->file, a->line, a->name);
			return r;
		}
	}
	return 0;
}

void cmd_begin(void)
{
	struct err err = { 0 };
	if (workspace_sweep(&err) < 0)
		log_warnf("%s", err.msg);
	if (lifeline_enter(&err) < 0)
		log_warnf("no lifeline: %s; if this isocost is killed, `isocost clean` must remove what it leaves", err.msg);
	sig_catch();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engine.c - run the commands around an arm to their end. */
#include "env/engine.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"
#include "base/proc.h"
#include "env/nursery.h"

#include <errno.h>
#include <string.h>

int engine_find(const struct engine_place *p, const char *program, struct err *err)
{
	cleanup_free char *path = strchr(program, '/') ? (fs_is_executable(program) ? xstrdup(program) : NULL) : fs_which(program);
	if (path)
		return 0;
	err_setf(err, -ENOENT, "there is no program %s", program);
	if (*p->package)
		err_addf(err, ": install the package %s", p->package);
	return -ENOENT;
}

struct helper {
	const struct engine_place *place;
	struct strv args;
	int64_t deadline_ns;
	bool interruptible;
	struct proc_out out;
};

static int run_helper(void *arg, struct err *err)
{
	struct helper *h = arg;
	const struct proc_spec spec = { .argv = h->args.v, .cwd = h->place->dir, .envp = h->place->envp,
	                                .deadline_ns = h->deadline_ns, .interruptible = h->interruptible };
	return proc_run_spec(&spec, &h->out, err);
}

static int failed(const struct helper *h, struct err *err)
{
	const char *text = str_trim(*str_trim(h->out.err) ? h->out.err : h->out.out);
	size_t len = strlen(text);
	return err_setf(err, -EIO, "%s ended with status %d%s%s", h->args.v[0], h->out.status, len ? ": " : "",
	                len > 600 ? text + len - 600 : text);
}

int engine_run(const struct engine_place *p, const struct template *t, const struct template_value *values, double seconds,
               bool interruptible, char **ret_line, struct err *err)
{
	int r = 0;
	for (size_t i = 0; i < t->n && r == 0; i++) {
		struct helper h = { .place = p, .interruptible = interruptible };
		template_expand(t, i, values, &h.args);
		r = h.args.n ? engine_find(p, h.args.v[0], err) : -EINVAL;
		h.deadline_ns = clk_now() + (int64_t)(seconds * 1e9);
		if (r == 0)
			r = nursery_do(p->view, run_helper, &h, err);
		if (r == 0 && h.out.status != 0)
			r = failed(&h, err);
		if (r == 0 && ret_line && i + 1 == t->n) {
			h.out.out[strcspn(h.out.out, "\n")] = '\0';
			*ret_line = xstrdup(str_trim(h.out.out));
		}
		proc_out_free(&h.out);
		strv_free(&h.args);
	}
	return r;
}

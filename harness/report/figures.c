/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figures.c - write the figures' data and have gnuplot draw them. */
#include "report/figures.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/proc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	bool (*make)(const struct report *r, struct figure_text *ret);
} figures[FIG_COUNT] = {
	[FIG_PHASES] = { "startup-phases", fig_phases },
	[FIG_ECDF] = { "startup-ecdf", fig_ecdf },
	[FIG_OVERHEAD] = { "overhead", fig_overhead },
	[FIG_LADDER] = { "ladder", fig_ladder },
	[FIG_FOOTPRINT] = { "footprint", fig_footprint },
};

const char *figure_name(enum figure f)
{
	return figures[f].name;
}

void figures_free(struct figures *f)
{
	for (int i = 0; i < FIG_COUNT; i++)
		free(f->alt[i]);
	*f = (struct figures){ 0 };
}

static int put(const char *dir, const char *name, const char *suffix, const struct str *text, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/%s.%s", dir, name, suffix);
	int r = fs_replace(path, str_get(text), text->len, 0644);
	return r < 0 ? err_sysf(err, r, "can't write %s", path) : 0;
}

static void figure_text_free(struct figure_text *t)
{
	str_free(&t->dat);
	str_free(&t->set);
	str_free(&t->title);
}

static int write_one(const struct report *r, enum figure f, const char *dir, struct figures *ret, struct err *err)
{
	cleanup(figure_text_free) struct figure_text t = { 0 };
	if (!figures[f].make(r, &t))
		return 0;
	int e = put(dir, figures[f].name, "dat", &t.dat, err);
	if (e == 0)
		e = put(dir, figures[f].name, "set", &t.set, err);
	if (e < 0)
		return e;
	ret->has[f] = true;
	ret->alt[f] = xstrdup(str_get(&t.title));
	return 0;
}

int figures_write(const struct report *r, const char *dir, struct figures *ret, struct err *err)
{
	struct figures made = { 0 };
	for (int f = 0; f < FIG_COUNT; f++) {
		int e = write_one(r, (enum figure)f, dir, &made, err);
		if (e < 0) {
			figures_free(&made);
			return e;
		}
	}
	*ret = made;
	return 0;
}

int figure_draw(enum figure f, const char *gp_dir, const char *dat_dir, const char *svg, char **ret_said, struct err *err)
{
	cleanup_free char *script = xasprintf("%s.gp", figures[f].name);
	cleanup_free char *data = xasprintf("%s/%s", dat_dir, figures[f].name);
	cleanup_free char *tmp = xasprintf("%s.tmp", svg);
	/* in gp_dir, so that the script finds common.gp; the paths it is given are absolute */
	/* In a locale without UTF-8 gnuplot warns of every sign that it can't convert. */
	char *const argv[] = { (char *)"env", (char *)"LC_ALL=C.UTF-8", (char *)"gnuplot", (char *)"-c", script, data, tmp, NULL };
	cleanup(proc_out_free) struct proc_out o = { 0 };
	int r = proc_run(argv, gp_dir, &o, err);
	if (r < 0)
		return r;
	if (o.status != 0) {
		unlink(tmp);
		return err_setf(err, -EIO, "gnuplot could not draw %s/%s: %s", gp_dir, script, str_trim(o.err));
	}
	if (rename(tmp, svg) < 0)
		return err_sysf(err, -errno, "can't rename %s to %s", tmp, svg);
	*ret_said = xstrdup(str_trim(o.err));
	return 0;
}

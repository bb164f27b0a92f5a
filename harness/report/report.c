/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.c - write REPORT.md and have its figures drawn. */
#include "report/report.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "report/figures.h"
#include "report/md.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void report_freep(struct report **r)
{
	report_free(*r);
}

/* An absolute path of a directory's plots/, which is made. Caller frees; NULL and *err on failure. */
static char *plots_dir(const char *parent, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/plots", parent);
	int r = fs_mkdirs(path, 0755);
	char *real = r < 0 ? NULL : realpath(path, NULL);
	if (!real)
		err_sysf(err, r < 0 ? r : -errno, "can't make the directory %s", path);
	return real;
}

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

/* Why a figure is missing; what mends it, where that is known. Caller frees. */
static char *missing_text(int code, enum figure f, const char *gp_dir, const struct err *err)
{
	if (code != -ENOENT)
		return xasprintf("The plot %s is missing: %s", figure_name(f), err->msg);
	cleanup_free char *script = xasprintf("%s/%s.gp", gp_dir, figure_name(f));
	if (!fs_exists(script))
		return xasprintf("There are no plots: %s, which draws one, is not there.", script);
	return xstrdup("There are no plots: gnuplot is not installed. `apt-get install gnuplot-nox`, then `isocost report` again.");
}

/* Draw what there is. A figure that can't be drawn is left out; *ret_missing says why, or stays NULL. */
static void draw_all(const char *gp_dir, const char *dat_dir, const char *svg_dir, struct md_figures *f, char **ret_missing)
{
	for (int i = 0; i < FIG_COUNT; i++) {
		cleanup_free char *svg = xasprintf("%s/%s.svg", svg_dir, figure_name((enum figure)i)), *said = NULL;
		struct err err = { 0 };
		if (!f->made->has[i])
			continue;
		int r = figure_draw((enum figure)i, gp_dir, dat_dir, svg, &said, &err);
		f->drawn[i] = r == 0;
		if (r < 0) {
			free(*ret_missing);
			*ret_missing = missing_text(r, (enum figure)i, gp_dir, &err);
		} else if (*said) {
			log_warnf("gnuplot on %s: %s", figure_name((enum figure)i), said);
		}
	}
	if (*ret_missing)
		log_warnf("%s", *ret_missing);
}

int report_write(const struct run *run, const char *md_path, const char *plots_src_dir, struct err *err)
{
	cleanup_free char *parent = parent_of(md_path);
	cleanup_free char *svg_dir = plots_dir(parent, err);
	if (!svg_dir)
		return err ? err->code : -EIO;
	cleanup_free char *dat_dir = run->dir ? plots_dir(run->dir, err) : xstrdup(svg_dir);
	if (!dat_dir)
		return err ? err->code : -EIO;
	cleanup(report_freep) struct report *r = report_new(run);
	cleanup(figures_free) struct figures made = { 0 };
	int e = figures_write(r, dat_dir, &made, err);
	if (e < 0)
		return e;
	struct md_figures f = { .made = &made };
	cleanup_free char *missing = NULL;
	draw_all(plots_src_dir, dat_dir, svg_dir, &f, &missing);
	f.missing = missing;
	cleanup_free char *text = md_text(r, &f);
	e = fs_replace(md_path, text, strlen(text), 0644);
	return e < 0 ? err_sysf(err, e, "can't write %s", md_path) : 0;
}

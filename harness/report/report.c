/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.c - write REPORT.md and report.html, and have their figures drawn. */
#include "report/report.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "report/figures.h"
#include "report/html.h"
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

/* The page beside the text: of REPORT.md report.html, of any other name the same with .html. Caller frees. */
static char *page_beside(const char *md_path)
{
	cleanup_free char *parent = parent_of(md_path);
	const char *slash = strrchr(md_path, '/'), *name = slash ? slash + 1 : md_path, *dot = strrchr(name, '.');
	int stem = dot && dot != name ? (int)(dot - name) : (int)strlen(name);
	return strcmp(name, "REPORT.md") == 0 ? xasprintf("%s/report.html", parent) : xasprintf("%s/%.*s.html", parent, stem, name);
}

static int put(const char *path, const char *text, struct err *err)
{
	int r = fs_replace(path, text, strlen(text), 0644);
	return r < 0 ? err_sysf(err, r, "can't write %s", path) : 0;
}

int report_write(const struct run *run, const struct report_paths *paths, struct err *err)
{
	cleanup_free char *parent = parent_of(paths->md), *html = paths->html ? xstrdup(paths->html) : page_beside(paths->md);
	cleanup_free char *svg_dir = plots_dir(parent, err);
	if (!svg_dir)
		return err ? err->code : -EIO;
	cleanup_free char *dat_dir = run->dir ? plots_dir(run->dir, err) : xstrdup(svg_dir);
	if (!dat_dir)
		return err ? err->code : -EIO;
	cleanup(report_freep) struct report *r = report_new(run);
	cleanup(figures_free) struct figures made = { 0 };
	int e = figures_write(r, THEME_PAGE, dat_dir, &made, err);
	if (e < 0)
		return e;
	struct md_figures f = { .made = &made };
	cleanup_free char *missing = NULL, *page = NULL, *title = xasprintf("%s: %s", run->id, run_is_imported(run) ? "imported figures" : "what isolation costs");
	figures_draw(&made, paths->gp_dir, dat_dir, svg_dir, ".svg", f.drawn, &missing);
	f.missing = missing;
	cleanup_free char *text = md_text(r, &f);
	e = html_text(text, title, svg_dir, &page, err);
	if (e == 0)
		e = put(paths->md, text, err);
	return e < 0 ? e : put(html, page, err);
}

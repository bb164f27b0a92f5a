/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figures.c - write the figures' data and have gnuplot draw them. */
#include "report/figures.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/proc.h"
#include "report/svg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLIDES_PX 640

#define RESOURCE_SHOWS                                                                                                          \
	"A panel for each metric on an axis of its own, a row for each arm: pale dots are launches, a pale box their quartiles, the strong mark their median, " \
	"the bar its 95 % interval."
#define LATENCY_SHOWS                                                                                                            \
	"A panel for each metric, a curve for each arm: latency over the share of operations that took no longer, medians over launches with " \
	"their 95 % intervals; lower is better."
#define RATE_SHOWS                                                                                                               \
	"A panel for each metric, a line for each arm: bytes a second over the time in which a launch measured, from its beginning to its end, medians over " \
	"launches with a band between their quartiles; higher is better."

static const struct {
	const char *name, *script;      /* script NULL: NAME.gp */
	bool (*make)(const struct report *r, struct figure_text *ret);
	const char *shows;              /* how to read it, for those who can't see it */
} figures[FIG_COUNT] = {
	[FIG_PHASES] = { "startup-phases", NULL, fig_phases, "A stacked bar for each arm: the phases of a launch, in order and as long as they take, each bar at "
	                 "its own scale; a mark where the program's main runs." },
	[FIG_ECDF] = { "startup-ecdf", NULL, fig_ecdf, "For each arm a rising curve: the share of launches that had started after a time, on a logarithmic axis; "
	               "further left is faster." },
	[FIG_OVERHEAD] = { "overhead", NULL, fig_overhead, "For each workload and arm a dot and a bar: the cost as a multiple of the host's and its 95 % interval, on a "
	                   "logarithmic axis; further left is better, the line at 1 is the host." },
	[FIG_LADDER] = { "ladder", NULL, fig_ladder, "A staircase for each metric: rungs of isolation from left to right, each tread a median with its 95 % interval, each riser "
	                 "what a rung adds; lower is better." },
	[FIG_ISOLATION] = { "isolation", NULL, fig_isolation, "A table of colours: a column for each escape attempt, grouped by topic, a row for each arm; what reached the host "
	                    "is vermilion with a cross, what was held blue, what reached only the arm's own kernel pale blue." },
	[FIG_FOOTPRINT] = { "footprint", NULL, fig_footprint, "For each arm a dot and a bar, the median and its 95 % interval: bytes of the host in the upper panel, CPU time in the "
	                    "lower one, on logarithmic axes; further left is better." },
	[FIG_CPU] = { "cpu", "resource", fig_cpu, RESOURCE_SHOWS },
	[FIG_MEMORY] = { "memory", "resource", fig_memory, RESOURCE_SHOWS },
	[FIG_KERNEL] = { "system-calls", "resource", fig_kernel, RESOURCE_SHOWS },
	[FIG_FILE] = { "files", "resource", fig_file, RESOURCE_SHOWS },
	[FIG_NETWORK] = { "network", "resource", fig_network, RESOURCE_SHOWS },
	[FIG_APPLICATION] = { "applications", "resource", fig_application, RESOURCE_SHOWS },
	[FIG_IMPORTED] = { "imported", "resource", fig_imported, RESOURCE_SHOWS },
	[FIG_MEMORY_CURVE] = { "memory-latency", NULL, fig_memory_curve, "For each arm a curve: the time of one load over the size of the working set, medians with their 95 % "
	                       "intervals, both axes logarithmic; lower is better." },
	[FIG_FILE_LATENCY] = { "file-latency", "latency", fig_file_latency, LATENCY_SHOWS },
	[FIG_NETWORK_LATENCY] = { "network-latency", "latency", fig_network_latency, LATENCY_SHOWS },
	[FIG_APPLICATION_LATENCY] = { "application-latency", "latency", fig_application_latency, LATENCY_SHOWS },
	[FIG_MEMORY_RATE] = { "memory-rate", "rate", fig_memory_rate, RATE_SHOWS },
	[FIG_FILE_RATE] = { "file-rate", "rate", fig_file_rate, RATE_SHOWS },
	[FIG_NETWORK_RATE] = { "network-rate", "rate", fig_network_rate, RATE_SHOWS },
};

static const char *script_of(enum figure f)
{
	return figures[f].script ? figures[f].script : figures[f].name;
}

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

void figure_text_free(struct figure_text *t)
{
	str_free(&t->dat);
	str_free(&t->set);
	str_free(&t->title);
}

int drawing_put(const struct drawing *d, const struct figure_text *t, const char *dir, struct err *err)
{
	int r = put(dir, d->name, "dat", &t->dat, err);
	return r < 0 ? r : put(dir, d->name, "set", &t->set, err);
}

static int write_one(const struct report *r, enum figure f, enum figure_theme theme, const char *dir, struct figures *ret, struct err *err)
{
	cleanup(figure_text_free) struct figure_text t = { .width = theme == THEME_SLIDES ? SLIDES_PX : FIG_PAGE_PX };
	str_addf(&t.set, "SLIDES = %d\n", theme == THEME_SLIDES);
	if (!figures[f].make(r, &t))
		return 0;
	int e = drawing_put(&(struct drawing){ .name = figures[f].name }, &t, dir, err);
	if (e < 0)
		return e;
	ret->has[f] = true;
	ret->alt[f] = xstrdup(str_get(&t.title));
	return 0;
}

int figures_write(const struct report *r, enum figure_theme theme, const char *dir, struct figures *ret, struct err *err)
{
	struct figures made = { 0 };
	for (int f = 0; f < FIG_COUNT; f++) {
		int e = write_one(r, (enum figure)f, theme, dir, &made, err);
		if (e < 0) {
			figures_free(&made);
			return e;
		}
	}
	*ret = made;
	return 0;
}

/* Title and description in gnuplot's place. */
static int name_svg(const char *path, const char *title, const char *shows, struct err *err)
{
	cleanup_free char *text = NULL;
	int r = fs_read(path, &text, NULL);
	if (r < 0)
		return err_sysf(err, r, "can't read %s, which gnuplot was to write", path);
	cleanup_free char *named = svg_named(text, title, shows);
	if (!named)
		return err_setf(err, -EINVAL, "%s: expected an SVG with a title and a desc from gnuplot", path);
	r = fs_write(path, named, strlen(named), 0644);
	return r < 0 ? err_sysf(err, r, "can't write %s", path) : 0;
}

int drawing_draw(const struct drawing *d, const char *gp_dir, const char *dat_dir, const char *out, char **ret_said, struct err *err)
{
	const char *suffix = strrchr(out, '.');
	cleanup_free char *script = xasprintf("%s.gp", d->script);
	cleanup_free char *data = xasprintf("%s/%s", dat_dir, d->name);
	cleanup_free char *tmp = xasprintf("%s.tmp%s", out, suffix);
	/* in gp_dir, so that the script finds common.gp; the paths it is given are absolute */
	/* In a locale without UTF-8 gnuplot warns of every sign that it can't convert. */
	char *const argv[] = { (char *)"env", (char *)"LC_ALL=C.UTF-8", (char *)"gnuplot", (char *)"-c", script, data, tmp, NULL };
	cleanup(proc_out_free) struct proc_out o = { 0 };
	int r = proc_run(argv, gp_dir, &o, err);
	if (r == 0 && o.status == 127)          /* env's word for a program that is not there */
		r = err_setf(err, -ENOENT, "gnuplot is not installed");
	if (r == 0 && o.status != 0)
		r = err_setf(err, -EIO, "gnuplot could not draw %s/%s: %s", gp_dir, script, str_trim(o.err));
	if (r == 0 && strcmp(suffix, ".svg") == 0)
		r = name_svg(tmp, d->title, d->shows, err);
	if (r == 0 && rename(tmp, out) < 0)
		r = err_sysf(err, -errno, "can't rename %s to %s", tmp, out);
	if (r < 0) {
		unlink(tmp);
		return r;
	}
	*ret_said = xstrdup(str_trim(o.err));
	return 0;
}

int figure_draw(const struct figures *made, enum figure f, const char *gp_dir, const char *dat_dir, const char *out, char **ret_said,
                struct err *err)
{
	const struct drawing d = { figures[f].name, script_of(f), made->alt[f], figures[f].shows };
	return drawing_draw(&d, gp_dir, dat_dir, out, ret_said, err);
}

/* Why a figure is missing; what mends it, where that is known. Caller frees. */
static char *missing_text(int code, enum figure f, const char *gp_dir, const struct err *err)
{
	if (code != -ENOENT)
		return xasprintf("The plot %s is missing: %s", figures[f].name, err->msg);
	cleanup_free char *script = xasprintf("%s/%s.gp", gp_dir, script_of(f));
	if (!fs_exists(script))
		return xasprintf("There are no plots: %s, which draws one, is not there.", script);
	return xstrdup("There are no plots: gnuplot is not installed. `apt-get install gnuplot-nox`, then `isocost report` again.");
}

void figures_draw(const struct figures *made, const char *gp_dir, const char *dat_dir, const char *out_dir, const char *suffix,
                  bool drawn[FIG_COUNT], char **ret_missing)
{
	for (int i = 0; i < FIG_COUNT; i++) {
		cleanup_free char *out = xasprintf("%s/%s%s", out_dir, figures[i].name, suffix), *said = NULL;
		struct err err = { 0 };
		if (!made->has[i])
			continue;
		int r = figure_draw(made, (enum figure)i, gp_dir, dat_dir, out, &said, &err);
		drawn[i] = r == 0;
		if (r < 0 && !*ret_missing) {
			*ret_missing = missing_text(r, (enum figure)i, gp_dir, &err);
		} else if (r == 0 && *said) {
			log_warnf("gnuplot on %s: %s", figures[i].name, said);
		}
	}
	if (*ret_missing)
		log_warnf("%s", *ret_missing);
}

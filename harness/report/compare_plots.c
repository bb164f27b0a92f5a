/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compare_plots.c - the figures of a comparison: two runs' launches side by side, and the overheads of many hosts as a forest and as a
 * map. */
#include "report/compare.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "report/figures.h"
#include "report/fmt.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static int draw(const struct drawing *d, const struct figure_text *t, const char *gp_dir, const char *dir, struct err *err)
{
	int r = drawing_put(d, t, dir, err);
	for (int i = 0; i < 2 && r == 0; i++) {
		cleanup_free char *out = xasprintf("%s/%s%s", dir, d->name, i ? ".png" : ".svg"), *said = NULL;
		r = drawing_draw(d, gp_dir, dir, out, &said, err);
		if (r == 0 && *said)
			log_warnf("gnuplot on %s: %s", d->name, said);
	}
	return r;
}

/* ---- two runs ---- */

static bool has_pair(const struct compare_cell *cell)
{
	return cell->c[0]->s.min > 0 && cell->c[1]->s.min > 0;
}

static void add_pair(const struct compare_cell *cell, struct str *dat, double *lo, double *hi)
{
	str_addf(dat, "# %s %s, %s: value of a launch, row, colour\n", cell->arm, cell->m->label, cell->m->unit);
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < cell->c[k]->n; i++)
			str_addf(dat, "%.9g %zu %zu\n", cell->c[k]->v[i], k, k);
	str_addf(dat, "\n\n# median, row, low, high, 1 without interval, colour, quartiles\n");
	for (size_t k = 0; k < 2; k++) {
		const struct report_cell *c = cell->c[k];
		bool ok = c->median_ci.ok;
		str_addf(dat, "%.9g %zu %.9g %.9g %d %zu %.9g %.9g\n", c->s.median, k, ok ? c->median_ci.lo : c->s.median,
		         ok ? c->median_ci.hi : c->s.median, !ok, k, c->s.q1, c->s.q3);
		*lo = fmin(*lo, c->s.min);
		*hi = fmax(*hi, c->s.max);
	}
	str_addf(dat, "\n\n");
}

struct lists {
	struct str names, whats, mins, maxs, tics;
	size_t n;
};

static void lists_free(struct lists *l)
{
	str_free(&l->names);
	str_free(&l->whats);
	str_free(&l->mins);
	str_free(&l->maxs);
	str_free(&l->tics);
}

static void add_panel(const struct compare_cell *cell, struct figure_text *t, struct lists *l)
{
	double lo = INFINITY, hi = 0;
	const char *separator = l->n++ ? ", " : "";
	cleanup_free char *name = xasprintf("%s, %s", cell->m->label, cell->arm), *ratio = fmt_ratio(cell->cost.ratio, cell->cost.ci);
	cleanup_free char *what = xasprintf("B over A %s: %s; %s is better", ratio, stats_verdict_text(cell->cost.verdict),
	                                    cell->m->better == BETTER_LOWER ? "lower (left)" : "higher (right)");
	add_pair(cell, &t->dat, &lo, &hi);
	double room = fmax(pow(hi / lo, 0.04), 1.01);
	cleanup(str_free) struct str axis = { 0 };
	set_axis_tics(&axis, "xtics", lo / room, hi * room, cell->m->unit);
	str_addf(&l->names, "%s", separator);
	set_quoted(&l->names, name);
	str_addf(&l->whats, "%s", separator);
	set_quoted(&l->whats, what);
	str_addf(&l->mins, "%s%.6g", separator, lo / room);
	str_addf(&l->maxs, "%s%.6g", separator, hi * room);
	str_addf(&l->tics, "%s\"%s\"", separator, str_trim(axis.s));
}

int compare_plots(const struct compare *c, const char *gp_dir, const char *dir, struct err *err)
{
	cleanup(figure_text_free) struct figure_text t = { .width = FIG_PAGE_PX };
	cleanup(lists_free) struct lists l = { 0 };
	size_t worse = 0, better = 0;
	for (size_t i = 0; i < c->n; i++) {
		worse += c->cells[i].cost.verdict == VERDICT_SLOWER;
		better += c->cells[i].cost.verdict == VERDICT_FASTER;
		if (has_pair(&c->cells[i]))
			add_panel(&c->cells[i], &t, &l);
	}
	if (!l.n)
		return err_setf(err, -ENODATA, "there is nothing to draw: no cell has figures above 0 in both runs");
	str_addf(&t.title, "B against A: of %zu cells %zu cost more beyond the margin of %.3g %%, %zu less", c->n, worse, 100 * c->margin, better);
	str_addf(&t.set, "SLIDES = 0\n");
	set_title(&t);
	str_addf(&t.set, "set ytics ('A' 0, 'B' 1)\nARMS = 2\nWIDEST = 6\nPANELS = %zu\narray NAME[PANELS] = [%s]\narray WHAT[PANELS] = [%s]\n"
	                 "array XMIN[PANELS] = [%s]\narray XMAX[PANELS] = [%s]\narray XTICS[PANELS] = [%s]\n", l.n, str_get(&l.names),
	         str_get(&l.whats), str_get(&l.mins), str_get(&l.maxs), str_get(&l.tics));
	const struct drawing d = { "compare-launches", "resource", t.title.s, "A panel for each cell that both runs have, on an axis of its own: run A above run B; dots "
		                   "are launches, a pale box their quartiles, the strong mark their median, the bar its 95 % interval." };
	return draw(&d, &t, gp_dir, dir, err);
}

/* ---- many runs ---- */

static bool has_any(const struct overheads *o, const struct overheads_row *row)
{
	for (size_t k = 0; k < o->ids.n; k++)
		if (row->v[k].ratio > 0)
			return true;
	return false;
}

/* Rows of one metric stand together. Owner frees. */
static size_t *by_metric(const struct overheads *o, size_t *ret_n)
{
	size_t *order = xcalloc(o->n + 1, sizeof(*order)), n = 0;
	for (size_t i = 0; i < o->n; i++) {
		bool first = true;
		for (size_t k = 0; k < i; k++)
			first = first && strcmp(o->rows[k].metric, o->rows[i].metric) != 0;
		for (size_t k = i; first && k < o->n; k++)
			if (strcmp(o->rows[k].metric, o->rows[i].metric) == 0 && has_any(o, &o->rows[k]))
				order[n++] = k;
	}
	*ret_n = n;
	return order;
}

static void add_row_tics(const struct overheads *o, const size_t *order, size_t n, struct str *set)
{
	size_t widest = 0;
	str_addf(set, "set ytics (");
	for (size_t i = 0; i < n; i++) {
		cleanup_free char *label = xasprintf("%s, %s", o->rows[order[i]].metric, o->rows[order[i]].arm);
		str_addf(set, i ? ", " : "");
		set_tic(set, label);
		str_addf(set, " %zu", i);
		widest = text_columns(label) > widest ? text_columns(label) : widest;
	}
	str_addf(set, ")\nROWS = %zu\nWIDEST = %zu\n", n, widest);
}

static size_t disagreeing(const struct overheads *o)
{
	size_t n = 0;
	for (size_t i = 0; i < o->n; i++)
		n += o->rows[i].adjusted < COMPARE_ALPHA;
	return n;
}

static void add_run(const struct overheads *o, const size_t *order, size_t n, size_t run, struct str *dat, double *lo, double *hi)
{
	double offset = (((double)run + 0.5) / (double)o->ids.n - 0.5) * 0.75;
	size_t before = dat->len;
	for (size_t i = 0; i < n; i++) {
		const struct overhead *v = &o->rows[order[i]].v[run];
		if (!(v->ratio > 0))
			continue;
		double from = v->ci.ok ? v->ci.lo : v->ratio, to = v->ci.ok ? v->ci.hi : v->ratio;
		str_addf(dat, "%.4f %.9g %.9g %.9g %d\n", (double)i + offset, v->ratio, from, to, !v->ci.ok);
		*lo = fmin(*lo, from);
		*hi = fmax(*hi, to);
	}
	/* gnuplot warns of a block without points */
	str_addf(dat, dat->len == before ? "NaN NaN NaN NaN 0\n\n\n" : "\n\n");
}

static int forest(const struct overheads *o, const size_t *order, size_t n, const char *gp_dir, const char *dir, struct err *err)
{
	cleanup(figure_text_free) struct figure_text t = { .width = FIG_PAGE_PX };
	cleanup(fig_key_free) struct fig_key key = { 0 };
	double lo = 0.95, hi = 1.05;
	for (size_t k = 0; k < o->ids.n; k++) {
		cleanup_free char *name = xasprintf("run %zu", k + 1);
		str_addf(&t.dat, "# %s: row, ratio, low, high, 1 without interval\n", o->ids.v[k]);
		add_run(o, order, n, k, &t.dat, &lo, &hi);
		fig_key_add(&key, name, k);
	}
	str_addf(&t.title, "Overheads of %zu runs: hosts disagree in %zu of %zu rows (Cochran's Q, p below %g after Holm's correction)", o->ids.n, disagreeing(o),
	         o->n, COMPARE_ALPHA);
	str_addf(&t.set, "SLIDES = 0\n");
	set_title(&t);
	fig_key_put(&key, &t.set);
	double room = pow(hi / lo, 0.03);
	str_addf(&t.set, "XMIN = %.6g\nXMAX = %.6g\nMARGIN = %.6g\n", lo / room, hi * room, o->margin);
	set_log_tics(&t.set, lo / room, hi * room, NULL);
	add_row_tics(o, order, n, &t.set);
	const struct drawing d = { "compare-forest", "overhead", t.title.s, "For each workload and arm a dot and a bar for each run: the cost as a multiple of the cost on that "
		                   "run's own bare host, and its 95 % interval, on a logarithmic axis; further left is better." };
	return draw(&d, &t, gp_dir, dir, err);
}

#define HOTTEST 10.0                    /* times: what has the map's full colour */

/* Blue below 1, white at 1, vermilion above: told apart by any eye. */
static unsigned colour_of(double ratio)
{
	static const unsigned blue[] = { 0x00, 0x72, 0xb2 }, vermilion[] = { 0xd5, 0x5e, 0x00 };
	double share = fmin(fabs(log(ratio)) / log(HOTTEST), 1);
	unsigned rgb = 0;
	for (int i = 0; i < 3; i++)
		rgb = rgb << 8 | (unsigned)lround(255 + share * ((double)(ratio > 1 ? vermilion : blue)[i] - 255));
	return rgb;
}

static int map(const struct overheads *o, const size_t *order, size_t n, const char *gp_dir, const char *dir, struct err *err)
{
	cleanup(figure_text_free) struct figure_text t = { .width = FIG_PAGE_PX };
	cleanup(str_free) struct str texts = { 0 };
	double hi = 0;
	const struct overheads_row *hottest = NULL;
	str_addf(&t.dat, "# run, row, colour\n");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < o->ids.n; k++) {
			double ratio = o->rows[order[i]].v[k].ratio;
			cleanup_free char *text = fmt_number(ratio);
			if (ratio > 0)
				str_addf(&t.dat, "%zu %zu %u\n", k, i, colour_of(ratio));
			str_addf(&texts, "%zu %zu \"%s\"\n", k, i, text);
			hottest = ratio > hi ? &o->rows[order[i]] : hottest;
			hi = fmax(hi, ratio > 0 ? ratio : 0);
		}
	cleanup_free char *most = fmt_number(hi);
	str_addf(&t.dat, "\n\n# run, row, text\n%s", str_get(&texts));
	str_addf(&t.title, "Times the cost on the run's own bare host: at most %s × (%s, %s)", most, hottest->metric, hottest->arm);
	str_addf(&t.set, "SLIDES = 0\n");
	set_title(&t);
	str_addf(&t.set, "RUNS = %zu\nset xtics (", o->ids.n);
	for (size_t k = 0; k < o->ids.n; k++)
		str_addf(&t.set, "%s'run %zu' %zu", k ? ", " : "", k + 1, k);
	str_addf(&t.set, ")\n");
	add_row_tics(o, order, n, &t.set);
	const struct drawing d = { "compare-map", "compare-map", t.title.s, "A table of colours: a row for each workload and arm, a column for each run, in each the cost as a multiple of "
		                   "the cost on that run's own bare host. Vermilion is dearer, blue cheaper, white the same." };
	return draw(&d, &t, gp_dir, dir, err);
}

int overheads_plots(const struct overheads *o, const char *gp_dir, const char *dir, struct err *err)
{
	size_t n;
	cleanup_free size_t *order = by_metric(o, &n);
	int r = forest(o, order, n, gp_dir, dir, err);
	return r < 0 ? r : map(o, order, n, gp_dir, dir, err);
}

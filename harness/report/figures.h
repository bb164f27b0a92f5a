/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figures.h - the figures: their data as text files, and gnuplot that draws them.
 *
 * A figure NAME is NAME.dat (the points) and NAME.set (title, labels and sizes as gnuplot variables) in one directory, and
 * a .gp file, which reads both and draws NAME.svg or NAME.png. The .gp files hold no figure of any run. */
#ifndef ISOCOST_REPORT_FIGURES_H
#define ISOCOST_REPORT_FIGURES_H

#include "base/err.h"
#include "report/model.h"

enum figure {
	FIG_PHASES, FIG_ECDF, FIG_OVERHEAD, FIG_LADDER, FIG_ISOLATION, FIG_FOOTPRINT, FIG_CPU, FIG_MEMORY, FIG_KERNEL, FIG_FILE, FIG_NETWORK, FIG_APPLICATION,
	FIG_IMPORTED,
	FIG_MEMORY_CURVE, FIG_FILE_LATENCY, FIG_NETWORK_LATENCY, FIG_APPLICATION_LATENCY,
	FIG_MEMORY_RATE, FIG_FILE_RATE, FIG_NETWORK_RATE, FIG_COUNT
};

/* What a figure is drawn for. On a narrower paper the same letters are larger once it fills a slide. */
enum figure_theme { THEME_PAGE, THEME_SLIDES };

struct figures {
	bool has[FIG_COUNT];            /* there is something to draw */
	char *alt[FIG_COUNT];           /* what is seen, in a sentence: the figure's title */
};
void figures_free(struct figures *f);

const char *figure_name(enum figure f);

/* Write .dat and .set of every figure that the report has points for; dir exists. *ret is the caller's figures_free. */
int figures_write(const struct report *r, enum figure_theme theme, const char *dir, struct figures *ret, struct err *err);

/* Draw one figure with gnuplot. gp_dir holds its .gp and common.gp, dat_dir NAME.dat and NAME.set. out: a name that ends in .svg, and then the
 * picture has the figure's title and what it shows for those who can't see it, or in .png. What gnuplot said without failing
 * (its warnings) is put into *ret_said, the caller's to free: "" when it had nothing to say. */
int figure_draw(const struct figures *made, enum figure f, const char *gp_dir, const char *dat_dir, const char *out, char **ret_said,
                struct err *err);

/* Draw every figure that was made as out_dir/NAME<suffix>. What can't be drawn is left out: drawn says which are there, *ret_missing why one
 * is not; it stays NULL when none is missing, else it is the caller's to free. gnuplot's warnings are logged. */
void figures_draw(const struct figures *made, const char *gp_dir, const char *dat_dir, const char *out_dir, const char *suffix,
                  bool drawn[FIG_COUNT], char **ret_missing);

/* One figure: its points and variables. false: nothing to draw. */
struct figure_text {
	unsigned width;                 /* of the paper, in px; given */
	struct str dat, set, title;
};
void figure_text_free(struct figure_text *t);

/* A figure that is of no single run. */
struct drawing {
	const char *name, *script;      /* of the files, of the .gp */
	const char *title, *shows;      /* for those who can't see it */
};
#define FIG_PAGE_PX 900
int drawing_put(const struct drawing *d, const struct figure_text *t, const char *dir, struct err *err);
/* As figure_draw. */
int drawing_draw(const struct drawing *d, const char *gp_dir, const char *dat_dir, const char *out, char **ret_said, struct err *err);
bool fig_phases(const struct report *r, struct figure_text *ret);
bool fig_ecdf(const struct report *r, struct figure_text *ret);
bool fig_overhead(const struct report *r, struct figure_text *ret);
bool fig_footprint(const struct report *r, struct figure_text *ret);
bool fig_isolation(const struct report *r, struct figure_text *ret);
bool fig_ladder(const struct report *r, struct figure_text *ret);
bool fig_cpu(const struct report *r, struct figure_text *ret);
bool fig_memory(const struct report *r, struct figure_text *ret);
bool fig_kernel(const struct report *r, struct figure_text *ret);
bool fig_file(const struct report *r, struct figure_text *ret);
bool fig_network(const struct report *r, struct figure_text *ret);
bool fig_application(const struct report *r, struct figure_text *ret);
bool fig_imported(const struct report *r, struct figure_text *ret);
bool fig_memory_curve(const struct report *r, struct figure_text *ret);
bool fig_file_latency(const struct report *r, struct figure_text *ret);
bool fig_network_latency(const struct report *r, struct figure_text *ret);
bool fig_application_latency(const struct report *r, struct figure_text *ret);
bool fig_memory_rate(const struct report *r, struct figure_text *ret);
bool fig_file_rate(const struct report *r, struct figure_text *ret);
bool fig_network_rate(const struct report *r, struct figure_text *ret);

/* The costs of some metrics in words, arm by arm where there are few: "container from 0.997 to 0.999 ×, vm (TCG) …". "" without ratios. */
typedef bool metric_filter(const struct report *r, const struct report_metric *m, const void *arg);
void costs_said(const struct report *r, metric_filter *wanted, const void *arg, struct str *ret);
bool metric_of_resource(const struct report *r, const struct report_metric *m, const void *resource);

/* Helpers for .set and .dat: a gnuplot string constant broken at blanks to lines of `width`, with NAME_LINES; and a quoted
 * column. */
void set_string(struct str *b, const char *name, const char *text, size_t width);
void set_quoted(struct str *b, const char *text);
void set_tic(struct str *b, const char *text);            /* as set_quoted, for a tick: gnuplot reads those as formats */
void dat_quoted(struct str *b, const char *text);
/* The constant alone, as an expression; gives the number of lines. */
int set_lines(struct str *b, const char *text, size_t width);
/* TITLE, broken to lines that fit the paper, and its WIDTH. */
void set_title(struct figure_text *t);
/* `set ytics` for a linear axis from 0 to hi seconds, some `n` of them. */
void set_time_tics(struct str *b, double hi, int n);
/* `set xtics` for a logarithmic axis of bytes: powers of two. */
void set_bytes_tics(struct str *b, double lo, double hi);
/* `set xtics` ("xtics", "ytics") for a logarithmic axis from lo to hi, both above 0. unit as in fmt_value, NULL: none. */
void set_axis_tics(struct str *b, const char *axis, double lo, double hi, const char *unit);
void set_log_tics(struct str *b, double lo, double hi, const char *unit);

/* The arms in a figure's key, as gnuplot arrays LABEL and SLOT of N, and the LONGEST label. */
struct fig_key {
	struct str labels, slots;
	size_t n, longest;
};
void fig_key_add(struct fig_key *k, const char *label, size_t slot);
void fig_key_put(const struct fig_key *k, struct str *set);
void fig_key_free(struct fig_key *k);

size_t text_columns(const char *utf8);  /* characters, not bytes */

#endif

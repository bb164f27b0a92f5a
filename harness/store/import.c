/* SPDX-License-Identifier: GPL-3.0-or-later */
/* import.c - the table of formats, and what they share: arms, workloads, launches and samples of a run in the making. */
#include "store/import.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "sha256.h"
#include "store/store.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct import_cell {
	size_t arm, workload;
	unsigned base, next;            /* numbers of its launches: where this file's begin, and the next one */
};

const struct import_format *const import_formats[] = { &import_csv, &import_gobench, &import_hyperfine, &import_gbench, NULL };

const struct import_format *import_format_find(const char *name)
{
	for (size_t i = 0; import_formats[i]; i++)
		if (strcmp(import_formats[i]->name, name) == 0)
			return import_formats[i];
	return NULL;
}

struct import import_new(const char *name, double margin)
{
	char now[32];
	struct run *r = xcalloc(1, sizeof(*r));
	store_utc_now(now);
	r->suite = xstrdup(name);
	r->suite_text = xstrdup("");
	r->tool_version = xstrdup(ISOCOST_VERSION);
	r->started = xstrdup(now);
	r->ended = xstrdup(now);
	r->cpu_list = xstrdup("");
	r->seed = 1;                    /* of the resampling: the same files give the same report */
	r->margin = margin;
	return (struct import){ .run = r };
}

void import_free(struct import *im)
{
	run_free(im->run);
	strv_free(&im->notes);
	free(im->cells);
	free(im->cell_of);
	json_decref(im->json);
	*im = (struct import){ 0 };
}

static size_t add_arm(struct run *r, const char *name)
{
	r->arms = xrealloc(r->arms, r->n_arms + 1, sizeof(*r->arms));
	r->arms[r->n_arms] = (struct run_arm){ .name = xstrdup(name), .driver = xstrdup(RUN_IMPORTED), .label = xstrdup(name), .available = true };
	return r->n_arms++;
}

int import_arm(struct import *im, const char *said, size_t *ret, struct err *err)
{
	if (im->arm && said)
		return err_setf(err, -EINVAL, "it is of the arm '%s', as the file says; expected no arm to be given beside it", said);
	const char *name = im->arm ? im->arm : said ? said : IMPORT_ARM;
	if (!*name)
		return err_setf(err, -EINVAL, "the arm has no name");
	const struct run_arm *a = run_arm(im->run, name);
	*ret = a ? (size_t)(a - im->run->arms) : add_arm(im->run, name);
	return 0;
}

static size_t find_workload(struct run *r, const char *name)
{
	const struct run_workload *w = run_workload(r, name);
	if (w)
		return (size_t)(w - r->workloads);
	struct workload *own = run_own_workload(name);
	r->workloads = xrealloc(r->workloads, r->n_workloads + 1, sizeof(*r->workloads));
	r->workloads[r->n_workloads] = (struct run_workload){ .name = xstrdup(name), .workload = own, .own = own };
	return r->n_workloads++;
}

static int check_metric(const char *workload, const struct metric *known, const struct metric *m, struct err *err)
{
	if (strcmp(known->unit, m->unit) != 0)
		return err_setf(err, -EINVAL, "%s of %s has the unit '%s'; expected '%s' as before", m->name, workload, m->unit, known->unit);
	if (known->better != m->better)
		return err_setf(err, -EINVAL, "of %s of %s what is better is another than before", m->name, workload);
	return 0;
}

int import_metric(struct import *im, const char *workload, const struct metric *m, size_t *ret, struct err *err)
{
	const size_t longest = sizeof(((struct series *)NULL)->metric) - 1;
	if (!*workload || !*m->name)
		return err_setf(err, -EINVAL, "the %s has no name", *workload ? "metric" : "workload");
	if (strlen(m->name) > longest)
		return err_setf(err, -EINVAL, "the name of the metric '%s' is too long; expected at most %zu bytes", m->name, longest);
	size_t at = find_workload(im->run, workload);
	struct workload *own = im->run->workloads[at].own;
	const struct metric *known = workload_metric(own, m->name);
	int r = known ? check_metric(workload, known, m, err) : 0;
	if (r == 0 && !known && !run_own_metric(own, m->name, m->unit, m->better, m->what))
		r = err_setf(err, -EINVAL, "%s has more than %d metrics; %s is one too many", workload, METRICS_MAX, m->name);
	if (r == 0)
		*ret = at;
	return r;
}

static size_t find_cell(struct import *im, size_t arm, size_t workload)
{
	for (size_t k = 0; k < im->n_cells; k++) {
		size_t i = (im->last_cell + k) % im->n_cells;
		if (im->cells[i].arm == arm && im->cells[i].workload == workload)
			return im->last_cell = i;
	}
	im->cells = xrealloc(im->cells, im->n_cells + 1, sizeof(*im->cells));
	im->cells[im->n_cells] = (struct import_cell){ arm, workload, 0, 0 };
	return im->last_cell = im->n_cells++;
}

static struct launch *add_launch(struct import *im, size_t cell, unsigned number)
{
	struct run *r = im->run;
	struct import_cell *c = &im->cells[cell];
	if ((r->n_launches & (r->n_launches + 1)) == 0) {
		r->launches = xrealloc(r->launches, 2 * (r->n_launches + 1), sizeof(*r->launches));
		im->cell_of = xrealloc(im->cell_of, 2 * (r->n_launches + 1), sizeof(*im->cell_of));
	}
	struct launch *l = &r->launches[r->n_launches];
	*l = (struct launch){ .arm = xstrdup(r->arms[c->arm].name), .workload = xstrdup(r->workloads[c->workload].name), .number = number,
		              .ok = true, .steal_s = NAN, .others_s = NAN, .wall_s = NAN };
	for (int i = 0; i < PRESSURE_COUNT; i++)
		l->pressure_s[i] = NAN;
	im->cell_of[r->n_launches++] = cell;
	c->next = number + 1 > c->next ? number + 1 : c->next;
	return l;
}

struct launch *import_launch(struct import *im, size_t arm, size_t workload, int64_t number)
{
	size_t cell = find_cell(im, arm, workload);
	if (number == IMPORT_NEXT)
		return add_launch(im, cell, im->cells[cell].next);
	unsigned wanted = im->cells[cell].base + (unsigned)number;
	bool may_be_there = wanted < im->cells[cell].next;
	for (size_t i = im->run->n_launches; may_be_there && i-- > im->first_launch;)
		if (im->cell_of[i] == cell && im->run->launches[i].number == wanted)
			return &im->run->launches[i];
	return add_launch(im, cell, wanted);
}

void import_failed(struct import *im, size_t arm, size_t workload, size_t n, const char *why)
{
	size_t cell = find_cell(im, arm, workload);
	while (n--)
		import_fail(add_launch(im, cell, im->cells[cell].next), why);
}

static struct series *find_series(struct result *r, const char *metric)
{
	for (size_t i = 0; i < r->n_series; i++)
		if (strcmp(r->series[i].metric, metric) == 0)
			return &r->series[i];
	struct series *s = &r->series[r->n_series++];   /* there are no more than import_metric has let in */
	snprintf(s->metric, sizeof(s->metric), "%s", metric);
	return s;
}

/* Into the histogram goes all that there is of the series. */
static void begin_histogram(struct series *s)
{
	s->histogram = xcalloc(1, sizeof(*s->histogram));
	histogram_clear(s->histogram);
	for (size_t i = 0; i < s->n; i++)
		if (isfinite(s->v[i]))
			histogram_add(s->histogram, s->v[i], 1);
	s->n = 0;
}

void import_sample(struct launch *l, const char *metric, double v, uint64_t times)
{
	struct series *s = find_series(&l->result, metric);
	if (times != 1 && !s->histogram)
		begin_histogram(s);
	if (s->histogram) {
		if (isfinite(v))
			histogram_add(s->histogram, v, times);
		return;
	}
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 8;
		s->v = xrealloc(s->v, s->cap, sizeof(*s->v));
	}
	s->v[s->n++] = v;
}

void import_fail(struct launch *l, const char *why)
{
	l->ok = false;
	free(l->error);
	l->error = xstrdup(why);
}

void import_context(struct import *im, const char *key, const char *value)
{
	struct kvs *context = &im->run->sources[im->run->n_sources - 1].context;
	const char *known = kvs_get(context, key);
	if (!known)
		kvs_set(context, key, value, 0);
	else if (strcmp(known, value) != 0)
		strv_addf(&im->run->warnings, "%s holds figures of more than one %s: %s and %s", im->file, key, known, value);
}

/* ---- a file ---- */

static int line_of(const char *text, size_t at)
{
	int line = 1;
	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

/* UTF-8 all of it, since it becomes JSON. */
static int check_text(const struct import *im, struct err *err)
{
	const char *zero = memchr(im->text, 0, im->len);
	if (zero)
		return err_setf(err, -EINVAL, "%s:%d: a byte that is 0; expected text", im->file, line_of(im->text, (size_t)(zero - im->text)));
	json_t *all = json_stringn(im->text, im->len);
	json_decref(all);
	if (all)
		return 0;
	int line = 1;
	for (const char *s = im->text; *s; line++) {
		size_t n = strcspn(s, "\n");
		json_t *one = json_stringn(s, n);
		if (!one)
			break;
		json_decref(one);
		s += n + (s[n] == '\n');
	}
	return err_setf(err, -EINVAL, "%s:%d: not UTF-8; expected text", im->file, line);
}

static int parse_json(struct import *im, struct err *err)
{
	json_error_t e;
	const char *s = im->text + strspn(im->text, " \t\r\n");
	json_decref(im->json);
	im->json = NULL;
	if (*s != '{')
		return 0;
	im->json = json_loadb(im->text, im->len, JSON_REJECT_DUPLICATES, &e);
	return im->json ? 0 : err_setf(err, -EINVAL, "%s:%d: %s; expected one JSON document", im->file, e.line, e.text);
}

static int guess(const struct import *im, const struct import_format **ret, struct err *err)
{
	cleanup(str_free) struct str all = { 0 };
	for (size_t i = 0; import_formats[i]; i++) {
		if (import_formats[i]->json == !!im->json && import_formats[i]->is(im)) {
			*ret = import_formats[i];
			return 0;
		}
		str_addf(&all, "%s%s (%s)", i ? "; " : "", import_formats[i]->name, import_formats[i]->what);
	}
	return err_setf(err, -EINVAL, "%s: no format that is known; expected one of: %s", im->file, all.s);
}

static void add_source(struct import *im, const char *arm, const struct import_format *f)
{
	struct run *r = im->run;
	struct sha256 sha;
	char hex[SHA256_HEX];
	sha256_init(&sha);
	sha256_update(&sha, im->text, im->len);
	sha256_hex(&sha, hex);
	r->sources = xrealloc(r->sources, r->n_sources + 1, sizeof(*r->sources));
	r->sources[r->n_sources++] = (struct run_source){ .file = xstrdup(im->file), .sha256 = xstrdup(hex), .format = xstrdup(f->name),
		                                          .tool = xstrdup(f->tool), .arm = xstrdup(arm) };
	if (f->launch && !strv_has(&r->warnings, f->launch))
		strv_add(&r->warnings, f->launch);
}

int import_text(struct import *im, const char *file, const char *text, size_t len, const char *arm, const struct import_format *format,
                struct err *err)
{
	size_t mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;         /* a byte order mark, as spreadsheets write it */
	im->file = file;
	im->arm = arm;
	im->text = text + mark;
	im->len = len - mark;
	im->first_launch = im->run->n_launches;
	for (size_t i = 0; i < im->n_cells; i++)
		im->cells[i].base = im->cells[i].next;
	int r = check_text(im, err);
	if (r == 0)
		r = parse_json(im, err);
	if (r == 0 && !format)
		r = guess(im, &format, err);
	if (r == 0 && format->json && !im->json)
		r = err_setf(err, -EINVAL, "%s:1: expected a JSON object, which begins with {", file);
	if (r < 0)
		return r;
	add_source(im, arm, format);
	r = format->read(im, err);
	if (r == 0 && im->run->n_launches == im->first_launch)
		r = err_setf(err, -EINVAL, "%s: there are no figures in it", file);
	im->run->planned = (unsigned)im->run->n_launches;
	return r;
}

int import_file(struct import *im, const char *file, const char *arm, const struct import_format *format, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t len;
	int r = fs_read(file, &text, &len);
	return r < 0 ? err_sysf(err, r, "can't read %s", file) : import_text(im, file, text, len, arm, format, err);
}

struct place {
	unsigned block;
	size_t at;
};

static int by_block(const void *va, const void *vb)
{
	const struct place *a = va, *b = vb;
	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

struct run *import_steal(struct import *im)
{
	struct run *r = ptr_steal(&im->run);
	cleanup_free struct place *order = xcalloc(r->n_launches + 1, sizeof(*order));
	struct launch *sorted = xcalloc(r->n_launches + 1, sizeof(*sorted));
	for (size_t i = 0; i < r->n_launches; i++)
		order[i] = (struct place){ r->launches[i].block, i };
	qsort(order, r->n_launches, sizeof(*order), by_block);
	for (size_t i = 0; i < r->n_launches; i++)
		sorted[i] = r->launches[order[i].at];
	free(r->launches);
	r->launches = sorted;
	return r;
}

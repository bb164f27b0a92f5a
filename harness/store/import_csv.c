/* SPDX-License-Identifier: GPL-3.0-or-later */
/* import_csv.c - CSV in long form: a header, one row a sample; what export_csv.c writes, or less of it. RFC 4180, with LF too.
 *
 * Of several samples of a launch `count` says how many a row stands for. Columns that are not known are passed over. */
#include "store/import.h"

#include "base/cleanup.h"
#include "model/kvmcost.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FAILED_MOST 100000              /* of a file: each takes as much memory as a launch with figures, and no row of its own */

enum column { ARM, LABEL, ACCEL, WORKLOAD, METRIC, UNIT, BETTER, FAILED, LAUNCH, BLOCK, STARTED, MARKS, VALUE, COUNT, RUN, COLUMNS };
static const struct {
	const char *name;
	bool must;
} columns[COLUMNS] = {
	[ARM] = { "arm", false },   [LABEL] = { "label", false },     [ACCEL] = { "accel", false },   [WORKLOAD] = { "workload", true },
	[METRIC] = { "metric", true }, [UNIT] = { "unit", true },     [BETTER] = { "better", true },  [FAILED] = { "failed", false },
	[LAUNCH] = { "launch", false }, [BLOCK] = { "block", false }, [STARTED] = { "started", false }, [MARKS] = { "marks", false },
	[VALUE] = { "value", true }, [COUNT] = { "count", false },    [RUN] = { "run", false },
};

/* A row's fields, one after the other in one buffer, each with a NUL behind it. */
struct row {
	struct str text;
	size_t *at, n, cap;
	int line;                       /* where it begins */
};

struct csv {
	struct import *im;
	const char *s;                  /* what was not read yet */
	int line;                       /* where that is */
	struct row row;
	size_t field[COLUMNS], n;       /* the column's field, or SIZE_MAX; fields of the header */
	char *run;                      /* the run that the rows are of; NULL: not said */
	struct failed {
		size_t arm, workload, n;
	} *failed;                      /* what the column says of each cell */
	size_t n_failed, all_failed;    /* cells, and their launches */
};

static void csv_free(struct csv *c)
{
	str_free(&c->row.text);
	free(c->row.at);
	free(c->run);
	free(c->failed);
}

static void begin_field(struct row *r)
{
	if (r->n == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 32;
		r->at = xrealloc(r->at, r->cap, sizeof(*r->at));
	}
	r->at[r->n++] = r->text.len;
}

/* Behind the opening quotation mark. */
static int read_quoted(struct csv *c, struct err *err)
{
	int line = c->line;
	for (;; c->s++) {
		if (!*c->s)
			return err_setf(err, -EINVAL, "%s:%d: a quotation mark is not closed; expected another \"", c->im->file, line);
		c->line += *c->s == '\n';
		if (*c->s == '"' && *++c->s != '"')
			break;
		str_add(&c->row.text, c->s, 1);
	}
	if (*c->s && !strchr(",\r\n", *c->s))
		return err_setf(err, -EINVAL, "%s:%d: '%c' behind a closing quotation mark; expected a comma or the end of the line", c->im->file,
		                c->line, *c->s);
	return 0;
}

/* 1: a row was read; 0: there is none more. */
static int read_row(struct csv *c, struct err *err)
{
	struct row *r = &c->row;
	r->text.len = r->n = 0;
	r->line = c->line;
	if (!*c->s)
		return 0;
	for (;; c->s++) {
		begin_field(r);
		if (*c->s == '"') {
			c->s++;
			if (read_quoted(c, err) < 0)
				return -EINVAL;
		} else {
			size_t n = strcspn(c->s, ",\r\n\"");
			str_add(&r->text, c->s, n);
			c->s += n;
			if (*c->s == '"')
				return err_setf(err, -EINVAL, "%s:%d: a quotation mark within a field; expected the field to begin with it", c->im->file,
				                c->line);
		}
		str_add(&r->text, "", 1);
		if (*c->s != ',')
			break;
	}
	if (*c->s == '\r' && c->s[1] == '\n')
		c->s++;
	if (*c->s && *c->s != '\n')
		return err_setf(err, -EINVAL, "%s:%d: a carriage return within a field; expected quotation marks around it", c->im->file, c->line);
	c->line += *c->s == '\n';
	c->s += *c->s == '\n';
	return 1;
}

static const char *nth(const struct row *r, size_t i)
{
	return r->text.s + r->at[i];
}

/* NULL: the file has not the column. */
static const char *field(const struct csv *c, enum column k)
{
	return c->field[k] == SIZE_MAX ? NULL : nth(&c->row, c->field[k]);
}

static int complain(const struct csv *c, enum column k, const char *expected, struct err *err)
{
	return err_setf(err, -EINVAL, "%s:%d: %s '%s'; expected %s", c->im->file, c->row.line, columns[k].name, field(c, k), expected);
}

static int read_header(struct csv *c, struct err *err)
{
	int r = read_row(c, err);
	if (r <= 0)
		return r < 0 ? r : err_setf(err, -EINVAL, "%s: it is empty; expected a header", c->im->file);
	c->n = c->row.n;
	for (size_t k = 0; k < COLUMNS; k++) {
		c->field[k] = SIZE_MAX;
		for (size_t i = 0; i < c->n; i++) {
			if (strcmp(nth(&c->row, i), columns[k].name) != 0)
				continue;
			if (c->field[k] != SIZE_MAX)
				return err_setf(err, -EINVAL, "%s:%d: the column %s is there twice", c->im->file, c->row.line, columns[k].name);
			c->field[k] = i;
		}
		if (columns[k].must && c->field[k] == SIZE_MAX)
			return err_setf(err, -EINVAL, "%s:%d: no column %s; expected at least workload, metric, unit, better and value", c->im->file,
			                c->row.line, columns[k].name);
	}
	return 0;
}

/* A whole number of a column; otherwise where the file has not the column. */
static int number(const struct csv *c, enum column k, uint64_t otherwise, uint64_t most, uint64_t *ret, struct err *err)
{
	const char *s = field(c, k);
	*ret = otherwise;
	if (s && (parse_u64(s, ret) < 0 || *ret > most))
		return complain(c, k, "a whole number", err);
	return 0;
}

static int read_value(const struct csv *c, double *ret, struct err *err)
{
	const char *s = field(c, VALUE);
	char *end;
	*ret = *s ? strtod(s, &end) : NAN;
	if (*s && (*end || end == s || strchr(" \t", *s) || !isfinite(*ret)))
		return complain(c, VALUE, "a number, or nothing where it is not known", err);
	return 0;
}

static int read_marks(const struct csv *c, unsigned *ret, struct err *err)
{
	const char *s = field(c, MARKS);
	cleanup(strv_free) struct strv names = { 0 };
	*ret = 0;
	strv_split(&names, s ? s : "", " ");
	for (size_t i = 0; i < names.n; i++) {
		int k = 0;
		while (k < MARK_COUNT && strcmp(launch_mark_names[k], names.v[i]) != 0)
			k++;
		if (k == MARK_COUNT)
			return complain(c, MARKS, "names of marks with blanks between: clock steal envelope timer pressure neighbour throttle", err);
		*ret |= 1u << k;
	}
	return 0;
}

/* "2026-11-23T09:30:00Z", or nothing. */
static bool is_time(const char *s)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";
	size_t i = 0;
	for (; form[i]; i++)
		if (form[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != form[i])
			return false;
	if (s[i] == '.')
		i += 1 + strspn(s + i + 1, "0123456789");
	return strcmp(s + i, "Z") == 0 && i < sizeof(((struct launch *)NULL)->started) - 1;
}

static int tell_arm(const struct csv *c, struct run_arm *a, bool first, struct err *err)
{
	static const char *const accels[] = { KVM_KIND_HARDWARE_NAME, KVM_KIND_NESTED_NAME, KVM_KIND_SOFTWARE_NAME, "TCG (software emulation)" };
	const char *label = field(c, LABEL), *accel = field(c, ACCEL);
	bool known = !accel || !*accel;
	for (size_t i = 0; i < sizeof(accels) / sizeof(*accels); i++)
		known = known || strcmp(accel, accels[i]) == 0;
	if (!known)
		return complain(c, ACCEL, "what exports have there: KVM with or without hardware virtualization, TCG, or nothing", err);
	if (first && label && *label) {
		free(a->label);
		a->label = xstrdup(label);
	}
	if (first && accel && *accel)
		a->accel = xstrdup(accel);
	if (label && strcmp(a->label, *label ? label : a->name) != 0)
		return complain(c, LABEL, "the same for all rows of an arm", err);
	return accel && strcmp(a->accel ? a->accel : "", accel) != 0 ? complain(c, ACCEL, "the same for all rows of an arm", err) : 0;
}

static int note_failed(struct csv *c, size_t arm, size_t workload, struct err *err)
{
	uint64_t n;
	if (number(c, FAILED, 0, UINT32_MAX, &n, err) < 0)
		return -EINVAL;
	for (size_t i = c->n_failed; i-- > 0;)
		if (c->failed[i].arm == arm && c->failed[i].workload == workload)
			return c->failed[i].n == n ? 0 : complain(c, FAILED, "the same for all rows of an arm and a workload", err);
	c->failed = xrealloc(c->failed, c->n_failed + 1, sizeof(*c->failed));
	c->failed[c->n_failed++] = (struct failed){ arm, workload, n };
	c->all_failed += n;
	if (c->all_failed > FAILED_MOST)
		return err_setf(err, -EINVAL, "%s:%d: %zu launches failed so far; expected at most %d in a file", c->im->file, c->row.line,
		                c->all_failed, FAILED_MOST);
	return 0;
}

static int tell_launch(const struct csv *c, struct launch *l, bool first, struct err *err)
{
	const char *started = field(c, STARTED);
	uint64_t block;
	unsigned marks;
	if (number(c, BLOCK, l->block, INT32_MAX, &block, err) < 0 || read_marks(c, &marks, err) < 0)
		return -EINVAL;
	if (started && *started && !is_time(started))
		return complain(c, STARTED, "a time of day such as 2026-11-23T09:30:00Z, or nothing", err);
	if (first) {
		l->block = (unsigned)block;
		l->marks = marks;
		snprintf(l->started, sizeof(l->started), "%s", started ? started : "");
	}
	if (l->block != block || l->marks != marks)
		return complain(c, l->marks != marks && c->field[MARKS] != SIZE_MAX ? MARKS : BLOCK, "the same for all rows of a launch", err);
	return started && strcmp(l->started, started) != 0 ? complain(c, STARTED, "the same for all rows of a launch", err) : 0;
}

static int one_run(struct csv *c, struct err *err)
{
	const char *run = field(c, RUN);
	if (run && c->run && strcmp(run, c->run) != 0)
		return complain(c, RUN, "all rows to be of one run: a file a run", err);
	if (run && !c->run) {
		c->run = xstrdup(run);
		import_context(c->im, "run", run);
	}
	return 0;
}

static int find_places(struct csv *c, const struct metric *m, size_t *ret_arm, size_t *ret_workload, struct err *err)
{
	struct run *run = c->im->run;
	size_t arms = run->n_arms;
	const char *arm = field(c, ARM);
	int r = import_arm(c->im, arm, ret_arm, err);
	if (r == 0)
		r = import_metric(c->im, field(c, WORKLOAD), m, ret_workload, err);
	if (r < 0) {
		err_wrapf(err, "%s:%d", c->im->file, c->row.line);
		return r;
	}
	r = tell_arm(c, &run->arms[*ret_arm], run->n_arms > arms, err);
	return r < 0 ? r : note_failed(c, *ret_arm, *ret_workload, err);
}

static int take_row(struct csv *c, struct err *err)
{
	const char *better = field(c, BETTER);
	bool lower = strcmp(better, "lower") == 0;
	struct metric m = { .name = field(c, METRIC), .unit = field(c, UNIT), .better = lower ? BETTER_LOWER : BETTER_HIGHER };
	size_t arm, workload;
	uint64_t launch, count;
	double v;
	if (!lower && strcmp(better, "higher") != 0)
		return complain(c, BETTER, "lower or higher", err);
	if (number(c, COUNT, 1, UINT32_MAX, &count, err) < 0 || number(c, LAUNCH, 0, 100000000, &launch, err) < 0 || read_value(c, &v, err) < 0)
		return -EINVAL;
	if (count == 0)
		return complain(c, COUNT, "a whole number, at least 1", err);
	if (count > 1 && !isfinite(v))
		return complain(c, VALUE, "a number, since the row stands for many", err);
	if (one_run(c, err) < 0 || find_places(c, &m, &arm, &workload, err) < 0)
		return -EINVAL;
	size_t before = c->im->run->n_launches;
	struct launch *l = import_launch(c->im, arm, workload, field(c, LAUNCH) ? (int64_t)launch : IMPORT_NEXT);
	if (tell_launch(c, l, c->im->run->n_launches > before, err) < 0)
		return -EINVAL;
	import_sample(l, m.name, v, count);
	return 0;
}

static int read_csv(struct import *im, struct err *err)
{
	cleanup(csv_free) struct csv c = { .im = im, .s = im->text, .line = 1 };
	int r = read_header(&c, err);
	while (r == 0 && (r = read_row(&c, err)) > 0) {
		if (c.row.n == 1 && !*nth(&c.row, 0))
			r = 0;          /* an empty line */
		else if (c.row.n != c.n)
			r = err_setf(err, -EINVAL, "%s:%d: %zu fields; expected %zu, as the header has", im->file, c.row.line, c.row.n, c.n);
		else
			r = take_row(&c, err);
		if (r == 0 && !*c.s)
			break;
	}
	for (size_t i = 0; r == 0 && i < c.n_failed; i++)
		import_failed(im, c.failed[i].arm, c.failed[i].workload, c.failed[i].n, "it failed; the imported file says no more");
	return r;
}

static bool is_csv(const struct import *im)
{
	size_t n = strcspn(im->text, "\r\n");
	cleanup_free char *head = xstrndup(im->text, n);
	cleanup(strv_free) struct strv names = { 0 };
	strv_split(&names, head, ",\"");
	return strv_has(&names, "workload") && strv_has(&names, "value");
}

const struct import_format import_csv = {
	.name = "csv", .what = "long form with a header, as `isocost export` writes it", .tool = "CSV", .is = is_csv, .read = read_csv,
};

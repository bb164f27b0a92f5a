/* SPDX-License-Identifier: GPL-3.0-or-later */
/* import_gobench.c - Go's benchmark text (golang.org/design/14313-benchmark-format), as `go test -bench` and others print it for benchstat.
 *
 * A line of results is a launch. Names stay as they are, the number of CPUs behind them included, but for "Benchmark" before and a part
 * /arm=NAME. The time of an operation becomes the metric time, in seconds; other units keep their names, with MB as bytes. */
#include "store/import.h"

#include "base/cleanup.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\v\f"

struct gobench {
	struct import *im;
	int line;
	struct kvs better;              /* unit, as a line "Unit" says it -> "lower" or "higher" */
	struct strv guessed;            /* units of which nothing is said */
	char *pkg;
};

static void gobench_free(struct gobench *g)
{
	kvs_free(&g->better);
	strv_free(&g->guessed);
	free(g->pkg);
}

/* "BenchmarkName": nothing, or no small letter, behind the word. */
static bool is_benchmark(const char *s)
{
	return strncmp(s, "Benchmark", 9) == 0 && !(s[9] >= 'a' && s[9] <= 'z');
}

/* A line of results: name, iterations, and then value and unit as often as there are. */
static bool is_result(const struct strv *fields)
{
	uint64_t n;
	return fields->n >= 3 && is_benchmark(fields->v[0]) && parse_u64(fields->v[1], &n) == 0;
}

/* "key: value", the key beginning with a small letter and without blanks and capital letters. The length of the key; 0: it is none. */
static size_t config_key(const char *line)
{
	size_t n = strcspn(line, ":" BLANKS "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return *line >= 'a' && *line <= 'z' && line[n] == ':' && (!line[n + 1] || strchr(BLANKS, line[n + 1])) ? n : 0;
}

/* What `isocost export -f benchstat` calls its units: metric, '-', and one of these. */
static const struct {
	const char *suffix, *unit;
} own_units[] = { { "-sec", "s" }, { "-B", "B" }, { "-1/s", "1/s" }, { "-B/s", "B/s" }, { "-FLOP/s", "FLOP/s" } };

struct unit {
	char *metric, *unit, *what;
	double factor;
	bool rate;
};

static void unit_free(struct unit *u)
{
	free(u->metric);
	free(u->unit);
	free(u->what);
}

static bool ends_with(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);
	return a > b && strcmp(s + a - b, end) == 0;
}

static void tell_unit(const char *said, struct unit *ret)
{
	*ret = (struct unit){ .factor = 1, .what = xasprintf("%s, as Go's benchmarks report it", said), .rate = ends_with(said, "/s") };
	for (size_t i = 0; i < sizeof(own_units) / sizeof(*own_units); i++)
		if (ends_with(said, own_units[i].suffix)) {
			ret->metric = xstrndup(said, strlen(said) - strlen(own_units[i].suffix));
			ret->unit = xstrdup(own_units[i].unit);
			ret->rate = ends_with(own_units[i].unit, "/s");
			return;
		}
	if (strcmp(said, "ns/op") == 0 || strcmp(said, "sec/op") == 0) {
		*ret = (struct unit){ xstrdup("time"), xstrdup("s"), ret->what, strcmp(said, "ns/op") == 0 ? 1e-9 : 1, false };
		free(ret->what);
		ret->what = xstrdup("one operation, the mean over the iterations of a line of results");
	} else if (strcmp(said, "MB/s") == 0) {
		ret->metric = xstrdup("B/s");
		ret->unit = xstrdup("B/s");
		ret->factor = 1e6;
	} else {
		ret->metric = xstrdup(said);
		ret->unit = xstrdup(strcmp(said, "B/op") == 0 ? "B" : said);
	}
}

/* Rates are taken for better when they are higher; what is no rate, and of which the file says nothing, is named. */
static enum better better_of(struct gobench *g, const char *said, const struct unit *u)
{
	const char *better = kvs_get(&g->better, said);
	bool known = u->rate || strcmp(u->unit, "s") == 0 || ends_with(said, "/op");
	if (better)
		return strcmp(better, "higher") == 0 ? BETTER_HIGHER : BETTER_LOWER;
	if (!known && !strv_has(&g->guessed, said))
		strv_add(&g->guessed, said);
	return u->rate ? BETTER_HIGHER : BETTER_LOWER;
}

/* "Unit UNIT key=value …" */
static int read_unit(struct gobench *g, const struct strv *fields, struct err *err)
{
	for (size_t i = 2; i < fields->n; i++) {
		const char *f = fields->v[i];
		if (strncmp(f, "better=", 7) != 0)
			continue;
		if (strcmp(f + 7, "lower") != 0 && strcmp(f + 7, "higher") != 0)
			return err_setf(err, -EINVAL, "%s:%d: %s; expected better=lower or better=higher", g->im->file, g->line, f);
		kvs_set(&g->better, fields->v[1], f + 7, g->line);
	}
	return 0;
}

/* Workload and arm of "BenchmarkName/sub/arm=vm-8": "Name/sub-8" and "vm". The number of CPUs is behind the last part, whichever that is. */
static void split_name(const struct gobench *g, const char *name, char **ret_workload, char **ret_arm)
{
	const char *s = name + strlen("Benchmark"), *at = strstr(s, "/arm=");
	cleanup(str_free) struct str b = { 0 };
	*ret_arm = NULL;
	if (g->pkg)
		str_addf(&b, "%s.", g->pkg);
	if (at) {
		const char *end = at + 5 + strcspn(at + 5, "/"), *cpus = strrchr(at, '-');
		if (!*end && cpus && cpus[1] && !cpus[1 + strspn(cpus + 1, "0123456789")])
			end = cpus;
		*ret_arm = xstrndup(at + 5, (size_t)(end - at - 5));
		str_addf(&b, "%.*s%s", (int)(at - s), s, end);
	} else {
		str_addf(&b, "%s", s);
	}
	*ret_workload = xstrdup(str_get(&b));
}

static int read_pair(struct gobench *g, const char *workload, size_t arm, const char *value, const char *said, struct launch **l,
                     struct err *err)
{
	cleanup(unit_free) struct unit u = { 0 };
	char *end;
	size_t at;
	tell_unit(said, &u);
	double v = strtod(value, &end) * u.factor;
	if (*end || end == value || !isfinite(v))
		return err_setf(err, -EINVAL, "%s:%d: '%s'; expected the number of the unit '%s'", g->im->file, g->line, value, said);
	const struct metric m = { .name = u.metric, .unit = u.unit, .better = better_of(g, said, &u), .what = u.what };
	int r = import_metric(g->im, workload, &m, &at, err);
	if (r < 0) {
		err_wrapf(err, "%s:%d", g->im->file, g->line);
		return r;
	}
	if (!*l)
		*l = import_launch(g->im, arm, at, IMPORT_NEXT);
	import_sample(*l, m.name, v, 1);
	return 0;
}

static int read_result(struct gobench *g, const struct strv *fields, struct err *err)
{
	cleanup_free char *workload = NULL, *arm_said = NULL;
	struct launch *l = NULL;
	size_t arm;
	split_name(g, fields->v[0], &workload, &arm_said);
	if (fields->n % 2)
		return err_setf(err, -EINVAL, "%s:%d: '%s' has no unit; expected value and unit in turns behind the iterations", g->im->file, g->line,
		                fields->v[fields->n - 1]);
	int r = import_arm(g->im, arm_said, &arm, err);
	if (r < 0) {
		err_wrapf(err, "%s:%d", g->im->file, g->line);
		return r;
	}
	for (size_t i = 2; i < fields->n; i += 2) {
		r = read_pair(g, workload, arm, fields->v[i], fields->v[i + 1], &l, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Equal names of several packages are several workloads: that of the package stands before them then. */
static bool has_packages(const char *text)
{
	const char *first = NULL;
	size_t n = 0;
	for (const char *s = text; s; s = strchr(s, '\n')) {
		s += *s == '\n';
		if (strncmp(s, "pkg:", 4) != 0)
			continue;
		size_t len = strcspn(s, "\r\n");
		if (first && (len != n || memcmp(first, s, n) != 0))
			return true;
		first = s;
		n = len;
	}
	return false;
}

static void read_config(struct gobench *g, char *line, size_t key, bool packages)
{
	line[key] = '\0';
	const char *value = str_trim(line + key + 1);
	if (strcmp(line, "pkg") == 0 && packages) {
		free(g->pkg);
		g->pkg = xstrdup(value);
		return;
	}
	import_context(g->im, line, value);
}

static int read_line(struct gobench *g, char *line, bool packages, struct err *err)
{
	cleanup(strv_free) struct strv fields = { 0 };
	size_t key = config_key(line);
	if (key) {
		read_config(g, line, key, packages);
		return 0;
	}
	strv_split(&fields, line, BLANKS);
	if (is_result(&fields))
		return read_result(g, &fields, err);
	if (fields.n >= 2 && strcmp(fields.v[0], "Unit") == 0)
		return read_unit(g, &fields, err);
	if (strncmp(line, "FAIL", 4) == 0 || strncmp(line, "--- FAIL", 8) == 0)
		strv_addf(&g->im->run->warnings, "%s:%d says that something failed: %s", g->im->file, g->line, str_trim(line));
	return 0;
}

static int read_gobench(struct import *im, struct err *err)
{
	cleanup(gobench_free) struct gobench g = { .im = im };
	bool packages = has_packages(im->text);
	int r = 0;
	for (const char *s = im->text; r == 0 && *s;) {
		size_t n = strcspn(s, "\n");
		cleanup_free char *line = xstrndup(s, n);
		g.line++;
		r = read_line(&g, line, packages, err);
		s += n + (s[n] == '\n');
	}
	for (size_t i = 0; r == 0 && i < g.guessed.n; i++)
		strv_addf(&im->notes, "%s does not say which direction of %s is better: lower is taken; a line 'Unit %s better=higher' says otherwise",
		          im->file, g.guessed.v[i], g.guessed.v[i]);
	return r;
}

static bool is_gobench(const struct import *im)
{
	for (const char *s = im->text; s; s = strchr(s, '\n')) {
		s += *s == '\n';
		cleanup_free char *line = xstrndup(s, strcspn(s, "\n"));
		cleanup(strv_free) struct strv fields = { 0 };
		strv_split(&fields, is_benchmark(line) ? line : "", BLANKS);
		if (is_result(&fields))
			return true;
	}
	return false;
}

const struct import_format import_gobench = {
	.name = "gobench", .what = "text of Go's benchmarks, as benchstat reads it", .tool = "Go's benchmark text",
	.launch = "A launch is a line of Go's results: with -count they are repetitions within one process, which may lie closer together than processes do",
	.is = is_gobench, .read = read_gobench,
};

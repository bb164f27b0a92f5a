/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire.c - the reader of isoload's records. */
#include "model/wire.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void wire_reader_init(struct wire_reader *r, struct result *result)
{
	memset(r, 0, sizeof(*r));
	*result = (struct result){ .status = -1 };
	r->result = result;
}

static void violation(struct wire_reader *r, const char *what)
{
	if (!r->err.code)
		err_setf(&r->err, -EPROTO, "%s: '%.120s'", what, r->line);
}

static bool parse_double(const char *s, double *ret)
{
	char *end;
	double v = strtod(s, &end);
	if (end == s || *end || !isfinite(v))
		return false;
	*ret = v;
	return true;
}

/* Cut the next blank-separated word off *rest; NULL at the end. */
static char *next_word(char **rest)
{
	char *s = *rest;
	while (*s == ' ')
		s++;
	if (!*s)
		return NULL;
	char *end = strchr(s, ' ');
	*rest = end ? end + 1 : s + strlen(s);
	if (end)
		*end = '\0';
	return s;
}

static bool take_pair(struct kvs *to, char *word)
{
	char *eq = word ? strchr(word, '=') : NULL;
	if (!eq || eq == word)
		return false;
	*eq = '\0';
	kvs_set(to, word, eq + 1, 0);
	return true;
}

static struct series *series_of(struct result *res, const char *metric)
{
	for (size_t i = 0; i < res->n_series; i++)
		if (strcmp(res->series[i].metric, metric) == 0)
			return &res->series[i];
	if (res->n_series == METRICS_MAX || strlen(metric) >= sizeof(res->series[0].metric))
		return NULL;
	struct series *s = &res->series[res->n_series++];
	*s = (struct series){ 0 };
	snprintf(s->metric, sizeof(s->metric), "%s", metric);
	return s;
}

static void take_sample(struct wire_reader *r, char *rest)
{
	char *metric = next_word(&rest), *kind = next_word(&rest), *value = next_word(&rest);
	double v;
	if (!value || (strcmp(kind, "w") != 0 && strcmp(kind, "m") != 0) || !parse_double(value, &v)) {
		violation(r, "malformed sample");
		return;
	}
	struct series *s = series_of(r->result, metric);
	bool warm = *kind == 'w';
	if (!s || s->histogram || s->n == 2 * WIRE_SAMPLES_MAX || (warm && s->n != s->n_warm)) {
		violation(r, "sample out of place");
		return;
	}
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->v = xrealloc(s->v, s->cap, sizeof(*s->v));
	}
	s->v[s->n++] = v;
	s->n_warm += warm;
}

static const char *or_nothing(const char *word)
{
	return word ? word : "";
}

static bool parse_number(const char *s, uint64_t *ret)
{
	return s && parse_u64(s, ret) == 0;
}

/* Parameters other than this program's would put every value elsewhere. */
static void take_histogram(struct wire_reader *r, char *rest)
{
	char *metric = next_word(&rest), *parts = next_word(&rest), *lowest = next_word(&rest);
	uint64_t count, clamped;
	double min, max;
	if (!lowest || atoi(parts) != HISTOGRAM_PARTS || atoi(lowest) != HISTOGRAM_LOWEST || !parse_number(next_word(&rest), &count) ||
	    !parse_number(next_word(&rest), &clamped) || !parse_double(or_nothing(next_word(&rest)), &min) ||
	    !parse_double(or_nothing(next_word(&rest)), &max)) {
		violation(r, "malformed histogram");
		return;
	}
	struct series *s = series_of(r->result, metric);
	if (!s || s->histogram || s->n != s->n_warm) {
		violation(r, "histogram out of place");
		return;
	}
	s->histogram = xcalloc(1, sizeof(*s->histogram));
	*s->histogram = (struct histogram){ .count = count, .clamped = clamped, .min = min, .max = max };
}

static void take_bins(struct wire_reader *r, char *rest)
{
	char *metric = next_word(&rest), *word;
	struct series *s = metric ? series_of(r->result, metric) : NULL;
	while ((word = next_word(&rest))) {
		char *colon = strchr(word, ':');
		uint64_t bin, times;
		if (colon)
			*colon = '\0';
		if (!s || !s->histogram || !colon || !parse_number(word, &bin) || !parse_number(colon + 1, &times) || bin >= HISTOGRAM_BINS ||
		    s->histogram->bin[bin]) {
			violation(r, "malformed bins");
			return;
		}
		s->histogram->bin[bin] = times;
	}
}

static bool has_all_bins(const struct histogram *h)
{
	uint64_t n = 0;
	for (size_t i = 0; i < HISTOGRAM_BINS; i++)
		n += h->bin[i];
	return n == h->count;
}

static void take_end(struct wire_reader *r, char *rest, int64_t t_ns)
{
	char *status = next_word(&rest);
	uint64_t v = ENOTSUP;
	bool cannot = status && strcmp(status, "cannot") == 0;
	if (!status || (!cannot && (parse_u64(status, &v) < 0 || v > 4095))) {
		violation(r, "malformed end");
		return;
	}
	r->result->status = (int)v;
	r->result->cannot = cannot;
	for (size_t i = 0; i < r->result->n_series; i++)
		if (r->result->series[i].histogram && !has_all_bins(r->result->series[i].histogram))
			violation(r, "a histogram without all of its bins");
	r->result->end_ns = t_ns;
	snprintf(r->result->message, sizeof(r->result->message), "%s", str_trim(rest));
}

static void take_begin(struct wire_reader *r, char *rest, int64_t t_ns)
{
	char *name = next_word(&rest);
	if (!name || r->result->begin_ns) {
		violation(r, "malformed begin");
		return;
	}
	snprintf(r->result->workload, sizeof(r->result->workload), "%s", name);
	r->result->begin_ns = t_ns;
	for (char *w; (w = next_word(&rest));)
		if (!take_pair(&r->result->params, w))
			violation(r, "malformed parameter");
}

#define WORK_MOST 1e18                  /* a whole number still */

/* First 0, then how much. */
static void take_work(struct wire_reader *r, char *rest, int64_t t_ns)
{
	struct result *res = r->result;
	double v;
	if (!parse_double(str_trim(rest), &v) || v < 0 || v > WORK_MOST || !res->begin_ns || res->done_ns || res->worked_ns || (v == 0) != !res->work_ns) {
		violation(r, "work out of place");
		return;
	}
	*(v > 0 ? &res->worked_ns : &res->work_ns) = t_ns;
	res->worked = v;
}

static void take_line(struct wire_reader *r, int64_t t_ns)
{
	char copy[WIRE_LINE_MAX];
	memcpy(copy, r->line, r->len + 1);
	char *rest = copy, *word = next_word(&rest);
	struct result *res = r->result;
	double v;
	if (!word) {
		violation(r, "empty record");
	} else if (strcmp(word, "ready") == 0) {
		char *version = next_word(&rest);
		if (!version || atoi(version) != WIRE_VERSION)
			violation(r, "isoload speaks another version of the protocol");
		if (!res->ready_ns)
			res->ready_ns = t_ns;
	} else if (strcmp(word, "env") == 0) {
		if (!take_pair(&res->seen, next_word(&rest)))
			violation(r, "malformed env");
	} else if (strcmp(word, "begin") == 0) {
		take_begin(r, rest, t_ns);
	} else if (strcmp(word, "done") == 0) {
		if (!parse_double(str_trim(rest), &v) || v < 0 || !res->begin_ns)
			violation(r, "malformed done");
		else
			res->inside_s = v;
		res->done_ns = t_ns;
	} else if (strcmp(word, "work") == 0) {
		take_work(r, rest, t_ns);
	} else if (strcmp(word, "sample") == 0) {
		take_sample(r, rest);
	} else if (strcmp(word, "histogram") == 0) {
		take_histogram(r, rest);
	} else if (strcmp(word, "bins") == 0) {
		take_bins(r, rest);
	} else if (strcmp(word, "digest") == 0) {
		snprintf(res->digest, sizeof(res->digest), "%s", str_trim(rest));
	} else if (strcmp(word, "end") == 0) {
		take_end(r, rest, t_ns);
	}
}

void wire_reader_feed(struct wire_reader *r, const char *buf, size_t len, int64_t t_ns)
{
	for (size_t i = 0; i < len; i++) {
		if (buf[i] == '\n') {
			r->line[r->len] = '\0';
			take_line(r, t_ns);
			r->len = 0;
		} else if (r->len == sizeof(r->line) - 1) {
			r->line[r->len] = '\0';
			violation(r, "record too long");
			r->len = 0;
		} else {
			r->line[r->len++] = buf[i] ? buf[i] : '?';
		}
	}
}

int wire_reader_finish(const struct wire_reader *r, struct err *err)
{
	const struct result *res = r->result;
	if (r->err.code)
		return err_setf(err, -EPROTO, "isoload's output can't be read: %s", r->err.msg);
	if (res->status > 0)
		return err_setf(err, -res->status, "%s", *res->message ? res->message : strerror(res->status));
	if (!res->ready_ns)
		return err_setf(err, -EPROTO, "isoload never said that it runs");
	if (res->status < 0 || r->len)
		return err_setf(err, -EPROTO, "isoload's output broke off before its end");
	if (!res->begin_ns || !res->done_ns)
		return err_setf(err, -EPROTO, "isoload ended without a measurement");
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* runner.c - run a workload: the timed loop, its samples, its check value, its records. */
#include "runner.h"
#include "facts.h"
#include "histogram.h"
#include "load.h"
#include "sha256.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FACTS_MAX = 4 };

#define HANDICAP_VARIABLE "ISOCOST_HANDICAP"

struct samples {
	size_t n;                       /* in v: all, up to WIRE_SAMPLES_MAX */
	size_t n_warm, n_measured;
	bool rate;                      /* the unit is something per second */
	double v[WIRE_SAMPLES_MAX];
	bool warmup[WIRE_SAMPLES_MAX];
	struct histogram measured;      /* counted from the first one: no pause where v is full */
};

static bool overflows(const struct samples *s)
{
	return s->n_warm + s->n_measured > s->n;
}

struct load {
	const struct workload *w;
	const struct load_value *values;
	struct load_timer timer;
	struct sha256 digest;
	bool has_digest;
	bool cannot;                    /* the message says what this place lacks */
	int64_t shortest;               /* ns: shortest interval that gave a sample; 0: none yet */
	double handicap;                /* work on top of what is counted, as a share of it */
	double owed;                    /* of that, less than one operation */
	bool loops;                     /* load_loop() was called: there is something to put a handicap on */
	bool worked;                    /* it said how much it moved */
	struct load_out *out;
	char message[512];
	struct fact {
		char key[16], value[48];
	} facts[FACTS_MAX];
	size_t n_facts;
	struct samples samples[METRICS_MAX];
};

static struct load the_load;            /* static: its memory is not the measured code's to get */

static const struct load_value *value(const struct load *l, const char *name, enum param_type type)
{
	const struct param *p = workload_param(l->w, name);
	if (!p || p->type != type) {
		fprintf(stderr, "isoload: bug: %s asks for parameter '%s', which its row does not have so\n", l->w->name, name);
		abort();
	}
	return &l->values[p - l->w->params];
}

uint64_t load_size(const struct load *l, const char *param)
{
	return value(l, param, PARAM_SIZE)->number;
}

uint64_t load_count(const struct load *l, const char *param)
{
	return value(l, param, PARAM_COUNT)->number;
}

double load_seconds(const struct load *l, const char *param)
{
	return value(l, param, PARAM_SECONDS)->seconds;
}

bool load_is(const struct load *l, const char *param, const char *choice)
{
	return strcmp(value(l, param, PARAM_CHOICE)->text, choice) == 0;
}

void load_digest(struct load *l, const void *data, size_t len)
{
	l->has_digest = true;
	sha256_update(&l->digest, data, len);
}

void load_fact(struct load *l, const char *key, const char *value)
{
	if (l->n_facts == FACTS_MAX) {
		fprintf(stderr, "isoload: bug: %s tells more than %d facts\n", l->w->name, FACTS_MAX);
		abort();
	}
	struct fact *f = &l->facts[l->n_facts++];
	snprintf(f->key, sizeof(f->key), "%s", key);
	snprintf(f->value, sizeof(f->value), "%s", value);
}

void load_work_begin(struct load *l)
{
	load_out_line(l->out, "work 0");
	load_out_flush(l->out);
}

void load_work_end(struct load *l, uint64_t amount)
{
	if (!amount)            /* it failed, and says so itself */
		return;
	load_out_line(l->out, "work %llu", (unsigned long long)amount);
	load_out_flush(l->out);
	l->worked = true;
}

int load_failf(struct load *l, int err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(l->message, sizeof(l->message), fmt, ap);
	va_end(ap);
	l->cannot = false;
	return -err;
}

int load_cannotf(struct load *l, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(l->message, sizeof(l->message), fmt, ap);
	va_end(ap);
	l->cannot = true;
	return -ENOTSUP;
}

static struct samples *samples_of(struct load *l, const char *metric)
{
	const struct metric *m = workload_metric(l->w, metric);
	if (!m) {
		fprintf(stderr, "isoload: bug: %s measures '%s', which its row does not have\n", l->w->name, metric);
		abort();
	}
	return &l->samples[m - l->w->metrics];
}

static int64_t max_ns(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* A sample must last at least this long for the clock's cost to stay below 5 % and its step below 1 % of it. */
static int64_t clock_floor(const struct load *l)
{
	return max_ns(load_ns(20 * l->timer.cost), load_ns(100 * l->timer.resolution));
}

int load_interval(struct load *l, const char *metric, bool warmup, int64_t start, int64_t end, double amount)
{
	struct samples *s = samples_of(l, metric);
	int64_t took = end - start;
	double seconds = (double)took / 1e9;
	if (seconds <= 2 * l->timer.cost || seconds <= l->timer.resolution)
		return load_failf(l, ERANGE, "%s: an interval of %.3g s is too short for a clock that costs %.3g s and steps by "
		                  "%.3g s; give it more work", metric, seconds, l->timer.cost, l->timer.resolution);
	if (warmup && s->n == WIRE_SAMPLES_MAX)
		return load_failf(l, EOVERFLOW, "%s: more than %d samples of warm-up", metric, WIRE_SAMPLES_MAX);
	if (!l->shortest || took < l->shortest)
		l->shortest = took;
	double v = s->rate ? amount / seconds : seconds / amount;
	if (!warmup)
		histogram_add(&s->measured, v, 1);
	s->n_warm += warmup;
	s->n_measured += !warmup;
	if (s->n == WIRE_SAMPLES_MAX)
		return 0;
	s->v[s->n] = v;
	s->warmup[s->n++] = warmup;
	return 0;
}

/* How often to repeat, when n repetitions took this long; 1.5 times the floor, so that most samples stay above it. */
static uint64_t repetitions(uint64_t n, int64_t took, int64_t floor)
{
	if (took < floor / 10)
		return n * 8;           /* too short to judge by */
	return (uint64_t)((double)n * (double)floor * 1.5 / (double)took) + 1;
}

/* Operations on top of n that are done and not counted. What is left of one comes later, so that they add up. */
static uint64_t uncounted(struct load *l, uint64_t n)
{
	l->owed += l->handicap * (double)n;
	uint64_t more = (uint64_t)l->owed;
	l->owed -= (double)more;
	return more;
}

int load_loop(struct load *l, const char *metric, load_op *op, void *arg, double amount)
{
	struct samples *s = samples_of(l, metric);
	int64_t floor = max_ns(load_ns(load_seconds(l, "min-time")), clock_floor(l));
	int64_t warmup = load_ns(load_seconds(l, "warmup")), measure = load_ns(load_seconds(l, "time"));
	int64_t begin = load_now();
	bool warm = true;               /* still warming up */
	l->loops = true;
	for (uint64_t n = 1;;) {
		uint64_t done = n + uncounted(l, n);
		int64_t start = load_now();
		int r = op(arg, done);
		int64_t end = load_now();
		if (r < 0)
			return r;
		/* Before the first sample, one that is too short is a try at n and no sample. */
		if (s->n > 0 || end - start >= floor)
			r = load_interval(l, metric, warm, start, end, amount * (double)n);
		if (r < 0)
			return r;
		if (end - start < floor || end - start > 4 * floor)     /* too short, or fewer samples than there could be */
			n = repetitions(n, end - start, floor);
		if (warm && s->n > 0 && end - begin >= warmup) {
			warm = false;
			begin = end;
		} else if (!warm && end - begin >= measure && s->n_measured >= LOAD_SAMPLES_MIN) {
			break;
		}
	}
	return 0;
}

static void write_begin(const struct load *l, struct load_out *out)
{
	char line[WIRE_LINE_MAX];
	size_t at = (size_t)snprintf(line, sizeof(line), "begin %s", l->w->name);
	for (const struct param *p = l->w->params; p->name && at < sizeof(line); p++) {
		char word[64];
		snprintf(word, sizeof(word), "%s", l->values[p - l->w->params].text);
		load_out_word(word);
		at += (size_t)snprintf(line + at, sizeof(line) - at, " %s=%s", p->name, word);
	}
	load_out_line(out, "%s", line);
}

static void write_histogram(const char *metric, const struct histogram *h, struct load_out *out)
{
	char line[WIRE_LINE_MAX / 2] = "";
	size_t len = 0;
	load_out_line(out, "histogram %s %d %d %llu %llu %.17g %.17g", metric, HISTOGRAM_PARTS, HISTOGRAM_LOWEST,
	              (unsigned long long)h->count, (unsigned long long)h->clamped, h->min, h->max);
	for (size_t i = 0; i < HISTOGRAM_BINS; i++) {
		if (!h->bin[i])
			continue;
		len += (size_t)snprintf(line + len, sizeof(line) - len, " %zu:%llu", i, (unsigned long long)h->bin[i]);
		if (len < sizeof(line) - 32)
			continue;
		load_out_line(out, "bins %s%s", metric, line);
		len = 0;
	}
	if (len)
		load_out_line(out, "bins %s%s", metric, line);
}

static void write_samples(struct load *l, struct load_out *out)
{
	for (const struct metric *m = l->w->metrics; m->name; m++) {
		const struct samples *s = &l->samples[m - l->w->metrics];
		bool histogram = overflows(s);
		for (size_t i = 0; i < s->n; i++)
			if (s->warmup[i] || !histogram)
				load_out_line(out, "sample %s %c %.17g", m->name, s->warmup[i] ? 'w' : 'm', s->v[i]);
		if (histogram)
			write_histogram(m->name, &s->measured, out);
	}
	if (l->has_digest) {
		char hex[SHA256_HEX];
		sha256_hex(&l->digest, hex);
		load_out_line(out, "digest %s", hex);
	}
}

static void prepare(struct load *l, const struct workload *w, const struct load_value *values)
{
	l->w = w;
	l->values = values;
	l->has_digest = l->cannot = false;
	l->n_facts = 0;
	l->shortest = 0;
	l->handicap = l->owed = 0;
	l->loops = l->worked = false;
	l->message[0] = '\0';
	l->timer = load_timer_measure();
	sha256_init(&l->digest);
	for (const struct metric *m = w->metrics; m->name && !w->observed; m++) {
		struct samples *s = &l->samples[m - w->metrics];
		size_t len = strlen(m->unit);
		memset(s, 1, sizeof(*s));       /* its pages are there before the clock starts */
		s->n = s->n_warm = s->n_measured = 0;
		histogram_clear(&s->measured);
		s->rate = len > 2 && strcmp(m->unit + len - 2, "/s") == 0;
	}
}

/* Every metric that was promised must be there, finite; else the workload is wrong. */
static int check_samples(struct load *l)
{
	for (const struct metric *m = l->w->metrics; m->name && l->w->run && !l->w->observed; m++) {
		const struct samples *s = &l->samples[m - l->w->metrics];
		if (!s->n_measured)
			return load_failf(l, ENODATA, "%s: no sample was measured", m->name);
		for (size_t i = 0; i < s->n; i++)
			if (!isfinite(s->v[i]))
				return load_failf(l, ERANGE, "%s: sample %zu is not a number", m->name, i);
		if (!isfinite(s->measured.min) || !isfinite(s->measured.max))
			return load_failf(l, ERANGE, "%s: a sample is not a number", m->name);
	}
	return 0;
}

static int check_work(struct load *l)
{
	return l->w->moves && !l->worked ? load_failf(l, ENODATA, "it did not say how much it moved") : 0;
}

static int write_failure(const struct load *l, int r, struct load_out *out)
{
	bool cannot = l->cannot && r == -ENOTSUP;
	if (cannot)
		load_out_line(out, "end cannot %s", l->message);
	else
		load_out_line(out, "end %d %s", -r, *l->message ? l->message : strerror(-r));
	return load_out_flush(out) == 0 && cannot ? LOAD_CANNOT : r;
}

/* $ISOCOST_HANDICAP, "3%": a slow-down of a known size, for who wants to see whether it is found. */
static int take_handicap(struct load *l)
{
	const char *text = getenv(HANDICAP_VARIABLE);
	char *end;
	if (!text)
		return 0;
	double v = strtod(text, &end);
	if (end == text || strcmp(end, "%") != 0 || !(v >= 0 && v <= 100))
		return load_failf(l, EINVAL, HANDICAP_VARIABLE "=%.32s: expected a percentage from 0%% to 100%%, such as 3%%", text);
	l->handicap = v / 100;
	load_fact(l, "handicap", text);
	return 0;
}

/* What was to be slowed down and was not would pass for a slow-down that is not seen. */
static int check_handicap(struct load *l)
{
	return l->handicap > 0 && !l->loops ? load_failf(l, EINVAL, HANDICAP_VARIABLE ": %s has no timed loop to be slowed down", l->w->name) : 0;
}

static int measure(struct load *l, struct load_out *out)
{
	const struct workload *w = l->w;
	l->out = out;
	write_begin(l, out);
	if (load_out_flush(out) < 0)
		return out->error;
	int r = take_handicap(l);
	int64_t begin = load_now();
	if (r == 0)
		r = w->run ? w->run(l) : 0;
	int64_t done = load_now();
	if (r == 0)
		r = check_handicap(l);
	if (r == 0)
		r = check_samples(l);
	if (r == 0)
		r = check_work(l);
	if (r < 0)
		return write_failure(l, r, out);
	load_out_line(out, "done %.9f", (double)(done - begin) / 1e9);
	load_out_flush(out);
	if (l->shortest)
		load_out_line(out, "env interval=%.9g", (double)l->shortest / 1e9);
	for (size_t i = 0; i < l->n_facts; i++)
		load_out_env(out, l->facts[i].key, l->facts[i].value);
	write_samples(l, out);
	load_out_line(out, "end 0");
	return load_out_flush(out);
}

int load_run(const struct workload *w, const struct load_value values[PARAMS_MAX], struct load_out *out)
{
	struct load *l = &the_load;
	/* Its memory is the figure: no page is touched for samples that it never has. */
	if (w->observed) {
		l->w = w;
		l->values = values;
		load_sleep(load_seconds(l, "settle"));
	}
	prepare(l, w, values);
	load_facts_write(w, &l->timer, out);
	return measure(l, out);
}

int load_measure(const struct workload *w, const struct load_value values[PARAMS_MAX], struct load_out *out)
{
	prepare(&the_load, w, values);
	return measure(&the_load, out);
}

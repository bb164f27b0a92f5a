/* SPDX-License-Identifier: GPL-3.0-or-later */
/* line.c - a line of the journal as this program writes it, straight into a launch.
 *
 * What takes a part of the line returns what is behind it, or NULL: it is not as usual, and the line is for the tree. */
#include "store/line.h"

#include "base/cleanup.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct text {
	const char *s;                  /* in the line, not terminated */
	size_t len;
};

static const char *skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t' || *s == '\r')
		s++;
	return s;
}

/* Behind a character that must be there, blanks before and after it aside. */
static const char *expect(const char *p, char c)
{
	p = p ? skip_blanks(p) : NULL;
	return p && *p == c ? skip_blanks(p + 1) : NULL;
}

/* A string of printable ASCII without an escape: nothing that wants to be checked or changed. */
static const char *take_text(const char *p, struct text *ret)
{
	if (!p || *p != '"')
		return NULL;
	ret->s = ++p;
	while (*p >= ' ' && *p < 127 && *p != '"' && *p != '\\')
		p++;
	ret->len = (size_t)(p - ret->s);
	return *p == '"' ? p + 1 : NULL;
}

static bool text_is(const struct text *t, const char *s)
{
	return strncmp(t->s, s, t->len) == 0 && !s[t->len];
}

static void text_copy(const struct text *t, char *to, size_t size)
{
	size_t n = t->len < size ? t->len : size - 1;
	memcpy(to, t->s, n);
	to[n] = '\0';
}

static const char *take_key(const char *p, const char *key)
{
	struct text t;
	p = take_text(p, &t);
	return p && text_is(&t, key) ? expect(p, ':') : NULL;
}

static const char *take_null(const char *p)
{
	return strncmp(p, "null", 4) == 0 ? p + 4 : NULL;
}

/* A whole number that a tree would hold as an integer must fit one. */
static const char *take_number(const char *p, double *ret)
{
	const char *end;
	if (!line_number(p, &end, ret))
		return NULL;
	size_t len = (size_t)(end - p);
	return len > 18 && !memchr(p, '.', len) && !memchr(p, 'e', len) && !memchr(p, 'E', len) ? NULL : end;
}

static const char *take_whole(const char *p, size_t digits, uint64_t *ret)
{
	const char *first = p;
	uint64_t v = 0;
	for (; *p >= '0' && *p <= '9'; p++)
		v = v * 10 + (uint64_t)(*p - '0');
	*ret = v;
	return p == first || (size_t)(p - first) > digits || (*first == '0' && p - first > 1) ? NULL : p;
}

/* ---- fields; at is where in the launch they go ---- */

#define FIELD(type, l, at) ((type *)(void *)((char *)(l) + (at)))

typedef const char *take_field(struct launch *l, size_t at, const char *p);

static const char *take_string(struct launch *l, size_t at, const char *p)
{
	struct text t;
	p = take_text(p, &t);
	if (p)
		*FIELD(char *, l, at) = xstrndup(t.s, t.len);
	return p;
}

static const char *take_error(struct launch *l, size_t at, const char *p)
{
	const char *end = take_null(p);
	return end ? end : take_string(l, at, p);
}

static const char *take_started(struct launch *l, size_t at, const char *p)
{
	struct text t;
	(void)at;
	p = take_text(p, &t);
	if (p)
		text_copy(&t, l->started, sizeof(l->started));
	return p;
}

static const char *take_digest(struct launch *l, size_t at, const char *p)
{
	struct text t;
	(void)at;
	const char *end = take_null(p);
	if (end)
		return end;
	p = take_text(p, &t);
	if (p)
		text_copy(&t, l->result.digest, sizeof(l->result.digest));
	return p;
}

static const char *take_bool(struct launch *l, size_t at, const char *p)
{
	bool yes = strncmp(p, "true", 4) == 0;
	*FIELD(bool, l, at) = yes;
	return yes ? p + 4 : strncmp(p, "false", 5) == 0 ? p + 5 : NULL;
}

static const char *take_count(struct launch *l, size_t at, const char *p)
{
	uint64_t v;
	p = take_whole(p, 9, &v);
	*FIELD(unsigned, l, at) = (unsigned)v;
	return p;
}

/* null leaves the value as it is. */
static const char *take_real(struct launch *l, size_t at, const char *p)
{
	const char *end = take_null(p);
	return end ? end : take_number(p, FIELD(double, l, at));
}

static const char *skip_real(struct launch *l, size_t at, const char *p)
{
	double unused;
	(void)l, (void)at;
	const char *end = take_null(p);
	return end ? end : take_number(p, &unused);
}

static const char *take_stamp(struct launch *l, size_t at, const char *p)
{
	double v;
	const char *end = take_null(p);
	if (end)
		return end;
	p = take_number(p, &v);
	if (p)
		*FIELD(int64_t, l, at) = LAUNCH_ORIGIN_NS + llround(v * 1e9);
	return p;
}

/* {"name": …, "end_s": …} */
static const char *take_phase(struct launch *l, const char *p)
{
	struct text t;
	char name[sizeof(l->phases.v[0].name)];
	double end_s;
	p = take_key(expect(p, '{'), "name");
	p = take_key(expect(take_text(p, &t), ','), "end_s");
	p = p ? take_number(p, &end_s) : NULL;
	if (!p)
		return NULL;
	text_copy(&t, name, sizeof(name));
	phases_mark(&l->phases, name, LAUNCH_ORIGIN_NS + llround(end_s * 1e9));
	return expect(p, '}');
}

/* Behind an opening bracket: NULL, or at the first item, or behind the closing one where there is none. */
static const char *open_list(const char *p, char open, char close, bool *ret_empty)
{
	p = expect(p, open);
	*ret_empty = p && *p == close;
	return *ret_empty ? p + 1 : p;
}

/* Behind an item: at the next one, or behind the closing bracket. */
static const char *next_item(const char *p, char close, bool *ret_end)
{
	p = p ? skip_blanks(p) : NULL;
	*ret_end = p && *p == close;
	return *ret_end ? p + 1 : expect(p, ',');
}

static const char *take_phases(struct launch *l, size_t at, const char *p)
{
	bool end;
	(void)at;
	for (p = open_list(p, '[', ']', &end); p && !end; p = next_item(p, ']', &end))
		p = take_phase(l, p);
	return p;
}

static const char *take_kvs(struct kvs *ret, const char *p)
{
	bool end;
	for (p = open_list(p, '{', '}', &end); p && !end; p = next_item(p, '}', &end)) {
		struct text key, val;
		p = take_text(expect(take_text(p, &key), ':'), &val);
		if (!p)
			return NULL;
		cleanup_free char *k = xstrndup(key.s, key.len), *v = xstrndup(val.s, val.len);
		kvs_set(ret, k, v, 0);
	}
	return p;
}

static const char *take_pairs(struct launch *l, size_t at, const char *p)
{
	return take_kvs(FIELD(struct kvs, l, at), p);
}

static void add(struct series *s, double v)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 128;
		s->v = xrealloc(s->v, s->cap, sizeof(*s->v));
	}
	s->v[s->n++] = v;
}

/* null is a value that is not known. */
static const char *take_values(struct series *s, const char *p)
{
	bool end;
	for (p = open_list(p, '[', ']', &end); p && !end; p = next_item(p, ']', &end)) {
		double v = NAN;
		const char *null = take_null(p);
		p = null ? null : take_number(p, &v);
		if (!p)
			return NULL;
		add(s, v);
	}
	return p;
}

/* {"name": …, "warmup": …, "samples": …} */
static const char *take_series(struct result *r, const char *p)
{
	struct text t;
	if (r->n_series == METRICS_MAX)
		return NULL;
	struct series *s = &r->series[r->n_series];
	p = take_text(take_key(expect(p, '{'), "name"), &t);
	if (!p)
		return NULL;
	r->n_series++;
	text_copy(&t, s->metric, sizeof(s->metric));
	p = take_values(s, take_key(expect(p, ','), "warmup"));
	s->n_warm = s->n;
	p = p ? take_values(s, take_key(expect(p, ','), "samples")) : NULL;
	return expect(p, '}');
}

static const char *take_metrics(struct launch *l, size_t at, const char *p)
{
	bool end;
	(void)at;
	for (p = open_list(p, '[', ']', &end); p && !end; p = next_item(p, ']', &end))
		p = take_series(&l->result, p);
	return p;
}

enum { MEMORY_PEAK = FOOTPRINT_ITEMS, CPU, UNKNOWN, FOOTPRINT_KEYS };

static int footprint_key(const struct text *key)
{
	static const char *const more[] = { "memory_peak", "cpu_s", "unknown" };
	for (int i = 0; i < FOOTPRINT_KEYS; i++)
		if (text_is(key, i < FOOTPRINT_ITEMS ? footprint_defs[i].key : more[i - FOOTPRINT_ITEMS]))
			return i;
	return FOOTPRINT_KEYS;
}

static const char *take_item(struct footprint *f, int i, const char *p)
{
	const char *end = take_null(p);
	double v;
	if (end)
		return end;
	switch (i) {
	case MEMORY_PEAK: return take_whole(p, 18, &f->memory_peak);
	case CPU: return take_number(p, &f->cpu_s);
	case UNKNOWN: return take_kvs(&f->unknown, p);
	}
	p = take_number(p, &v);
	if (p)
		footprint_set(f, (enum footprint_item)i, v);
	return p;
}

static const char *take_footprint(struct launch *l, size_t at, const char *p)
{
	bool end;
	unsigned met = 0;
	(void)at;
	for (p = open_list(p, '{', '}', &end); p && !end; p = next_item(p, '}', &end)) {
		struct text key;
		p = expect(take_text(p, &key), ':');
		int i = p ? footprint_key(&key) : FOOTPRINT_KEYS;
		if (i == FOOTPRINT_KEYS || met & (1u << i))
			return NULL;
		met |= 1u << i;
		p = take_item(&l->footprint, i, p);
	}
	return p;
}

static const char *take_pressure(struct launch *l, size_t at, const char *p)
{
	bool end;
	unsigned met = 0;
	for (p = open_list(p, '{', '}', &end); p && !end; p = next_item(p, '}', &end)) {
		struct text key;
		unsigned i = 0;
		p = expect(take_text(p, &key), ':');
		while (p && i < PRESSURE_COUNT && !text_is(&key, pressure_names[i]))
			i++;
		if (!p || i == PRESSURE_COUNT || met & (1u << i))
			return NULL;
		met |= 1u << i;
		p = take_real(l, at + i * sizeof(double), p);
	}
	return p;
}

static const char *take_marks(struct launch *l, size_t at, const char *p)
{
	bool end;
	(void)at;
	for (p = open_list(p, '[', ']', &end); p && !end; p = next_item(p, ']', &end)) {
		struct text t;
		p = take_text(p, &t);
		for (int k = 0; p && k < MARK_COUNT; k++)
			if (text_is(&t, launch_mark_names[k]))
				l->marks |= 1u << k;
	}
	return p;
}

static const char *take_work(struct launch *l, size_t at, const char *p)
{
	(void)at;
	p = take_key(expect(p, '{'), "amount");
	p = take_key(expect(p ? take_number(p, &l->result.worked) : NULL, ','), "cpu_s");
	p = take_key(expect(p ? take_real(l, offsetof(struct launch, work_cpu_s), p) : NULL, ','), "unknown");
	return expect(p ? take_error(l, offsetof(struct launch, work_unknown), p) : NULL, '}');
}

#define AT(member) offsetof(struct launch, member)

/* In the order in which they are written; the first ones must be there. */
static const struct field {
	const char *name;
	take_field *take;
	size_t at;
} fields[] = {
	{ "arm", take_string, AT(arm) },
	{ "workload", take_string, AT(workload) },
	{ "launch", take_count, AT(number) },
	{ "block", take_count, AT(block) },
	{ "started", take_started, 0 },
	{ "ok", take_bool, AT(ok) },
#define MUST 6
	{ "cannot", take_bool, AT(cannot) },
	{ "error", take_error, AT(error) },
	{ "startup_s", skip_real, 0 },
	{ "phases", take_phases, 0 },
	{ "ready_s", take_stamp, AT(result.ready_ns) },
	{ "begin_s", take_stamp, AT(result.begin_ns) },
	{ "done_s", take_stamp, AT(result.done_ns) },
	{ "end_s", take_stamp, AT(result.end_ns) },
	{ "inside_s", take_real, AT(result.inside_s) },
	{ "seen", take_pairs, AT(result.seen) },
	{ "params", take_pairs, AT(result.params) },
	{ "digest", take_digest, 0 },
	{ "metrics", take_metrics, 0 },
	{ "footprint", take_footprint, 0 },
	{ "work", take_work, 0 },
	{ "steal_s", take_real, AT(steal_s) },
	{ "pressure_s", take_pressure, AT(pressure_s) },
	{ "others_s", take_real, AT(others_s) },
	{ "throttled", take_count, AT(throttled) },
	{ "frequency_hz", take_real, AT(frequency_hz) },
	{ "temperature_c", take_real, AT(temperature_c) },
	{ "wall_s", take_real, AT(wall_s) },
	{ "marks", take_marks, 0 },
};
#define FIELDS (sizeof(fields) / sizeof(*fields))

/* The next field in their order is the first to be tried. */
static size_t field_of(const struct text *key, size_t from)
{
	for (size_t k = 0; k < FIELDS; k++) {
		size_t i = (from + k) % FIELDS;
		if (text_is(key, fields[i].name))
			return i;
	}
	return FIELDS;
}

static const char *take_all(struct launch *l, const char *p, unsigned *met)
{
	size_t next = 0;
	bool end;
	for (p = open_list(p, '{', '}', &end); p && !end; p = next_item(p, '}', &end)) {
		struct text key;
		p = expect(take_text(p, &key), ':');
		size_t i = p ? field_of(&key, next) : FIELDS;
		if (i == FIELDS || *met & (1u << i))
			return NULL;
		*met |= 1u << i;
		p = fields[i].take(l, fields[i].at, p);
		next = i + 1;
	}
	return p;
}

bool line_to_launch(const char *line, size_t len, struct launch *ret)
{
	unsigned met = 0, must = (1u << MUST) - 1;
	*ret = (struct launch){ .phases.start_ns = LAUNCH_ORIGIN_NS, .others_s = NAN, .steal_s = NAN, .wall_s = NAN, .work_cpu_s = NAN };
	for (int i = 0; i < PRESSURE_COUNT; i++)
		ret->pressure_s[i] = NAN;
	const char *p = take_all(ret, line, &met);
	p = p ? skip_blanks(p) : NULL;
	p = p && *p == '\n' ? p + 1 : p;
	if (p != line + len || (met & must) != must) {
		launch_free(ret);
		return false;
	}
	ret->cannot = ret->cannot && !ret->ok;
	memcpy(ret->result.workload, ret->workload, strnlen(ret->workload, sizeof(ret->result.workload) - 1));
	return true;
}

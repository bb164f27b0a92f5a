/* SPDX-License-Identifier: GPL-3.0-or-later */
/* battery.c - run the battery in an arm, read its records. */
#include "run/battery.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/fs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

const char *const battery_outcomes[BATTERY_OUTCOMES] = { "untried", "held", "escaped", "unexpected", "na" };

void battery_free(struct battery *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->v[i].code);
		free(b->v[i].text);
	}
	free(b->v);
	*b = (struct battery){ 0 };
}

bool battery_is_escape(const struct battery *b, size_t i)
{
	const struct escape *e = escape_at(i);
	return b->v[i].outcome == BATTERY_ESCAPED && (!b->own_kernel || e->target == ESCAPE_OUTSIDE);
}

unsigned battery_count(const struct battery *b, enum battery_outcome outcome)
{
	unsigned n = 0;
	for (size_t i = 0; i < b->n; i++)
		n += b->v[i].outcome == outcome;
	return n;
}

static size_t index_of(const char *name)
{
	const struct escape *e;
	size_t i;
	for (i = 0; (e = escape_at(i)) && strcmp(e->name, name) != 0; i++)
		;
	return i;
}

const struct battery_result *battery_of(const struct battery *b, const char *name)
{
	size_t i = index_of(name);
	return i < b->n ? &b->v[i] : NULL;
}

/* ---- records ---- */

static int parse_head(const char *line, const struct battery_kernel *host, unsigned *ret_count, struct battery *b,
                      struct err *err)
{
	char release[80];
	unsigned version;
	uint64_t btime;
	if (sscanf(line, "battery %u %u %79s %" SCNu64, &version, ret_count, release, &btime) != 4)
		return err_setf(err, -EPROTO, "line 1: '%s': expected 'battery VERSION COUNT RELEASE BTIME'", line);
	if (version != ESCAPE_VERSION)
		return err_setf(err, -EPROTO, "line 1: records of version %u, expected %d", version, ESCAPE_VERSION);
	b->own_kernel = escape_other_kernel(release, btime, host->release, host->btime);
	return 0;
}

static int parse_attempt(const char *line, size_t number, struct battery *b, struct err *err)
{
	char name[32], outcome[16], code[32];
	int at = 0;
	if (sscanf(line, "attempt %31s %15s %31s%n", name, outcome, code, &at) != 3)
		return err_setf(err, -EPROTO, "line %zu: '%s': expected 'attempt NAME OUTCOME CODE [TEXT]'", number, line);
	size_t i = index_of(name);
	if (i >= b->n)
		return err_setf(err, -EPROTO, "line %zu: no attempt is called '%s'", number, name);
	struct battery_result *r = &b->v[i];
	if (r->outcome != BATTERY_UNTRIED)
		return err_setf(err, -EPROTO, "line %zu: a second result of %s", number, name);
	for (int k = BATTERY_HELD; k < BATTERY_OUTCOMES; k++)
		if (strcmp(outcome, battery_outcomes[k]) == 0)
			r->outcome = k;
	if (r->outcome == BATTERY_UNTRIED)
		return err_setf(err, -EPROTO, "line %zu: outcome '%s'; expected held, escaped, unexpected or na", number, outcome);
	r->code = strcmp(code, "-") ? xstrdup(code) : NULL;
	r->text = line[at] == ' ' && line[at + 1] ? xstrdup(line + at + 1) : NULL;
	return 0;
}

static int parse_lines(const struct strv *lines, const struct battery_kernel *host, struct battery *b, struct err *err)
{
	unsigned count = 0, seen = 0;
	if (!lines->n)
		return err_setf(err, -EPROTO, "no record was written");
	int r = parse_head(lines->v[0], host, &count, b, err);
	for (size_t i = 1; r == 0 && i < lines->n; i++) {
		if (strcmp(lines->v[i], "end") == 0) {
			if (seen == count)
				return 0;
			return err_setf(err, -EPROTO, "line %zu: end after %u of %u attempts", i + 1, seen, count);
		}
		r = parse_attempt(lines->v[i], i + 1, b, err);
		seen++;
	}
	return r < 0 ? r : err_setf(err, -EPROTO, "it broke off after %u of %u attempts", seen, count);
}

int battery_parse(const char *text, const struct battery_kernel *host, struct battery *ret, struct err *err)
{
	struct battery b = { 0 };
	while (escape_at(b.n))
		b.n++;
	b.v = xcalloc(b.n, sizeof(*b.v));
	cleanup(strv_free) struct strv lines = { 0 };
	strv_split(&lines, text, "\n");
	int r = parse_lines(&lines, host, &b, err);
	if (r < 0)
		battery_free(&b);
	else
		*ret = b;
	return r;
}

/* ---- the launch ---- */

struct said {
	struct str out, err;
};

static void listen_to(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	struct said *s = arg;
	(void)t_ns;
	str_add(fd == STDOUT_FILENO ? &s->out : &s->err, buf, len);
}

static int run_inside(const struct env_ops *ops, struct env_arm *arm, char *const *argv, double deadline_s, struct said *said,
                      struct err *err)
{
	int64_t deadline = clk_now() + (int64_t)(deadline_s * 1e9);
	struct phases phases = { .start_ns = clk_now() };
	struct env_spec spec = { .scratch = true, .phases = &phases, .deadline_ns = deadline };
	struct env *env;
	int r = ops->start(arm, &spec, &env, err);
	if (r < 0)
		return r;
	struct env_call call = { .argv = argv, .deadline_ns = deadline, .output = listen_to, .arg = said, .overcommits = true };
	r = ops->exec(env, &call, err);
	ops->stop(env);
	if (r == 0 && call.status != 0)
		r = err_setf(err, -EIO, "isoload escape ended with status %d: %.300s", call.status, str_trim(said->err.s ? said->err.s : (char[]){ "" }));
	return r;
}

int battery_run(const struct env_ops *ops, struct env_arm *arm, const struct bait *bait, double deadline_s, struct battery *ret,
                struct err *err)
{
	cleanup(strv_free) struct strv argv = { 0 };
	strv_add(&argv, "isoload");
	strv_add(&argv, "escape");
	strv_add(&argv, "run");
	bait_args(bait, &argv);
	struct said said = { 0 };
	struct utsname u;
	uname(&u);
	int r = run_inside(ops, arm, argv.v, deadline_s, &said, err);
	if (r == 0)
		r = battery_parse(str_get(&said.out), &(struct battery_kernel){ u.release, escape_btime() }, ret, err);
	str_free(&said.out);
	str_free(&said.err);
	return r;
}

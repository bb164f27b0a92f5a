/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qemutrace.c - QEMU's own trace of the calls that its monitor gets. */
#include "env/qemutrace.h"

#include "base/cleanup.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

const char *const qemutrace_events[] = { "handle_qmp_command", "monitor_qmp_respond", NULL };

/* A line is "TID@SECONDS.MICROSECONDS:EVENT mon 0x… req: {JSON}", or "resp:". Where the JSON begins; NULL: another line. */
static const char *take_line(const char *line, double *ret_s, bool *ret_request)
{
	long long s;
	unsigned us;
	int n = 0;
	if (sscanf(line, "%*d@%lld.%6u:%n", &s, &us, &n) != 2 || !n)
		return NULL;
	*ret_request = strncmp(line + n, "handle_qmp_command ", 19) == 0;
	if (!*ret_request && strncmp(line + n, "monitor_qmp_respond ", 20) != 0)
		return NULL;
	*ret_s = (double)s + us / 1e6;
	return strchr(line + n, '{');
}

struct state {
	struct calls calls;
	struct call *open;              /* QEMU works on it; NULL: it waits */
	struct call *last;              /* libvirt works since its reply */
	double since_s;
	bool let_run, running;
};

static struct call *row(struct calls *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].name, name) == 0)
			return &c->v[i];
	if (c->n == CALLS_MAX)
		return NULL;
	snprintf(c->v[c->n].name, sizeof(c->v[c->n].name), "%s", name);
	return &c->v[c->n++];
}

static int on_request(struct state *st, double t, const json_t *o, struct err *err)
{
	const char *name = json_string_value(json_object_get(o, "execute"));
	if (!name)
		return err_setf(err, -EPROTO, "a call without a name");
	if (st->last)
		st->last->libvirt_s += t - st->since_s;
	st->last = NULL;
	st->open = row(&st->calls, name);
	if (!st->open)
		return err_setf(err, -EPROTO, "more than %d kinds of calls", CALLS_MAX);
	st->open->count++;
	st->since_s = t;
	st->let_run = strcmp(name, "cont") == 0;
	return 0;
}

static void on_reply(struct state *st, double t, const json_t *o)
{
	/* The greeting and events come by themselves. */
	if (!st->open || (!json_object_get(o, "return") && !json_object_get(o, "error")))
		return;
	st->open->qemu_s += t - st->since_s;
	st->since_s = t;
	st->last = st->open;
	st->open = NULL;
	st->running = st->let_run;
}

static int on_line(struct state *st, const char *line, struct err *err)
{
	double t;
	bool request;
	const char *text = take_line(line, &t, &request);
	if (!text)
		return 0;
	json_error_t e;
	json_t *o = json_loads(text, 0, &e);
	if (!o)
		return err_setf(err, -EPROTO, "what is no JSON: %s", e.text);
	int r = 0;
	if (request)
		r = on_request(st, t, o, err);
	else
		on_reply(st, t, o);
	json_decref(o);
	return r;
}

int qemutrace_parse(const char *text, struct calls *ret, struct err *err)
{
	struct state st = { .calls.n = 0 };
	unsigned n = 0;
	int r = 0;
	for (const char *at = text; r == 0 && *at && !st.running; n++) {
		size_t len = strcspn(at, "\n");
		if (!at[len])                   /* torn: QEMU was killed */
			break;
		cleanup_free char *line = xstrndup(at, len);
		r = on_line(&st, line, err);
		at += len + 1;
	}
	if (r < 0)
		return err_wrapf(err, "line %u of QEMU's trace", n);
	if (!st.running)
		return err_setf(err, -EPROTO, "QEMU's trace of %u lines ends before the vCPUs run", n);
	*ret = st.calls;
	return 0;
}

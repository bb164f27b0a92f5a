/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qmp.c - the few words of QEMU's monitor protocol that it takes to start a machine and to know how it goes. */
#include "env/qmp.h"

#include "base/cleanup.h"
#include "base/clk.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/socket.h>

void qmp_free(struct qmp *q)
{
	fd_closep(&q->fd);
	str_free(&q->in);
	free(q->threads);
	*q = (struct qmp){ .fd = -1 };
}

static int say(struct qmp *q, const char *what, struct err *err)
{
	/* Shorter than any socket's buffer: it is sent as a whole and does not wait. */
	if (send(q->fd, what, strlen(what), MSG_NOSIGNAL) < 0)
		return err_sysf(err, -errno, "can't speak to QEMU's monitor");
	return 0;
}

int qmp_hello(struct qmp *q, bool threads, struct err *err)
{
	int r = say(q, "{\"execute\":\"qmp_capabilities\"}\n", err);
	return r < 0 || !threads ? r : say(q, "{\"execute\":\"query-cpus-fast\",\"id\":\"cpus\"}\n", err);
}

int qmp_cont(struct qmp *q, struct err *err)
{
	return say(q, "{\"execute\":\"cont\"}\n", err);
}

static void on_event(struct qmp *q, const char *name, const json_t *event)
{
	const json_t *t = json_object_get(event, "timestamp");
	json_int_t s = json_integer_value(json_object_get(t, "seconds")), us = json_integer_value(json_object_get(t, "microseconds"));
	if (strcmp(name, "RESUME") == 0 && !q->running_ns)
		q->running_ns = clk_from_wall(s, us);
	if (strcmp(name, "SHUTDOWN") == 0 && !q->shutdown_ns)
		q->shutdown_ns = clk_from_wall(s, us);
}

static void on_cpus(struct qmp *q, const json_t *cpus)
{
	free(q->threads);
	q->n_threads = json_array_size(cpus);
	q->threads = xcalloc(q->n_threads + 1, sizeof(*q->threads));
	for (size_t i = 0; i < q->n_threads; i++) {
		const json_t *c = json_array_get(cpus, i);
		json_int_t at = json_integer_value(json_object_get(c, "cpu-index"));
		if (at >= 0 && (size_t)at < q->n_threads)
			q->threads[at] = (int)json_integer_value(json_object_get(c, "thread-id"));
	}
}

static int on_line(struct qmp *q, const char *line, size_t len, struct err *err)
{
	json_error_t e;
	json_t *o = json_loadb(line, len, 0, &e);
	if (!o)
		return err_setf(err, -EIO, "QEMU's monitor says what is no JSON: %.*s", (int)(len < 200 ? len : 200), line);
	const char *event = json_string_value(json_object_get(o, "event")), *id = json_string_value(json_object_get(o, "id"));
	const char *refused = json_string_value(json_object_get(json_object_get(o, "error"), "desc"));
	int r = refused ? err_setf(err, -EIO, "QEMU refused: %s", refused) : 0;
	if (event)
		on_event(q, event, o);
	else if (id && strcmp(id, "cpus") == 0)
		on_cpus(q, json_object_get(o, "return"));
	json_decref(o);
	return r;
}

int qmp_read(struct qmp *q, struct err *err)
{
	char buf[4096];
	ssize_t n;
	while ((n = read(q->fd, buf, sizeof(buf))) > 0)
		str_add(&q->in, buf, (size_t)n);
	int end = n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -EPIPE, r = 0;
	size_t at = 0;
	for (const char *nl; r == 0 && at < q->in.len && (nl = memchr(q->in.s + at, '\n', q->in.len - at));) {
		size_t len = (size_t)(nl - q->in.s) - at;
		r = on_line(q, q->in.s + at, len, err);
		at += len + 1;
	}
	if (at) {
		memmove(q->in.s, q->in.s + at, q->in.len - at);
		q->in.len -= at;
	}
	if (r < 0)
		return r;
	return end < 0 ? err_setf(err, end, "QEMU closed its monitor") : 0;
}

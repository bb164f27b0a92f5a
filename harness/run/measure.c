/* SPDX-License-Identifier: GPL-3.0-or-later */
/* measure.c - one launch. */
#include "run/measure.h"

#include "base/cleanup.h"
#include "base/clk.h"
#include "base/sig.h"
#include "env/peer.h"
#include "model/wire.h"
#include "run/observe.h"
#include "run/work.h"
#include "store/hostmeter.h"
#include "store/store.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The program's own clock and the host's may differ by this much on the duration of the measurement: the records'
 * way out of a guest takes up to a few milliseconds, and a guest's clock runs some ppm off. */
#define CLOCK_TOLERANCE 0.02
#define CLOCK_TOLERANCE_S 0.020

#define TIMER_MAX 0.05          /* timer cost in the shortest interval */
#define STEAL_MAX 0.01          /* of the launch's time */
#define MEMORY_PRESSURE_MAX 0.01
#define OTHERS_MAX 0.05
#define OTHERS_MIN_S 0.05       /* the kernel counts in ticks of up to 10 ms, and what takes less than one not at all */
#define MEMORY_SEEN_MIN 0.80    /* a guest's kernel keeps some of its RAM for itself */

struct listener {
	struct wire_reader reader;
	struct str words;       /* the end of what it wrote to standard error */
	struct observer *observer;      /* NULL: it measures itself */
	struct work_watch *work;        /* NULL: it moves nothing */
};

static void on_output(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	struct listener *l = arg;
	if (fd == STDOUT_FILENO)
		wire_reader_feed(&l->reader, buf, len, t_ns);
	else if (l->words.len < 4096)
		str_add(&l->words, buf, len);
	if (l->observer)
		observe_heard(l->observer);
	if (l->work)
		work_heard(l->work);
}

/* What listens to a bare instance. */
struct bare_ear {
	struct launch *launch;
	struct observer *observer;      /* NULL: its start is all */
	double settle_s;
};

/* The first byte of a bare instance is its `ready`. From then on it is idle, and looked at when it was left alone for as long as another
 * arm's program would have slept. */
static void on_byte(void *arg, int fd, const char *buf, size_t len, int64_t t_ns)
{
	struct bare_ear *ear = arg;
	struct result *r = &ear->launch->result;
	(void)fd;
	(void)buf;
	if (!len || r->ready_ns)
		return;
	r->ready_ns = t_ns;
	if (!ear->observer)
		return;
	observe_heard(ear->observer);
	if (poll(&(struct pollfd){ .fd = sig_fd(), .events = POLLIN }, 1, (int)(ear->settle_s * 1e3)) != 0)
		return;                 /* interrupted */
	r->begin_ns = clk_now();
	observe_heard(ear->observer);
	r->begin_ns = 0;                /* nobody said it */
}

/* One instance, one command, to its end. watched: where to put the instance for who looks at it meanwhile; NULL: nobody does. */
static int run_call(const struct measure *m, const struct env_spec *spec, struct env_call *call, struct env **watched, struct launch *l,
                    struct err *err)
{
	struct env *env = NULL;
	l->phases.start_ns = clk_now();
	int r = m->ops->start(m->arm, spec, &env, err);
	if (r < 0)
		return r;
	if (watched)
		*watched = env;
	r = m->ops->exec(env, call, err);
	if (m->ops->footprint)
		m->ops->footprint(env, &l->footprint, NULL);
	m->ops->stop(env);
	return r;
}

static int run_bare(const struct measure *m, const struct suite_workload *w, struct launch *l, struct err *err)
{
	int64_t deadline = clk_now() + (int64_t)(m->deadline_s * 1e9);
	struct env_spec spec = { .phases = &l->phases, .deadline_ns = deadline };
	struct bare_ear ear = { .launch = l };
	struct env_call call = { .argv = (char *[]){ NULL }, .deadline_ns = deadline, .output = on_byte, .arg = &ear };
	struct observer watch;
	snprintf(l->result.workload, sizeof(l->result.workload), "%s", w->workload->name);
	kvs_copy(&l->result.params, &w->params);
	if (w->workload->observed) {
		int o = observe_begin(&watch, m->ops, l, err);
		if (o < 0)
			return o;
		ear.observer = &watch;
		parse_duration(kvs_get(&w->params, "settle"), &ear.settle_s);
	}
	int r = run_call(m, &spec, &call, ear.observer ? &watch.env : NULL, l, err);
	if (ear.observer)
		r = observe_end(&watch, r, err);
	return r < 0 || l->result.ready_ns ? r : err_setf(err, -EPROTO, "it ended without a word");
}

static int ended_well(const struct listener *ear, const struct env_call *call, const struct launch *l, struct err *err)
{
	int r = wire_reader_finish(&ear->reader, err);
	if (r < 0 && l->result.cannot)
		return r;
	if (r < 0 && call->status > 128)
		err_addf(err, "; it was ended by signal %d (%s)", call->status - 128, strsignal(call->status - 128));
	if (r < 0 && call->status == 128 + SIGKILL)
		err_addf(err, ", as the kernel does when the envelope's memory is used up");
	if (r < 0 && ear->words.len)
		err_addf(err, "; it said: %.300s", str_trim(ear->words.s));
	if (r == 0 && call->status != 0)
		r = err_setf(err, -EIO, "isoload ended with status %d after it had reported success", call->status);
	return r;
}

/* It is ended by our hand, in the middle of what it says. */
static int run_observed(const struct measure *m, const struct env_spec *spec, struct env_call *call, struct listener *ear,
                        struct launch *l, struct err *err)
{
	struct observer watch;
	int r = observe_begin(&watch, m->ops, l, err);
	if (r < 0)
		return r;
	ear->observer = &watch;
	call->stop_fd = &watch.stop;
	r = run_call(m, spec, call, &watch.env, l, err);
	if (r == 0 && !watch.done)
		r = ended_well(ear, call, l, err);
	r = observe_end(&watch, r, err);
	if (r == 0 && ear->reader.err.code)
		r = err_setf(err, -EPROTO, "isoload's output can't be read: %s", ear->reader.err.msg);
	return r;
}

static int run_inside(const struct measure *m, const struct suite_workload *w, struct launch *l, struct listener *ear,
                      struct err *err)
{
	int64_t deadline = clk_now() + (int64_t)(m->deadline_s * 1e9);
	l->calls = xcalloc(1, sizeof(*l->calls));
	struct env_spec spec = {
		.scratch = w->workload->needs_scratch, .root = w->workload->needs_root, .peer = peer_wanted(w->workload, &w->params),
		.phases = &l->phases, .calls = l->calls, .deadline_ns = deadline,
	};
	cleanup(strv_free) struct strv argv = { 0 };
	strv_add(&argv, "isoload");
	strv_add(&argv, "run");
	strv_add(&argv, w->workload->name);
	for (size_t i = 0; i < w->params.n; i++)
		strv_addf(&argv, "%s=%s", w->params.v[i].key, w->params.v[i].val);
	struct env_call call = { .argv = argv.v, .deadline_ns = deadline, .output = on_output, .arg = ear };
	if (w->workload->observed)
		return run_observed(m, &spec, &call, ear, l, err);
	struct work_watch work = { .ops = m->ops, .launch = l };
	ear->work = w->workload->moves ? &work : NULL;
	int r = run_call(m, &spec, &call, &work.env, l, err);
	ear->work = NULL;
	return r < 0 ? r : ended_well(ear, &call, l, err);
}

/* A figure of another binary is not comparable: refused, not marked. */
static int check_binary(const struct measure *m, const struct result *r, struct err *err)
{
	const char *sha = kvs_get(&r->seen, "sha256");
	if (sha && strcmp(sha, m->isoload_sha256) == 0)
		return 0;
	return err_setf(err, -EINVAL, "the isoload inside is not the one outside: sha256 %s, expected %s", sha ? sha : "unknown",
	                m->isoload_sha256);
}

/* A fact in seconds as seen from inside; 0 when it was not told. */
static double fact(const struct result *r, const char *key)
{
	const char *v = kvs_get(&r->seen, key);
	return v ? strtod(v, NULL) : 0;
}

/* What the host did to it. NaN compares as not above. */
static unsigned marks_of_host(const struct launch *l)
{
	unsigned marks = l->throttled ? MARK_THROTTLE : 0;
	if (l->steal_s > STEAL_MAX * l->wall_s)
		marks |= MARK_STEAL;
	if (l->pressure_s[PRESSURE_MEMORY] > MEMORY_PRESSURE_MAX * l->wall_s)
		marks |= MARK_PRESSURE;
	if (l->others_s > OTHERS_MAX * l->wall_s && l->others_s > OTHERS_MIN_S)
		marks |= MARK_NEIGHBOUR;
	return marks;
}

static unsigned marks_of(const struct measure *m, const struct launch *l)
{
	const struct result *r = &l->result;
	unsigned marks = marks_of_host(l);
	if (m->ops->bare)       /* nobody looked around inside */
		return marks;
	double outside = clk_to_s(r->done_ns - r->begin_ns);
	if (r->done_ns && fabs(outside - r->inside_s) > fmax(CLOCK_TOLERANCE * outside, CLOCK_TOLERANCE_S))
		marks |= MARK_CLOCK;
	const char *cpus = kvs_get(&r->seen, "cpus"), *memory = kvs_get(&r->seen, "memory");
	uint64_t n = 0, bytes = 0;
	if (!cpus || parse_u64(cpus, &n) < 0 || n != m->envelope->cpus)
		marks |= MARK_ENVELOPE;
	if (!memory || parse_u64(memory, &bytes) < 0 || bytes > m->envelope->memory ||
	    (double)bytes < MEMORY_SEEN_MIN * (double)m->envelope->memory)
		marks |= MARK_ENVELOPE;
	double cost = fact(r, "timer_cost"), interval = fact(r, "interval");
	if (interval > 0 && cost > TIMER_MAX * interval)
		marks |= MARK_TIMER;
	return marks;
}

static void note_host(const struct measure *m, const struct hostmeter *before, struct launch *l)
{
	struct hostmeter now;
	const char *cpus = m->envelope->cpu_list;
	hostmeter_read("", cpus, &now);
	l->steal_s = now.steal_s - before->steal_s;
	for (int i = 0; i < PRESSURE_COUNT; i++)
		l->pressure_s[i] = now.pressure_s[i] - before->pressure_s[i];
	l->throttled = (unsigned)(now.throttled - before->throttled);
	l->others_s = l->footprint.cpu_s > 0 ? fmax(0, now.busy_s - before->busy_s - l->footprint.cpu_s) : NAN;
	l->frequency_hz = hostmeter_frequency_hz("", cpus);
	l->temperature_c = hostmeter_temperature_c("");
}

int measure_launch(const struct measure *m, const struct suite_workload *w, struct launch *l, struct err *err)
{
	struct listener ear = { 0 };
	struct err why = { 0 };
	wire_reader_init(&ear.reader, &l->result);
	l->work_cpu_s = NAN;
	store_utc_now(l->started);
	struct hostmeter before;
	hostmeter_read("", m->envelope->cpu_list, &before);
	int r = m->ops->bare ? run_bare(m, w, l, &why) : run_inside(m, w, l, &ear, &why);
	l->wall_s = clk_to_s(clk_now() - l->phases.start_ns);
	note_host(m, &before, l);
	str_free(&ear.words);
	if (l->result.ready_ns)
		phases_mark(&l->phases, "main", l->result.ready_ns);
	if (l->result.end_ns)
		phases_mark(&l->phases, "result", l->result.end_ns);
	if (r == -EINTR || sig_caught())
		return err_setf(err, -EINTR, "interrupted");
	bool cannot = r < 0 && l->result.cannot;
	if (!m->ops->bare && (r == 0 || cannot)) {
		int b = check_binary(m, &l->result, &why);
		cannot = cannot && b == 0;
		r = b < 0 ? b : r;
	}
	l->ok = r == 0;
	l->cannot = cannot;
	if (r < 0)
		l->error = xstrdup(why.msg);
	else
		l->marks = marks_of(m, l);
	return 0;
}
